using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>The closed list of why a look at a camera fails, beside the reasons of every slice (<c>config</c>, <c>timeout</c>, <c>internal</c>).</summary>
static class CameraReasons
{
    /// <summary>The host's name has no address.</summary>
    public static readonly FailureReason Dns = NetworkFailure.Dns;

    /// <summary>The network says that there is no way to the host.</summary>
    public static readonly FailureReason Unreachable = NetworkFailure.Unreachable;

    /// <summary>The host answers, and nothing listens on the port.</summary>
    public static readonly FailureReason Refused = NetworkFailure.Refused;

    /// <summary>The TLS handshake failed.</summary>
    public static readonly FailureReason Tls = NetworkFailure.Tls;

    /// <summary>401: the user or the password is not taken, or none is configured.</summary>
    public static readonly FailureReason Auth = NetworkFailure.Auth;

    /// <summary>403: the user is known and may not see this stream.</summary>
    public static readonly FailureReason Forbidden = new("forbidden");

    /// <summary>404: there is no stream under this path.</summary>
    public static readonly FailureReason NotFound = NetworkFailure.NotFound;

    /// <summary>RTSP's 453, or HTTP's 503: all of the camera's sessions, or its bandwidth, are taken.</summary>
    public static readonly FailureReason Busy = new("busy");

    /// <summary>461: the camera doesn't send over TCP.</summary>
    public static readonly FailureReason Transport = new("transport");

    /// <summary>3xx: the camera points elsewhere, where nobody follows it.</summary>
    public static readonly FailureReason Redirect = new("redirect");

    /// <summary>What came back is no answer that the protocol knows, or one that says that the camera itself has failed.</summary>
    public static readonly FailureReason Protocol = NetworkFailure.Protocol;

    /// <summary>The stream was opened, and no picture came.</summary>
    public static readonly FailureReason NoFrames = new("no_frames");

    /// <summary>Pictures came and could not be decoded.</summary>
    public static readonly FailureReason Decode = new("decode");

    /// <summary>There is no ffmpeg on this machine.</summary>
    public static readonly FailureReason NoDecoder = new("no_decoder");

    /// <summary>After these the stream may be well all the same: it could not be tried.</summary>
    public static readonly IReadOnlyList<FailureReason> Untried = [Busy, Transport, NoDecoder];

    public static readonly IReadOnlyList<FailureReason> All = [Dns, Unreachable, Refused, Tls, Auth, Forbidden, NotFound, Busy, Transport, Redirect, Protocol, NoFrames, Decode, NoDecoder];
}
