using System.Globalization;

namespace Verolux.Exporter.Benchmarks;

/// <summary>The product as shipped, with cameras to watch.</summary>
static class CameraExporter
{
    /// <param name="habits">Keys that hold for every camera, as the configuration's section <c>cameras</c> has them.</param>
    public static Task<Child> StartAsync(WorkFolder folder, string habits, IEnumerable<string> urls, CancellationToken cancellation)
    {
        Write(folder, urls);
        var file = folder.Write("verolux.yml", $"listen: 127.0.0.1:0\ncameras: {{ {habits}, files: [cameras.yml] }}\nalerts: {{ store: store.db }}\n");
        return Child.StartAsync(Path.Combine(AppContext.BaseDirectory, "verolux-exporter"), ["--config", file], cancellation);
    }

    /// <summary>Writes which cameras there are.</summary>
    public static void Write(WorkFolder folder, IEnumerable<string> urls) =>
        folder.Write("cameras.yml", string.Concat(urls.Select((url, i) => string.Create(CultureInfo.InvariantCulture, $"- {{ id: camera_{i:00000}, url: \"{url}\" }}\n"))));
}
