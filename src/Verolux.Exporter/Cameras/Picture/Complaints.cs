using System.Globalization;
using System.Text.RegularExpressions;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>What ffmpeg says on standard error: what the stream is (<c>libavformat/dump.c</c>), and what went wrong (<c>libavutil/error.c</c>).</summary>
static partial class Complaints
{
    /// <summary>The first that fits decides: causes before their consequences.</summary>
    static readonly (Regex Says, FailureReason Reason, string Detail)[] Known =
    [
        (Is(@"timed out|ETIMEDOUT"), FailureReason.Timeout, "the camera fell silent"),
        (Is(@"Format not on whitelist"), CameraReasons.Protocol, "it is none of the formats that cameras send"),
        (Is(@"No such file or directory"), CameraReasons.NotFound, "the file does not exist"),
        (Is(@"Permission denied|Is a directory"), CameraReasons.Forbidden, "the file may not be read"),
        (Is(@"exceeds specified max pixel count|Cannot allocate memory|Picture size \S+ is invalid"), CameraReasons.Decode, "the picture claims to be larger than is decoded"),
        (Is(@"matches no streams|does not contain any stream"), CameraReasons.NoFrames, "there is no video in it"),
    ];

    /// <summary>Of a run that gave no frame.</summary>
    /// <param name="silent">The run took as long as ffmpeg waits for an answer, which it doesn't always say.</param>
    public static Failure Of(IReadOnlyList<string> lines, Source source, bool silent)
    {
        foreach (var (says, reason, detail) in Known)
        {
            if (lines.FirstOrDefault(says.IsMatch) is { } line)
                return new Failure(reason, $"{detail} (ffmpeg: {source.Masked(Bare(line))})");
        }
        var last = lines.LastOrDefault(l => l.Length > 0) is { } words ? $" (ffmpeg: {source.Masked(Bare(words))})" : "";
        if (silent)
            return new Failure(FailureReason.Timeout, "the camera fell silent" + last);
        return Video(lines) is not null
            ? new Failure(CameraReasons.Decode, "the stream opened and no frame could be decoded" + last)
            : new Failure(CameraReasons.Protocol, "what came is no video stream" + last);
    }

    /// <summary>The first video stream of the input, as it is announced.</summary>
    public static Stream? Video(IEnumerable<string> lines)
    {
        var line = lines.TakeWhile(l => !l.StartsWith("Output #", StringComparison.Ordinal))
            .Select(l => Announced().Match(l)).FirstOrDefault(m => m.Success && !m.Value.Contains("(attached pic)", StringComparison.Ordinal));
        if (line is null)
            return null;
        var rate = Rate().Match(line.Value);
        return new Stream(
            line.Groups["codec"].Value,
            line.Groups["profile"] is { Success: true, Value: var profile } ? profile : null,
            Number(line.Groups["width"].Value),
            Number(line.Groups["height"].Value),
            rate.Success ? double.Parse(rate.Groups["rate"].Value, CultureInfo.InvariantCulture) * (rate.Groups["kilo"].Length > 0 ? 1000 : 1) : null);
    }

    static int Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Without the name and address of ffmpeg's part in front, which differ from run to run.</summary>
    static string Bare(string line) => Speaker().Replace(line, "");

    static Regex Is(string pattern) => new(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"^  Stream #0:\d+\S*: Video: (?<codec>\w+)(?: \((?<profile>[^()/]+)\))?.*?(?:, (?<width>\d+)x(?<height>\d+).*)?$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Announced();

    [GeneratedRegex(@", (?<rate>[\d.]+)(?<kilo>k?) fps", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Rate();

    [GeneratedRegex(@"^(\[[^\]]* @ 0x[0-9a-f]+\] |unix:\S+: )+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Speaker();

    /// <param name="Fps">As declared; null where nothing is.</param>
    public sealed record Stream(string Codec, string? Profile, int Width, int Height, double? Fps);
}
