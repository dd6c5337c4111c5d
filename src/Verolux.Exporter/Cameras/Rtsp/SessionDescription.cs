using System.Globalization;
using System.Text;

namespace Verolux.Exporter.Cameras.Rtsp;

/// <summary>A stream of pictures that a camera offers.</summary>
/// <param name="Encoding">The encoding name of RTP's registry, upper case, such as <c>H264</c>; empty where the camera doesn't say.</param>
/// <param name="ClockRate">Ticks of its RTP timestamps per second, 1 to 10,000,000.</param>
/// <param name="FramesPerSecond">What the camera declares; null where it doesn't.</param>
/// <param name="Control">The address to set it up with, absolute or relative to the session's; empty for the session's own.</param>
/// <param name="ParameterSets">The codec's parameter sets as the camera sends them ahead of the stream (RFC 6184, RFC 7798), comma-separated base 64; null without.</param>
/// <param name="Format">Its <c>fmtp</c> and <c>framesize</c> attributes as the camera writes them, each without a line end.</param>
sealed record VideoTrack(int PayloadType, string Encoding, int ClockRate, double? FramesPerSecond, string Control, string? ParameterSets, IReadOnlyList<string> Format)
{
    const int LongestName = 64;

    /// <summary>A description of this track alone, under the address <c>video</c>, for a reader of ours: nothing in it leads to the camera, and a camera can't add lines to it.</summary>
    public string Describe()
    {
        var text = new StringBuilder("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n");
        text.Append(CultureInfo.InvariantCulture, $"m=video 0 RTP/AVP {PayloadType}\r\na=control:video\r\n");
        if (Encoding.Length is > 0 and <= LongestName && Encoding.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '+'))
            text.Append(CultureInfo.InvariantCulture, $"a=rtpmap:{PayloadType} {Encoding}/{ClockRate}\r\n");
        if (FramesPerSecond is { } fps)
            text.Append(CultureInfo.InvariantCulture, $"a=framerate:{fps:0.######}\r\n");
        foreach (var attribute in Format)
            text.Append(CultureInfo.InvariantCulture, $"a={attribute}\r\n");
        return text.ToString();
    }
}

/// <summary>
/// What DESCRIBE answers (SDP, RFC 8866), as far as looking at the first video stream needs it. Forgives what real cameras get wrong: bare line ends, spaces,
/// upper and lower case, a missing rtpmap, a decimal comma; and bytes behind the end.
/// </summary>
/// <param name="Control">The session's own control address; empty or <c>*</c> for the one it was described under.</param>
/// <param name="Video">Null where it offers no pictures.</param>
sealed record SessionDescription(string Control, VideoTrack? Video)
{
    const int UsualClockRate = 90_000;
    const int MostClockRate = 10_000_000;

