using Verolux.Exporter.Cameras;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>A camera that GStreamer serves to whoever has the password (Digest): its server is stopped, paused and started again.</summary>
sealed class CameraSubject : CollectorSubject
{
    readonly GstreamerServer server;
    bool isStopped;

    CameraSubject(GstreamerServer server, TimeProvider time)
    {
        this.server = server;
        Collector = new CamerasCollector([Watching.At(server.Digest("/h264_25")).OnlyDescribed().As(GstreamerServer.User, GstreamerServer.Password)], time);
    }

    public override ICollector Collector { get; }

    public override IReadOnlyList<string> Secrets => [GstreamerServer.Password];

    public static async Task<CollectorSubject> MakeAsync(TimeProvider time, CancellationToken cancellationToken) => new CameraSubject(await GstreamerServer.StartAsync(cancellationToken), time);

    public override async Task AnswerAsync(CancellationToken cancellationToken)
    {
        if (isStopped)
            await server.RestartAsync(cancellationToken);
        else
            server.Continue();
        isStopped = false;
    }

    public override async Task FailAsync(CancellationToken cancellationToken)
    {
        isStopped = true;
        await server.StopAsync();
    }

    public override Task HangAsync(CancellationToken cancellationToken) => server.Program.PauseAsync(cancellationToken);

    public override ValueTask DisposeAsync() => isStopped ? ValueTask.CompletedTask : server.DisposeAsync();
}
