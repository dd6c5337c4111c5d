using System.Globalization;
using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>The deepest depth: decodes a few frames. Takes one of the camera's sessions meanwhile.</summary>
sealed class PictureLook(CameraState state, Ffmpeg ffmpeg, TimeProvider time)
{
    /// <summary>Of the look itself, once it is its turn.</summary>
    static readonly TimeSpan Budget = TimeSpan.FromSeconds(20);

    readonly Camera camera = state.Camera;
    readonly PictureState seen = new(time);
    readonly Pause pause = new(state.Camera.Picture ?? Watch.DefaultInterval);

    public async Task<Look> LookAsync(CancellationToken cancellation)
    {
        if (state.TryReadPassword(out var password) is { } why)
            return Look.Failed(FailureReason.Config, $"the password can't be read: {why}");
        if (state.Down is { } down)
            return down;
        var trace = new Trace(time);
        // In this order: whoever waits for a turn must not keep the camera's session from a sample.
        using var turn = await ffmpeg.Pictures.TakeAsync(cancellation);
        using var session = await state.OpenSessionAsync(cancellation);
        trace.Begin("picture");
        Decoded? decoded = null;
        var failure = await trace.WithinAsync(
            Budget,
            async within =>
            {
                (decoded, var refused) = await ffmpeg.DecodeAsync(new Source(camera.Url, camera.Username, password), camera.Thumbnail, within);
                return refused;
            },
            cancellation);
        if (decoded is not null)
            return Seen(decoded, trace);
        // What could not be tried says nothing about the picture. Nor does a refused password: describing tells of passwords.
        var unknown = failure!.Reason == CameraReasons.Auth || CameraReasons.Untried.Contains(failure.Reason);
        return new Look(unknown ? [] : [state.Of(CameraFamilies.Decodable, 0)], failure) { Steps = trace.Steps, Rest = pause.After(failure) };
    }

    Look Seen(Decoded decoded, Trace trace)
    {
        seen.See(decoded.Luma);
        var samples = new List<Sample>
        {
            state.Of(CameraFamilies.Decodable, 1),
            state.Of(CameraFamilies.Width, decoded.Width),
            state.Of(CameraFamilies.Height, decoded.Height),
            state.Of(CameraFamilies.Luma, decoded.Luma.Mean),
        };
        if (seen.Frozen is { } frozen)
            samples.Add(state.Of(CameraFamilies.Frozen, frozen ? 1 : 0));
        if (seen.Black is { } black)
            samples.Add(state.Of(CameraFamilies.Black, black ? 1 : 0));
        trace.End(Story(decoded));
        return new Look(samples) { Steps = trace.Steps, Picture = decoded.Thumbnail, Rest = pause.After(null) };
    }

    string Story(Decoded decoded)
    {
        var codec = decoded.Profile is { } profile ? $"{decoded.Codec} ({profile})" : decoded.Codec;
        var looks = seen.Black == true ? ", black" : seen.Frozen == true ? ", frozen" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{codec}, {decoded.Width}x{decoded.Height}, brightness {decoded.Luma.Mean * 100:0} %{looks}");
    }
}
