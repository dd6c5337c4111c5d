using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using FFMpegCore;
using FFMpegCore.Arguments;
using FFMpegCore.Enums;
using FFMpegCore.Exceptions;
using Instances;
using Instances.Exceptions;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>What a camera showed in one look.</summary>
/// <param name="Codec">ffmpeg's name of it: <c>h264</c>, <c>hevc</c>, <c>mjpeg</c> …</param>
/// <param name="Profile">For example <c>High</c>; null where the codec has none.</param>
/// <param name="Width">Pixels.</param>
/// <param name="DeclaredFps">Frames per second that the stream says it has; null where it says nothing.</param>
/// <param name="Thumbnail">A JPEG of at most 320 by 320 pixels; null when none was asked for.</param>
sealed record Decoded(string Codec, string? Profile, int Width, int Height, double? DeclaredFps, Luma Luma, byte[]? Thumbnail);

/// <summary>What a stream says of itself.</summary>
/// <param name="DeclaredFps">Frames per second; null where it says nothing.</param>
sealed record Described(string Codec, string? Profile, int Width, int Height, double? DeclaredFps);

/// <summary>
/// Everything that needs ffmpeg: pictures of every camera, and all depths of those that don't speak RTSP. Each call is one process with one thread, which ends with
/// the call. Callers take turns first: the wait for one is no fault of a camera, and must count against no deadline of its.
/// </summary>
/// <param name="path">Folders with ffmpeg and ffprobe, as in <c>PATH</c>. Looked through at each call, so that installing it needs no restart.</param>
sealed class Ffmpeg(TimeProvider time, string? path = null) : IDisposable
{
    /// <summary>How long one answer of a camera is waited for. The caller's token limits the whole.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The first is the first that can be decoded; the newest counts.</summary>
    const int Frames = 3;

    /// <summary>A damaged stream makes ffmpeg complain without end.</summary>
    const int MostLines = 5000;

    static readonly string Bounds = $"-hide_banner -threads 1 -max_alloc {256 << 20} -max_pixels {Picture.Frames.MostPixels} -analyzeduration 2000000 -probesize 2000000 -fpsprobesize 0";

    /// <summary>For pictures: one per processor.</summary>
    public Turns Pictures { get; } = new(Environment.ProcessorCount);

    /// <summary>For all else, which must not wait behind pictures.</summary>
    public Turns Streams { get; } = new(2 * Environment.ProcessorCount);

    /// <summary>Decodes the first frames.</summary>
    /// <exception cref="OperationCanceledException">The token fired; nothing is left running.</exception>
    public Task<(Decoded? Decoded, Failure? Failure)> DecodeAsync(Source source, bool thumbnail, CancellationToken cancellationToken) =>
        WithInputAsync(source, (folder, input, cancellation) => DecodeAsync(folder, source, input, thumbnail, cancellation), cancellationToken);

    /// <summary>Says what the stream is, without decoding it.</summary>
    /// <exception cref="OperationCanceledException">The token fired; nothing is left running.</exception>
    public Task<(Described? Described, Failure? Failure)> DescribeAsync(Source source, CancellationToken cancellationToken) =>
        WithInputAsync(source, (folder, input, cancellation) => ProbeAsync(folder, source, input, "-show_entries stream=codec_name,profile,width,height,avg_frame_rate,r_frame_rate:format=format_name", Probe.Describe, cancellation), cancellationToken);

    /// <summary>Watches the frames arrive.</summary>
    /// <param name="duration">Of the stream, by its own time stamps where it has them.</param>
    /// <exception cref="OperationCanceledException">The token fired; nothing is left running.</exception>
    public Task<(Delivered? Delivered, Failure? Failure)> SampleAsync(Source source, TimeSpan duration, CancellationToken cancellationToken) =>
        WithInputAsync(source, (folder, input, cancellation) => ProbeAsync(folder, source, input, string.Create(CultureInfo.InvariantCulture,
            $"{(input.IsMultipart ? "-use_wallclock_as_timestamps 1 " : "")}-show_packets -read_intervals %+{duration.TotalSeconds} -show_entries packet=pts_time,size,flags"), Probe.Sample, cancellation), cancellationToken);

    public void Dispose()
    {
        Pictures.Dispose();
        Streams.Dispose();
    }

