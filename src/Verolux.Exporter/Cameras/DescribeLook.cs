using System.Globalization;
using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Cameras.Rtsp;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>The shallowest depth: asks the camera what there is to see, and opens nothing. Takes none of its sessions.</summary>
sealed class DescribeLook(CameraState state, Ffmpeg ffmpeg, TimeProvider time)
{
    // Of the watch's timeout: the rest is for asking, after a failure, whether the host is there at all.
    const double ShareOfTimeout = 0.6;
    const double ShareForHost = 0.2;

    // After these nobody knows yet whether anything of the host answers.
    static readonly FailureReason[] SaysNothingOfHost = [FailureReason.Timeout, CameraReasons.Unreachable, CameraReasons.NoDecoder];

    readonly Camera camera = state.Camera;
    readonly Pause pause = new(state.Camera.Interval);

    public async Task<Look> LookAsync(CancellationToken cancellation)
    {
        if (state.TryReadPassword(out var password) is { } why)
            return new Look([state.Info], new Failure(FailureReason.Config, $"the password can't be read: {why}"));
        var trace = new Trace(time);
        var samples = new List<Sample>(12);
        Failure? failure;
        using (camera.IsRtsp ? null : await ffmpeg.Streams.TakeAsync(cancellation))
            failure = await trace.WithinAsync(camera.Timeout * ShareOfTimeout, within => DescribeAsync(password, trace, samples, within), cancellation);
        state.Saw(failure);
        samples.Add(state.Info);
        samples.Add(state.Of(CameraFamilies.Reconnects, state.Reconnects));
        samples.AddRange(state.Phases(trace.Steps));
        // Where the name has no address there is no host to ask.
        if (failure is not null && failure.Reason != CameraReasons.Dns && camera.Url.Host.Length > 0)
            await CheckHostAsync(failure, trace, samples, cancellation);
        return new Look(samples, failure) { Steps = trace.Steps, Rest = pause.After(failure) };
    }

    async Task<Failure?> DescribeAsync(string? password, Trace trace, List<Sample> samples, CancellationToken cancellation)
    {
        if (!camera.IsRtsp)
            return await DescribeByDecoderAsync(password, trace, samples, cancellation);
        RtspConnection? connection = null;
        try
        {
            connection = await RtspConnection.ConnectAsync(camera.Url, camera.Username, password, trace, time, cancellation);
            var dialogue = new RtspDialogue(connection, camera.Url, trace);
            await dialogue.OptionsAsync(cancellation);
            var video = await dialogue.DescribeAsync(cancellation);
            state.Declared(video.Encoding);
            if (video.FramesPerSecond is { } fps)
                samples.Add(state.Of(CameraFamilies.DeclaredFps, fps));
            return null;
        }
        finally
        {
            if (connection is not null)
            {
                if (connection.LastStatus is { } status)
                    samples.Add(state.Of(CameraFamilies.StatusCode, status));
                if (connection.CertificateExpiry is { } expiry)
                    samples.Add(state.Of(CameraFamilies.CertificateExpiry, expiry.ToUnixTimeSeconds()));
                await connection.DisposeAsync();
            }
        }
    }

    async Task<Failure?> DescribeByDecoderAsync(string? password, Trace trace, List<Sample> samples, CancellationToken cancellation)
    {
        trace.Begin("describe");
        var (described, failure) = await ffmpeg.DescribeAsync(new Source(camera.Url, camera.Username, password), cancellation);
        if (described is null)
            return failure;
        state.Declared(described.Codec);
        if (described.DeclaredFps is { } fps)
            samples.Add(state.Of(CameraFamilies.DeclaredFps, fps));
        trace.End(string.Create(CultureInfo.InvariantCulture, $"{described.Codec}, {described.Width}x{described.Height}{(described.DeclaredFps is { } rate ? $", {rate:0.###} FPS declared" : "")}"));
        return null;
    }

    /// <summary>Tells a dead network from a dead RTSP service.</summary>
    async Task CheckHostAsync(Failure failure, Trace trace, List<Sample> samples, CancellationToken cancellation)
    {
        trace.Begin("host");
        var (host, web) = await HostCheck.ConnectAsync(camera.Url.Host, camera.WebPort, camera.Timeout * ShareForHost, time, cancellation);
        // Whoever refused a connection or said anything is there, whatever its web port does.
        if (trace.Connected || !SaysNothingOfHost.Contains(failure.Reason))
            host = true;
        if (host is { } answers)
            samples.Add(state.Of(CameraFamilies.HostReachable, answers ? 1 : 0));
        if (web is { } accepts)
            samples.Add(state.Of(CameraFamilies.WebReachable, accepts ? 1 : 0));
        var port = camera.WebPort.ToString(CultureInfo.InvariantCulture);
        trace.End((host, web) switch
        {
            (null, _) => "can't be asked: its name has no address",
            (_, true) => $"answers: its web port {port} accepts a connection",
            (true, null) => "answers",
            (true, _) => $"answers, but its web port {port} doesn't",
            _ => $"does not answer on its web port {port} either",
        });
    }
}
