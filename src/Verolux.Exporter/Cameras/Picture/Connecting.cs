using System.Net.Security;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>What holds for every connection to a camera.</summary>
static class Connecting
{
    /// <summary>Cameras sign their own certificates, so every one is taken, as ffmpeg does by itself.</summary>
#pragma warning disable CA5359
    public static readonly RemoteCertificateValidationCallback AnyCertificate = static (_, _, _, _) => true;
#pragma warning restore CA5359
}
