using Verolux.Exporter.Collecting;
using Verolux.Exporter.RabbitMq;
using Verolux.Exporter.Tests.RabbitMq;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>A real broker with a queue and its management API. It fails by a password that was changed, and hangs by being paused.</summary>
sealed class RabbitMqSubject : CollectorSubject
{
    const string User = "contract";
    readonly RabbitServer server;
    readonly Broker broker;

    RabbitMqSubject(RabbitServer server)
    {
        this.server = server;
        broker = Watching.At(RabbitServer.UriOf(server.Port, User)).WithManagement(server.ManagementUrl) with { Queues = new QueueNames("contract"), QueueMessagesThreshold = 10_000 };
        Collector = new RabbitMqCollector([broker]);
    }

    public override ICollector Collector { get; }

    public override IReadOnlyList<string> Secrets => [RabbitServer.Password, Uri.EscapeDataString(RabbitServer.Password)];

    public static async Task<CollectorSubject> MakeAsync(TimeProvider time, CancellationToken cancellationToken) => new RabbitMqSubject(await RabbitServer.SharedAsync("the contract"));

    public override async Task AnswerAsync(CancellationToken cancellationToken)
    {
        server.Continue();
        await SetPasswordAsync(RabbitServer.Password, cancellationToken);
        await server.PutAsync($"permissions/%2F/{User}", """{"configure":"^$","write":"^$","read":"^$"}""", cancellationToken);
        await server.PutAsync("queues/%2F/contract", "{\"durable\":true}", cancellationToken);
        await Eventually.FoundAsync("the statistics", async () => await broker.LookAsync(cancellationToken) is var l && l.Value("queue_messages") is not null ? l : null, cancellationToken);
    }

    public override Task FailAsync(CancellationToken cancellationToken) => SetPasswordAsync("another", cancellationToken);

    public override Task HangAsync(CancellationToken cancellationToken) => server.PauseAsync(cancellationToken);

    public override ValueTask DisposeAsync()
    {
        server.Continue();
        return ValueTask.CompletedTask;
    }

    Task SetPasswordAsync(string password, CancellationToken cancellationToken) =>
        server.PutAsync($"users/{User}", $$"""{"password":"{{password}}","tags":"monitoring"}""", cancellationToken);
}
