using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>
/// What ffmpeg is told through a pipe instead of on its command line: a script of its <c>concat</c> demuxer, which names the source and how to open it.
/// So no address appears in a process list. https://ffmpeg.org/ffmpeg-formats.html#concat
/// </summary>
static class Script
{
    /// <summary>
    /// What may be found inside a file or an HTTP body. Nothing in this list names other sources: no playlists (HLS, DASH, concat), no SDP, no image sequences,
    /// so that a camera can't have ffmpeg open a file of this machine or call another host.
    /// </summary>
    public const string Containers = "mov,matroska,mpegts,flv,avi,asf,mpeg,mpjpeg,mjpeg,jpeg_pipe,png_pipe,h264,hevc,m4v,ivf,nut";

    /// <summary>A file's name may say that it is a picture, and then its content isn't looked at to find out.</summary>
    public const string Files = Containers + ",image2";

    /// <summary>Decoders for what cameras send; all the others, and their faults, stay out of reach.</summary>
    public const string Codecs = "h264,hevc,mjpeg,mpeg4,mpeg2video,mpeg1video,h263,vp8,vp9,libdav1d,av1,png";

    /// <returns>The script, or what about the path makes one impossible.</returns>
    public static (string? Text, Failure? Failure) ForFile(Uri url) => url.LocalPath.Any(char.IsControl)
        ? (null, new Failure(FailureReason.Config, "the path contains a control character: rename the file"))
        : (Of($"file:{url.LocalPath}", $"format_whitelist {Files}", "protocol_whitelist file", $"codec_whitelist {Codecs}", "pattern_type none"), null);

    /// <param name="address">The relay's.</param>
    /// <param name="patience">How long ffmpeg waits for more of the stream.</param>
    public static string ForRelay(string address, TimeSpan patience) => Of(
        address,
        "format_whitelist rtsp",
        "protocol_whitelist tcp",
        $"codec_whitelist {Codecs}",
        "rtsp_transport tcp",
        "allowed_media_types video",
        $"timeout {(long)patience.TotalMicroseconds}",
        "analyzeduration 1000000",
        "probesize 1000000",
        "fpsprobesize 0");

    static string Of(string address, params IEnumerable<string> options) =>
        string.Join('\n', ["ffconcat version 1.0", $"file {Quoted(address)}", .. options.Select(o => $"option {o}"), ""]);

    /// <summary>Within single quotes every character stands for itself but the quote.</summary>
    static string Quoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
