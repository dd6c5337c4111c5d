using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras.Rtsp;

/// <summary>A camera did not do what it was asked.</summary>
/// <param name="detail">One sentence of what was sent and what came back, without credentials.</param>
sealed class RtspException(FailureReason reason, string detail) : Exception(detail)
{
    public Failure Failure { get; } = new(reason, detail);
}
