using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Postgres;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>A PostgreSQL server that is stopped, paused and started again, looked at by a role that is a member of pg_monitor alone.</summary>
sealed class PostgresSubject : CollectorSubject
{
    readonly TemporaryFolder folder = new();
    readonly PostgresServer server;
    bool isStopped;

    PostgresSubject(PostgresServer server, TimeProvider time)
    {
        this.server = server;
        // Short, since the library heeds no cancellation while it waits for a server's first words.
        Collector = Looking.At(folder.Write("connection", server.Url()), time: time, timeout: 2);
    }

    public override ICollector Collector { get; }

    public override IReadOnlyList<string> Secrets => [PostgresServer.Password];

    public static async Task<CollectorSubject> MakeAsync(TimeProvider time, CancellationToken cancellationToken) => new PostgresSubject(await PostgresServer.StartAsync(cancellationToken), time);

    public override async Task AnswerAsync(CancellationToken cancellationToken)
    {
        if (isStopped)
            await server.RestartAsync(cancellationToken);
        else
            server.Continue();
        isStopped = false;
    }

    public override Task FailAsync(CancellationToken cancellationToken)
    {
        isStopped = true;
        return server.StopAsync();
    }

    public override Task HangAsync(CancellationToken cancellationToken) => server.PauseAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }
}
