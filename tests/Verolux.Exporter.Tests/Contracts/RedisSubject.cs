using Verolux.Exporter.Collecting;
using Verolux.Exporter.Redis;
using Verolux.Exporter.Tests.Redis;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>A real Redis that asks for a user and a password: it is stopped, paused and started again.</summary>
sealed class RedisSubject : CollectorSubject
{
    readonly RedisServer server;

    RedisSubject(RedisServer server) => (this.server, Collector) = (server, new RedisCollector([Looking.At(server)]));

    public override ICollector Collector { get; }

    public override IReadOnlyList<string> Secrets => [RedisServer.Password, RedisServer.AdminPassword];

    public static async Task<CollectorSubject> MakeAsync(TimeProvider time, CancellationToken cancellationToken) => new RedisSubject(await RedisServer.StartAsync(cancellationToken));

    public override Task AnswerAsync(CancellationToken cancellationToken)
    {
        if (!server.IsRunning)
            return server.RestartAsync(cancellationToken);
        server.Continue();
        return Task.CompletedTask;
    }

    public override Task FailAsync(CancellationToken cancellationToken) => server.StopAsync();

    public override Task HangAsync(CancellationToken cancellationToken) => server.PauseAsync(cancellationToken);

    public override ValueTask DisposeAsync() => server.DisposeAsync();
}
