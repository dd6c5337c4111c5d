using Verolux.Exporter.Configuration;
namespace Verolux.Exporter.Cameras;
static class CameraOptions { public static IReadOnlyList<Camera> Read(Section cameras, string directory, string site) { _ = (cameras, directory, site); return []; } }
