namespace Verolux.Exporter.Site.Cameras;

/// <summary>One request as it came.</summary>
/// <param name="Path">Of the camera it was for.</param>
/// <param name="Text">The request line and all headers, a line each.</param>
/// <param name="Status">What was answered; null where no good answer was attempted.</param>
sealed record CameraRequest(string Path, string Method, string Text, int? Status);