    /// <returns>Null, with the reason for people, if this is no session description, or one that contradicts itself.</returns>
    public static SessionDescription? Parse(string text, out string problem)
    {
        problem = "";
        var (control, sawVersion, inMedia) = ("", false, false);
        Media? video = null;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = raw.Trim(" \t\0");
            if (line.Length < 2 || line[1] != '=')
                continue;
            var value = line[2..].Trim();
            switch (line[0])
            {
                case 'v':
                    sawVersion = true;
                    break;
                case 'm' when video is not null:
                    // What follows belongs to other streams.
                    return Finish(control, video, out problem);
                case 'm':
                    inMedia = true;
                    video = value.StartsWith("video", StringComparison.OrdinalIgnoreCase) ? new Media(value) : null;
                    break;
                case 'a' when video is not null:
                    video.Add(value);
                    break;
                case 'a' when !inMedia && Media.Attribute(value, "control") is { } session:
                    control = session;
                    break;
            }
        }
        if (!sawVersion && !inMedia)
        {
            problem = "is no session description";
            return null;
        }
        return Finish(control, video, out problem);
    }

    static SessionDescription? Finish(string control, Media? video, out string problem)
    {
        problem = "";
        if (video is null)
            return new SessionDescription(control, null);
        if (video.ClockRate is < 1 or > MostClockRate)
        {
            problem = string.Create(CultureInfo.InvariantCulture, $"gives its pictures a clock of {video.ClockRate} Hz");
            return null;
        }
        return new SessionDescription(control, new VideoTrack(video.PayloadType, video.Encoding, (int)video.ClockRate, video.FramesPerSecond, video.Control, video.ParameterSets, video.Format));
    }

    /// <summary>One <c>m=video</c> section while it is read.</summary>
    sealed class Media
    {
        // Far more than any camera sends.
        const int MostFormat = 8;
        const int LongestFormat = 4096;

        readonly string[] payloadTypes;
        bool mapped;

        // m=video 0 RTP/AVP 96
        public Media(ReadOnlySpan<char> value)
        {
            payloadTypes = value.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(3).Take(16).ToArray();
            if (int.TryParse(payloadTypes.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var type) && type is >= 0 and <= 127)
                PayloadType = type;
            // RFC 3551, table 5: the one static type that cameras use.
            Encoding = PayloadType == 26 ? "JPEG" : "";
        }

        public int PayloadType { get; private set; }

        public string Encoding { get; private set; }

        public long ClockRate { get; private set; } = UsualClockRate;

        public double? FramesPerSecond { get; private set; }

        public string Control { get; private set; } = "";

        public string? ParameterSets { get; private set; }

        public List<string> Format { get; } = [];

        public void Add(ReadOnlySpan<char> attribute)
        {
            if (Attribute(attribute, "control") is { } control)
                Control = control;
            else if (Attribute(attribute, "rtpmap") is { } map)
                Map(map);
            else if (Attribute(attribute, "fmtp") is { } format)
            {
                ParameterSets ??= Sets(format);
                Keep("fmtp", format);
            }
            else if (Attribute(attribute, "framesize") is { } size)
                Keep("framesize", size);
            else if ((Attribute(attribute, "framerate") ?? Attribute(attribute, "x-framerate")) is { } rate
                && double.TryParse(rate.Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var fps) && fps is > 0 and <= 1000)
                FramesPerSecond = fps;
        }

        // Only what is plain text on one line to every reader.
        void Keep(string name, string value)
        {
            if (value.Length <= LongestFormat && !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && Format.Count < MostFormat)
                Format.Add($"{name}:{value}");
        }

        /// <summary>The value of <c>name:value</c>; null for another name.</summary>
        public static string? Attribute(ReadOnlySpan<char> attribute, string name) =>
            attribute.Length > name.Length && attribute.StartsWith(name, StringComparison.OrdinalIgnoreCase) && attribute[name.Length] is ':' or '='
                ? attribute[(name.Length + 1)..].Trim().ToString()
                : null;

        // 96 H264/90000; of several types the first that is mapped.
        void Map(string map)
        {
            var parts = map.Split([' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (mapped || parts.Length < 2 || !payloadTypes.Contains(parts[0]) || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var type) || type > 127)
                return;
            var format = parts[1].Split('/');
            (mapped, PayloadType, Encoding) = (true, type, format[0].Trim().ToUpperInvariant());
            // As a real number, so that one with a hundred digits is one, too.
            if (format.Length > 1 && double.TryParse(format[1].Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var clock))
                ClockRate = (long)clock;
        }

        static string? Sets(string format)
        {
            var sets = format.Split(';', StringSplitOptions.TrimEntries)
                .Select(p => p.Split(' ')[^1])
                .Where(p => p.StartsWith("sprop-", StringComparison.OrdinalIgnoreCase) && p.Contains('=', StringComparison.Ordinal))
                .Select(p => p[(p.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            return string.Join(',', sets) is { Length: > 0 } found ? found : null;
        }
    }
}
