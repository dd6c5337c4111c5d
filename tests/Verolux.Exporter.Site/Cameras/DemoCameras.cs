namespace Verolux.Exporter.Site.Cameras;

/// <summary>One camera of every kind, at a path that says which; and plain ones in any number.</summary>
static class DemoCameras
{
    static readonly Access Basic = new(Challenge.Basic);
    static readonly Access DigestMd5 = new(Challenge.DigestMd5);

    /// <summary>By path, without the slash.</summary>
    public static IReadOnlyDictionary<string, CameraKind> Kinds { get; } = new Dictionary<string, CameraKind>
    {
        ["open25"] = new(),
        ["h264_5"] = new() { Fps = 5 },
        ["h264_12"] = new() { Fps = 12 },
        ["h264_15"] = new() { Fps = 15 },
        ["h264_30"] = new() { Fps = 30 },
        ["h264_reordered"] = new() { Scene = Scene.Reordered },
        ["h265_5"] = new() { Codec = Codec.H265, Fps = 5 },
        ["h265_12"] = new() { Codec = Codec.H265, Fps = 12 },
        ["h265_25"] = new() { Codec = Codec.H265 },
        ["h265_30"] = new() { Codec = Codec.H265, Fps = 30 },
        ["mjpeg5"] = new() { Codec = Codec.Mjpeg, Fps = 5 },
        ["mjpeg25"] = new() { Codec = Codec.Mjpeg },
        ["fewer_frames_than_declared"] = new() { Fps = 12, DeclaredFps = 25 },

        ["basic"] = new() { Access = Basic },
        ["digest"] = new() { Access = new Access(Challenge.DigestWithoutQop) },
        ["digest_md5"] = new() { Access = DigestMd5 },
        ["digest_sha256"] = new() { Access = new Access(Challenge.DigestSha256) },
        ["several_challenges"] = new() { Access = new Access(Challenge.Basic, Challenge.DigestSha256, Challenge.DigestMd5) },
        ["stale_nonce"] = new() { Access = DigestMd5 with { StaleOnce = true } },
        ["password_changed"] = new() { Access = DigestMd5 with { Password = "another one" } },
        ["unauthorized_for_ever"] = new() { Access = new Access(Challenge.DigestMd5, Challenge.Basic) { Never = true } },

        ["frozen"] = new() { Scene = Scene.Frozen },
        ["black"] = new() { Scene = Scene.Black },
        ["noisy_still"] = new() { Scene = Scene.NoisyStill },
        ["dark"] = new() { Scene = Scene.Dark },
        ["h265_frozen"] = new() { Codec = Codec.H265, Scene = Scene.Frozen },
        ["h265_black"] = new() { Codec = Codec.H265, Scene = Scene.Black },
        ["h265_noisy_still"] = new() { Codec = Codec.H265, Scene = Scene.NoisyStill },
        ["h265_dark"] = new() { Codec = Codec.H265, Scene = Scene.Dark },
        ["mjpeg_frozen"] = new() { Codec = Codec.Mjpeg, Scene = Scene.Frozen, Fps = 5 },
        ["mjpeg_black"] = new() { Codec = Codec.Mjpeg, Scene = Scene.Black, Fps = 5 },
        ["mjpeg_noisy_still"] = new() { Codec = Codec.Mjpeg, Scene = Scene.NoisyStill, Fps = 5 },
        ["mjpeg_dark"] = new() { Codec = Codec.Mjpeg, Scene = Scene.Dark, Fps = 5 },

        ["dead"] = new() { Answers = AnswerFault.Reset },
        ["silent"] = new() { Answers = AnswerFault.Silent },
        ["slow"] = new() { Answers = AnswerFault.Slow },
        ["garbage"] = new() { Answers = AnswerFault.Garbage },
        ["endless_headers"] = new() { Answers = AnswerFault.EndlessHeaders },
        ["half_line"] = new() { Answers = AnswerFault.HalfLine },
        ["busy"] = new() { Answers = AnswerFault.BusyAtSetup },
        ["busy_at_describe"] = new() { Answers = AnswerFault.BusyAtDescribe },
        ["one_session"] = new() { SessionLimit = 1 },
        ["moved"] = new() { Answers = AnswerFault.MovedPermanently },
        ["redirect"] = new() { Answers = AnswerFault.MovedTemporarily },
        ["not_found"] = new() { Answers = AnswerFault.NotFound },
        ["forbidden"] = new() { Answers = AnswerFault.Forbidden },
        ["unavailable"] = new() { Answers = AnswerFault.Unavailable },
        ["udp_only"] = new() { Answers = AnswerFault.UdpOnly },
        ["session_lost"] = new() { Answers = AnswerFault.SessionLost },
        ["wrong_cseq"] = new() { Answers = AnswerFault.WrongCSeq },
        ["stray_answer_first"] = new() { Answers = AnswerFault.StrayAnswerFirst },
        ["content_length_too_long"] = new() { Answers = AnswerFault.ContentLengthTooLong },
        ["content_length_too_short"] = new() { Answers = AnswerFault.ContentLengthTooShort },
        ["content_length_huge"] = new() { Answers = AnswerFault.ContentLengthHuge },
        ["content_length_negative"] = new() { Answers = AnswerFault.ContentLengthNegative },
        ["binary_body"] = new() { Answers = AnswerFault.BinaryBody },
        ["no_media"] = new() { Description = SdpFault.NoMedia },
        ["thousand_media"] = new() { Description = SdpFault.ThousandMedia },
        ["negative_clock"] = new() { Description = SdpFault.NegativeClock },

        ["no_frames"] = new() { Packets = RtpFault.NoFrames },
        ["wrong_rtp_version"] = new() { Packets = RtpFault.WrongVersion },
        ["wrong_channel"] = new() { Packets = RtpFault.WrongChannel },
        ["huge_padding"] = new() { Packets = RtpFault.HugePadding },
        ["no_marker"] = new() { Packets = RtpFault.NoMarker },
        ["timestamp_jump"] = new() { Packets = RtpFault.TimestampJump },
        ["wrap"] = new() { FirstSequence = ushort.MaxValue - 20, FirstTimestamp = uint.MaxValue - (Rtp.Clock / 2) },
        ["losing_5_percent"] = new() { Loss = 0.05 },
        ["losing_30_percent"] = new() { Loss = 0.3 },
        ["jittering"] = new() { Jitter = TimeSpan.FromMilliseconds(80) },
    };

    /// <summary>All of <see cref="Kinds"/>.</summary>
    public static void AddDemo(this CameraFarm farm)
    {
        foreach (var (path, kind) in Kinds)
            farm.Add($"/{path}", kind);
    }

    /// <summary>cam0, cam1 …; good ones but for a part that resets every connection, spread evenly.</summary>
    /// <param name="deadPercent">0 to 100.</param>
    public static void AddPlain(this CameraFarm farm, int count, int deadPercent)
    {
        var dead = CameraKind.Good with { Answers = AnswerFault.Reset };
        for (var i = 0; i < count; i++)
            farm.Add($"/cam{i}", (i + 1) * deadPercent / 100 > i * deadPercent / 100 ? dead : CameraKind.Good);
    }
}
