using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>Why a look at a camera failed: the closed list of the label <c>reason</c>, whatever the depth.</summary>
static class CameraReasons
{
    public static readonly FailureReason Dns = new("dns");

    /// <summary>No route to the host or its network.</summary>
    public static readonly FailureReason Unreachable = new("unreachable");

    public static readonly FailureReason Refused = new("refused");

    public static readonly FailureReason Tls = new("tls");

    /// <summary>401: no, or the wrong, user and password.</summary>
    public static readonly FailureReason Auth = new("auth");

    /// <summary>403: the user is known and may not.</summary>
    public static readonly FailureReason Forbidden = new("forbidden");

    public static readonly FailureReason NotFound = new("not_found");

    /// <summary>RTSP's 453 and HTTP's 503: no session left.</summary>
    public static readonly FailureReason Busy = new("busy");

    /// <summary>461: not over TCP.</summary>
    public static readonly FailureReason Transport = new("transport");

    /// <summary>3xx: never followed, because it may lead anywhere.</summary>
    public static readonly FailureReason Redirect = new("redirect");

    /// <summary>An answer that is none, or one that nobody expects.</summary>
    public static readonly FailureReason Protocol = new("protocol");

    /// <summary>The stream opened and no frame came.</summary>
    public static readonly FailureReason NoFrames = new("no_frames");

    /// <summary>Frames came and none could be decoded.</summary>
    public static readonly FailureReason Decode = new("decode");

    /// <summary>There is no ffmpeg on this machine.</summary>
    public static readonly FailureReason NoDecoder = new("no_decoder");

    /// <summary>Without those that every slice has.</summary>
    public static readonly IReadOnlyList<FailureReason> All =
        [Dns, Unreachable, Refused, Tls, Auth, Forbidden, NotFound, Busy, Transport, Redirect, Protocol, NoFrames, Decode, NoDecoder];
}
