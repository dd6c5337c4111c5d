using System.Globalization;
using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Cameras.Rtp;
using Verolux.Exporter.Cameras.Rtsp;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>The middle depth: opens the stream for about two seconds and measures what comes, without decoding it. Takes one of the camera's sessions meanwhile.</summary>
sealed class SampleLook(CameraState state, Ffmpeg ffmpeg, TimeProvider time)
{
    /// <summary>Of the whole look, without the wait for another look at the same camera to give the session back.</summary>
    static readonly TimeSpan Budget = TimeSpan.FromSeconds(12);

    const double MostFps = 1000;
    static readonly TimeSpan FirstFrameTimeout = TimeSpan.FromSeconds(4);
    static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    /// <summary>A slow camera is given this long to show a second frame, without which there is no rate.</summary>
    static readonly TimeSpan LongestWindow = TimeSpan.FromSeconds(5);

    /// <summary>
    /// So long every packet is taken as it comes, which tells the jitter. Then they are taken in batches: frames and bytes need no arrival, and nearly all that
    /// a sample costs is waking up.
    /// </summary>
    static readonly TimeSpan Prompt = TimeSpan.FromSeconds(1);

    /// <summary>Between two batches, at most; less where more than a batch would come meanwhile.</summary>
    static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>What may wait in the socket: a camera that can't send begins to drop frames.</summary>
    const double BatchBytes = 32 * 1024;

    // The others are a describe's as well, and each series has one owner.
    static readonly string[] OwnPhases = ["setup", "play", "first_frame"];

    readonly Camera camera = state.Camera;
    readonly Pause pause = new(state.Camera.Sample ?? Watch.DefaultInterval);

    public async Task<Look> LookAsync(CancellationToken cancellation)
    {
        if (state.TryReadPassword(out var password) is { } why)
            return Look.Failed(FailureReason.Config, $"the password can't be read: {why}");
        if (state.Down is { } down)
            return CameraReasons.Untried.Contains(down.Failure!.Reason) ? down : down with { Samples = [state.Of(CameraFamilies.Streaming, 0)] };
        var trace = new Trace(time);
        var samples = new List<Sample>(12);
        Failure? failure;
        using (camera.IsRtsp ? null : await ffmpeg.Streams.TakeAsync(cancellation))
        using (await state.OpenSessionAsync(cancellation))
        {
            failure = await trace.WithinAsync(
                Budget, within => camera.IsRtsp ? SampleAsync(password, trace, samples, within) : SampleByDecoderAsync(password, trace, samples, within), cancellation);
        }
        if (failure is null || !CameraReasons.Untried.Contains(failure.Reason))
            samples.Add(state.Of(CameraFamilies.Streaming, failure is null ? 1 : 0));
        samples.AddRange(state.Phases(trace.Steps.Where(s => OwnPhases.Contains(s.Name))));
        return new Look(samples, failure) { Steps = trace.Steps, Rest = pause.After(failure) };
    }

    async Task<Failure?> SampleAsync(string? password, Trace trace, List<Sample> samples, CancellationToken cancellation)
    {
        await using var connection = await RtspConnection.ConnectAsync(camera.Url, camera.Username, password, trace, time, cancellation);
        var dialogue = new RtspDialogue(connection, camera.Url, trace);
        var video = await dialogue.DescribeAsync(cancellation);
        try
        {
            var channel = await dialogue.SetupAsync(video, cancellation);
            await dialogue.PlayAsync(cancellation);
            return await MeasureAsync(connection, channel, video, trace, samples, cancellation);
        }
        finally
        {
            await dialogue.GiveBackAsync(time);
        }
    }

    async Task<Failure?> SampleByDecoderAsync(string? password, Trace trace, List<Sample> samples, CancellationToken cancellation)
    {
        trace.Begin("stream");
        var (delivered, failure) = await ffmpeg.SampleAsync(new Source(camera.Url, camera.Username, password), Window, cancellation);
        if (delivered is not null)
            Tell(new StreamReading(0, delivered.Frames, delivered.FramesPerSecond, delivered.BytesPerSecond, null, null, delivered.KeyframeInterval, 0), time.GetUtcNow(), trace, samples);
        return failure;
    }