    async Task<(T?, Failure?)> WithInputAsync<T>(Source source, Func<string, Input, CancellationToken, Task<(T?, Failure?)>> lookAsync, CancellationToken cancellationToken)
        where T : class
    {
        if (Folder() is not { } folder)
            return (null, NoDecoder);
        try
        {
            var (input, failure) = await Input.OpenAsync(source, Patience, time, cancellationToken);
            if (input is null)
                return (null, failure);
            await using (input)
                return await lookAsync(folder, input, cancellationToken);
        }
        // Not their messages: they quote the command line.
        catch (Exception error) when (error is FFMpegException or InstanceFileNotFoundException or Win32Exception)
        {
            return (null, NoDecoder);
        }
    }

    async Task<(Decoded?, Failure?)> DecodeAsync(string folder, Source source, Input input, bool thumbnail, CancellationToken cancellationToken)
    {
        var (frames, jpeg, lines, start) = (new Frames(), new Thumbnail(), new List<string>(), time.GetTimestamp());
        var pipe = new InputPipeArgument(input);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var kill = stop.Token.Register(() => Tree.Kill(pipe.PipePath));
        await FFMpegArguments
            .FromInput(pipe, o => o.WithCustomArgument($"{Bounds} -nostdin -nostats {input.Options}").DisableAudio().DisableSubtitles().DisableData())
            .OutputToMany(o =>
            {
                o.OutputToPipe(frames, p => p.WithCustomArgument($"-map 0:V:0 -frames:v {Frames} -vf scale=out_range=full,format=gray -c:v pgm -f image2pipe"));
                if (thumbnail)
                    o.OutputToPipe(jpeg, p => p.WithCustomArgument($"-map 0:V:0 -frames:v {Frames} -vf \"scale='min(320,iw)':'min(320,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2\" -pix_fmt yuvj420p -q:v 5 -c:v mjpeg -f image2pipe"));
            })
            .NotifyOnStandardError(line =>
            {
                lines.Add(line);
                if (lines.Count > MostLines)
                    stop.Cancel();
            })
            .WithLogLevel(FFMpegLogLevel.Info)
            .CancellableThrough(stop.Token, TimeSpan.Zero)
            .ProcessAsynchronously(throwOnError: false, new FFOptions { BinaryFolder = folder }, CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        if (frames.Newest is not var (width, height, luma))
            return (null, input.Failure ?? Complaints.Of(lines, source, time.GetElapsedTime(start) >= Patience));
        var video = Complaints.Video(lines);
        return (new Decoded(video?.Codec ?? "unknown", video?.Profile, width, height, input.IsMultipart ? null : video?.Fps, luma, thumbnail ? jpeg.Newest : null), null);
    }

    async Task<(T?, Failure?)> ProbeAsync<T>(string folder, Source source, Input input, string what, Func<ProbeOutput, T?> read, CancellationToken cancellationToken)
        where T : class
    {
        var (options, pipe, start) = (new FFOptions { BinaryFolder = folder }, new InputPipeArgument(input), time.GetTimestamp());
        // Not FFProbe itself, which reads JSON by reflection.
        var arguments = new ProcessArguments(new ProcessStartInfo(
            GlobalFFOptions.GetFFProbeBinaryPath(options), $"-v error {Bounds} -print_format json=compact=1 -select_streams V:0 {what} {input.Options} {pipe.Text}"))
        {
            DataBufferCapacity = MostLines,
        };
        pipe.Pre(options);
        try
        {
            using var instance = arguments.Start();
            using var kill = cancellationToken.Register(() => Tree.Kill(pipe.PipePath));
            using var ended = new CancellationTokenSource();
            var feeding = pipe.During(ended.Token);
            var result = await instance.WaitForExitAsync(cancellationToken);
            await ended.CancelAsync();
            await feeding;
            cancellationToken.ThrowIfCancellationRequested();
            if (Probe.Read(string.Concat(result.OutputData)) is { } output && read(output) is { } value)
                return (value, null);
            return (null, input.Failure ?? (result.ExitCode == 0
                ? new Failure(CameraReasons.NoFrames, "there is no video in it")
                : Complaints.Of([.. result.ErrorData], source, time.GetElapsedTime(start) >= Patience)));
        }
        finally
        {
            pipe.Post();
        }
    }

    string? Folder() => (path ?? Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "ffmpeg")) && File.Exists(Path.Combine(folder, "ffprobe")));

    static Failure NoDecoder => new(CameraReasons.NoDecoder, "ffmpeg and ffprobe are not in PATH, or do not start: install ffmpeg 5.1 or newer");
}
