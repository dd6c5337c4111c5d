namespace Verolux.Exporter.Site.Cameras;

enum Codec
{
    H264,
    H265,
    Mjpeg,
}

/// <summary>What a camera looks at.</summary>
enum Scene
{
    Moving,

    /// <summary>The same picture for ever, pixel by pixel, while frames keep coming: an encoder that hangs.</summary>
    Frozen,

    /// <summary>The lens is covered.</summary>
    Black,

    /// <summary>Nothing moves, but the sensor's noise makes every picture another.</summary>
    NoisyStill,

    /// <summary>Nearly black, and moving.</summary>
    Dark,

    /// <summary>As <see cref="Moving"/>, with B frames: RTP timestamps go back and forth. H.264 only.</summary>
    Reordered,
}

/// <summary>What a camera answers in place of what it should.</summary>
enum AnswerFault
{
    None,

    /// <summary>The connection is reset as soon as a request says which camera is meant. (A port that refuses is a <see cref="RefusingPort"/>.)</summary>
    Reset,

    /// <summary>Requests are read and never answered.</summary>
    Silent,

    /// <summary>One byte a second.</summary>
    Slow,

    /// <summary>Bytes that aren't RTSP, with neither line ends nor an end.</summary>
    Garbage,

    /// <summary>A good status line, then header lines for as long as the client reads.</summary>
    EndlessHeaders,

    /// <summary>Half a status line, then the connection is closed.</summary>
    HalfLine,

    /// <summary>453 at SETUP: all sessions are taken.</summary>
    BusyAtSetup,

    /// <summary>453 at DESCRIBE already.</summary>
    BusyAtDescribe,

    /// <summary>301 at DESCRIBE, to <see cref="CameraKind.Location"/>.</summary>
    MovedPermanently,

    /// <summary>302 at DESCRIBE, to <see cref="CameraKind.Location"/>.</summary>
    MovedTemporarily,

    /// <summary>404 at DESCRIBE.</summary>
    NotFound,

    /// <summary>403 at DESCRIBE.</summary>
    Forbidden,

    /// <summary>503 at DESCRIBE.</summary>
    Unavailable,

    /// <summary>461 at SETUP, also for RTP over TCP. (RTP over UDP gets 461 from every camera.)</summary>
    UdpOnly,

    /// <summary>454 at PLAY, as if the session had run out.</summary>
    SessionLost,

    /// <summary>Every answer bears a CSeq that nobody sent.</summary>
    WrongCSeq,

    /// <summary>Every answer comes after one to a request that nobody sent.</summary>
    StrayAnswerFirst,

    /// <summary>At DESCRIBE, Content-Length is 100 bytes more than there are.</summary>
    ContentLengthTooLong,

    /// <summary>At DESCRIBE, Content-Length is half of what there is: the rest stands where the next answer should begin.</summary>
    ContentLengthTooShort,

    /// <summary>At DESCRIBE, Content-Length is 1 TB.</summary>
    ContentLengthHuge,

    /// <summary>At DESCRIBE, Content-Length is -1.</summary>
    ContentLengthNegative,

    /// <summary>The description is binary.</summary>
    BinaryBody,
}

/// <summary>What is wrong with a camera's SDP.</summary>
enum SdpFault
{
    None,
    NoMedia,

    /// <summary>999 times audio; the video comes last.</summary>
    ThousandMedia,

    /// <summary>Behind the video another one, of another codec, which is the camera's second stream and nothing wrong.</summary>
    SecondVideo,
    NegativeClock,
}

/// <summary>What is wrong with a camera's RTP packets, every one of them unless said otherwise.</summary>
enum RtpFault
{
    None,

    /// <summary>PLAY is answered with 200, and nothing comes.</summary>
    NoFrames,
    WrongVersion,

    /// <summary>Packets come on a channel that SETUP didn't agree on.</summary>
    WrongChannel,

    /// <summary>Longer than the packet.</summary>
    HugePadding,
    NoMarker,

    /// <summary>After one second, once, by a quarter of the range; sequence numbers and pace go on.</summary>
    TimestampJump,
}

/// <summary>What a simulated camera is like. Everything combines; as it is created, it is a good camera that anybody may watch.</summary>
sealed record CameraKind
{
    public static CameraKind Good { get; } = new();

    public Codec Codec { get; init; }

    public Scene Scene { get; init; }

    /// <summary>What is delivered, in frames a second.</summary>
    public int Fps { get; init; } = 25;

    /// <summary>What the SDP says; without it, the truth.</summary>
    public double? DeclaredFps { get; init; }

    public Access Access { get; init; } = Access.Open;

    public AnswerFault Answers { get; init; }

    public SdpFault Description { get; init; }

    public RtpFault Packets { get; init; }

    /// <summary>Sessions at a time; one more gets 453 at SETUP.</summary>
    public int? SessionLimit { get; init; }

    /// <summary>Where redirects lead; without it, to /elsewhere on the same port, which isn't there.</summary>
    public string? Location { get; init; }

    /// <summary>The part of its RTP packets that a camera loses on the way, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>How late a frame may come; RTP timestamps stay right and frames in order.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Of what is lost and what is late.</summary>
    public int Seed { get; init; }

    /// <summary>The first RTP sequence number; without it, a random one, as RFC 3550 section 5.1 has it.</summary>
    public ushort? FirstSequence { get; init; }

    /// <summary>The first RTP timestamp; without it, a random one.</summary>
    public uint? FirstTimestamp { get; init; }
}