    async Task<Failure?> MeasureAsync(RtspConnection connection, int channel, VideoTrack video, Trace trace, List<Sample> samples, CancellationToken cancellation)
    {
        var meter = new StreamMeter(CodecOf(video.Encoding), video.ClockRate);
        using var patience = new CancellationTokenSource(FirstFrameTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        trace.Begin("first_frame");
        var origin = time.GetTimestamp();
        TimeSpan? first = null;
        TimeSpan last = default;
        var bytes = 0L;
        try
        {
            // To the end of its last batch: what came first in it was sent long before, and would make the window shorter than it was.
            while (first is null || last - first < Window || (!connection.IsDrained && last - first < Window + LongestPause) || (meter.Frames < 2 && last - first < LongestWindow))
            {
                var prompt = first is null || last - first < Prompt;
                if (!prompt && connection.IsDrained)
                    await Task.Delay(TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, BatchBytes / bytes * (last - first!.Value).TotalSeconds)), time, either.Token);
                var (from, packet) = await connection.ReadPacketAsync(either.Token);
                bytes += packet.Length;
                var now = time.GetElapsedTime(origin);
                if (from != channel)
                    continue;
                meter.Add(packet.Span, prompt ? now : null);
                if (meter.Frames == 0)
                    continue;
                last = now;
                if (first is null)
                {
                    first = now;
                    trace.End("came");
                    trace.Begin("stream");
                    patience.CancelAfter(LongestWindow);
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            // Whatever has come by now is what there is.
        }
        return Judge(meter.Read(), first is null ? null : time.GetUtcNow() - (time.GetElapsedTime(origin) - last), trace, samples);
    }

    Failure? Judge(StreamReading reading, DateTimeOffset? lastFrame, Trace trace, List<Sample> samples)
    {
        if (lastFrame is not { } seen || reading.Frames == 0)
        {
            var nothing = new Failure(CameraReasons.NoFrames, reading.Rejected > 0
                ? string.Create(CultureInfo.InvariantCulture, $"PLAY was accepted, and of {reading.Rejected} packets within {FirstFrameTimeout.TotalSeconds} s none was a picture's")
                : string.Create(CultureInfo.InvariantCulture, $"PLAY was accepted, and no picture came within {FirstFrameTimeout.TotalSeconds} s"));
            trace.Fail(nothing);
            return nothing;
        }
        Tell(reading, seen, trace, samples);
        return null;
    }

    void Tell(StreamReading reading, DateTimeOffset lastFrame, Trace trace, List<Sample> samples)
    {
        void Add(Family family, double? value)
        {
            if (value is { } known)
                samples.Add(state.Of(family, known));
        }
        // More is no camera, but a clock that doesn't tick in the rate that it was said to have.
        Add(CameraFamilies.Fps, reading.FramesPerSecond is <= MostFps ? reading.FramesPerSecond : null);
        Add(CameraFamilies.Bytes, reading.BytesPerSecond);
        Add(CameraFamilies.LostRatio, reading.LostRatio);
        Add(CameraFamilies.Jitter, reading.Jitter);
        Add(CameraFamilies.KeyframeInterval, reading.KeyframeInterval?.TotalSeconds);
        Add(CameraFamilies.LastFrame, lastFrame.ToUnixTimeMilliseconds() / 1000.0);
        trace.End(Story(reading));
    }

    string Story(StreamReading reading)
    {
        var said = new List<string> { string.Create(CultureInfo.InvariantCulture, $"{reading.Frames} frame(s)") };
        if (reading.FramesPerSecond is { } fps)
            said.Add(string.Create(CultureInfo.InvariantCulture, $"{fps:0.0#} FPS{(camera.ExpectedFps is { } expected ? $" of {expected:0.#} expected" : "")}"));
        if (reading.BytesPerSecond is { } bytes)
            said.Add(string.Create(CultureInfo.InvariantCulture, $"{bytes * 8 / 1000:0} kbit/s"));
        if (reading.LostRatio is { } lost)
            said.Add(string.Create(CultureInfo.InvariantCulture, $"{lost * 100:0.##} % of the packets lost"));
        if (reading.Jitter is { } jitter)
            said.Add(string.Create(CultureInfo.InvariantCulture, $"jitter {jitter * 1000:0.#} ms"));
        if (reading.KeyframeInterval is { } interval)
            said.Add(string.Create(CultureInfo.InvariantCulture, $"a key frame every {interval.TotalSeconds:0.##} s"));
        return string.Join(", ", said);
    }

    static Codec CodecOf(string encoding) => encoding switch
    {
        "H264" => Codec.H264,
        "H265" or "HEVC" => Codec.H265,
        "JPEG" => Codec.Jpeg,
        _ => Codec.Other,
    };
}
