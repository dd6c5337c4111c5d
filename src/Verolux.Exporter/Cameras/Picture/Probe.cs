using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>How a stream's frames arrived. Rates are null where there were no two frames with different time stamps.</summary>
/// <param name="Frames">Seen in all, at least 1.</param>
/// <param name="KeyframeInterval">Mean distance of the key frames seen; null where there were no two.</param>
sealed record Delivered(int Frames, double? FramesPerSecond, double? BytesPerSecond, TimeSpan? KeyframeInterval);

/// <summary>Reads what ffprobe prints as JSON. Everything in it may be missing or absurd.</summary>
static class Probe
{
    /// <summary>Formats that carry no rate; ffmpeg then assumes one.</summary>
    static readonly string[] WithoutRate = ["mpjpeg", "mjpeg", "jpeg_pipe", "png_pipe", "h264", "hevc", "m4v"];

    /// <returns>Null when it is no such JSON.</returns>
    public static ProbeOutput? Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ProbeJson.Default.ProbeOutput);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <returns>Null without a video stream.</returns>
    public static Described? Describe(ProbeOutput output)
    {
        if (output.Streams is not [{ Width: > 0, Height: > 0, CodecName: { } codec } stream, ..])
            return null;
        var profile = stream.Profile is null or "unknown" || int.TryParse(stream.Profile, out _) ? null : stream.Profile;
        var rate = WithoutRate.Contains(output.Format?.FormatName) ? null : Ratio(stream.AvgFrameRate) ?? Ratio(stream.RFrameRate);
        return new Described(codec, profile, stream.Width, stream.Height, rate);
    }

    /// <returns>Null without a frame.</returns>
    public static Delivered? Sample(ProbeOutput output)
    {
        if (output.Packets is not { Length: > 0 } packets)
            return null;
        var timed = packets.Select(p => (At: Seconds(p.PtsTime), Bytes: Math.Max(0, Seconds(p.Size) ?? 0), Key: p.Flags?.StartsWith('K') == true))
            .Where(p => p.At is not null).OrderBy(p => p.At).ToList();
        var elapsed = timed.Count == 0 ? 0 : timed[^1].At!.Value - timed[0].At!.Value;
        if (elapsed <= 0)
            return new Delivered(packets.Length, null, null, null);
        var keys = timed.Where(p => p.Key).Select(p => p.At!.Value).Distinct().ToList();
        return new Delivered(
            packets.Length,
            (timed.Select(p => p.At).Distinct().Count() - 1) / elapsed,
            timed.SkipLast(1).Sum(p => p.Bytes) / elapsed,
            keys.Count < 2 ? null : TimeSpan.FromSeconds(Math.Min((keys[^1] - keys[0]) / (keys.Count - 1), 86400)));
    }

    static double? Seconds(string? text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && Math.Abs(value) < 1e12 ? value : null;

    /// <summary><c>30000/1001</c>; null for <c>0/0</c>.</summary>
    static double? Ratio(string? text) =>
        text?.Split('/') is [var over, var under] && Seconds(over) is > 0 and var a && Seconds(under) is > 0 and var b && a / b <= 1000 ? a / b : null;
}

sealed record ProbeOutput(ProbeStream[]? Streams, ProbePacket[]? Packets, ProbeFormat? Format);

sealed record ProbeStream(string? CodecName, string? Profile, int Width, int Height, string? AvgFrameRate, string? RFrameRate);

sealed record ProbePacket(string? PtsTime, string? Size, string? Flags);

sealed record ProbeFormat(string? FormatName);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProbeOutput))]
sealed partial class ProbeJson : JsonSerializerContext;
