using System.Net.Security;
using System.Net.Sockets;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>What holds for every connection to a camera.</summary>
static class Connecting
{
    /// <summary>Cameras sign their own certificates, so every one is taken, as ffmpeg does by itself.</summary>
#pragma warning disable CA5359
    public static readonly RemoteCertificateValidationCallback AnyCertificate = static (_, _, _, _) => true;
#pragma warning restore CA5359

    /// <returns>Null for what says nothing of the camera.</returns>
    public static Failure? Failed(SocketError? error) => error switch
    {
        SocketError.ConnectionRefused => new(CameraReasons.Refused, "the connection was refused"),
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery => new(CameraReasons.Dns, "the host name is not known"),
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown => new(CameraReasons.Unreachable, "there is no route to the host"),
        SocketError.TimedOut => new(FailureReason.Timeout, "the connection attempt timed out"),
        _ => null,
    };
}
