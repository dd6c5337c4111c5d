using Verolux.Exporter.Cameras;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Cameras;
using SimulatedCamera = Verolux.Exporter.Site.Cameras.Camera;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>A camera of the simulated site, which resets connections or reads and never answers.</summary>
sealed class SimulatedCameraSubject : CollectorSubject
{
    readonly CameraFarm farm = CameraFarm.Start();
    readonly SimulatedCamera camera;

    SimulatedCameraSubject(TimeProvider time)
    {
        camera = farm.Add("/cam", new CameraKind { Access = new Access(Challenge.DigestSha256) });
        Collector = new CamerasCollector([Watching.At(farm.Url(camera)).OnlyDescribed().As(Access.DefaultUser, Access.DefaultPassword)], time);
    }

    public override ICollector Collector { get; }

    public override IReadOnlyList<string> Secrets => [Access.DefaultPassword];

    public static Task<CollectorSubject> MakeAsync(TimeProvider time, CancellationToken cancellationToken) => Task.FromResult<CollectorSubject>(new SimulatedCameraSubject(time));

    public override Task AnswerAsync(CancellationToken cancellationToken)
    {
        camera.Restore();
        camera.Kind = camera.Kind with { Answers = AnswerFault.None };
        return Task.CompletedTask;
    }

    public override Task FailAsync(CancellationToken cancellationToken)
    {
        camera.Cut();
        return Task.CompletedTask;
    }

    public override Task HangAsync(CancellationToken cancellationToken)
    {
        camera.Kind = camera.Kind with { Answers = AnswerFault.Silent };
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync() => farm.DisposeAsync();
}
