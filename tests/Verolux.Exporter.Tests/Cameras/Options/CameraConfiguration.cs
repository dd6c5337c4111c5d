using Verolux.Exporter.Cameras;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Cameras.Options;

/// <summary>A configuration in a folder of its own, with whatever camera files the test puts beside it.</summary>
sealed class CameraConfiguration : IDisposable
{
    public TemporaryFolder Folder { get; } = new();

    public (IReadOnlyList<Camera> Cameras, IReadOnlyList<string> Problems) Read(string yaml, params (string Variable, string Value)[] environment)
    {
        var problems = new Problems();
        var document = Document.Parse(yaml, "verolux.yml", Folder.Path, problems);
        document.Overlay(environment.Select(v => KeyValuePair.Create(v.Variable, v.Value)));
        var cameras = CameraOptions.Read(document.Root.Child("cameras"), Folder.Path, "north");
        document.ReportUnknownKeys();
        return (cameras, [.. problems.All.Select(p => p.ToString())]);
    }

    /// <summary>Reads a configuration of nothing but the files.</summary>
    public (IReadOnlyList<Camera> Cameras, IReadOnlyList<string> Problems) ReadFiles(string files) => Read($"cameras: {{ files: [{files}] }}");

    public static (IReadOnlyList<Camera> Cameras, IReadOnlyList<string> Problems) ReadTargets(string targets)
    {
        using var configuration = new CameraConfiguration();
        return configuration.Read($"cameras: {{ targets: [{targets}] }}");
    }

    public static Camera Default(string id, string url, string site = "north") =>
        new(id, site, new Uri(url), null, null, null, null, true, false, 80, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(5), null, null, false);

    public void Dispose() => Folder.Dispose();
}
