using System.Collections;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Security;
using Verolux.Exporter.Storage;

namespace Verolux.Exporter.Commands;

/// <summary>The whole configuration, read once, with the runbooks that give it its default thresholds.</summary>
sealed record ExporterOptions(
    ListenAddress Listen, Uri PublicUrl, string Site, IReadOnlyList<StoragePath> Storage, IReadOnlyList<Camera> Cameras, AlertsOptions Alerts, Access Access, Catalogue Catalogue, IReadOnlyList<Problem> Problems)
{
    /// <summary>What runs without a configuration file: this machine's disks, on loopback, without credentials.</summary>
    const string Defaults = """
        listen: 127.0.0.1:9877
        site: main
        storage: { targets: auto }
        """;

    /// <summary>Reads a file, or the embedded defaults where there is none, with the environment laid over it.</summary>
    /// <returns>Options to start with only if there are no <see cref="Problems"/>.</returns>
    public static ExporterOptions Load(string? file, TimeProvider time)
    {
        var problems = new Problems();
        var directory = file is null ? Directory.GetCurrentDirectory() : Path.GetDirectoryName(Path.GetFullPath(file))!;
        var document = Document.Parse(TextOf(file, problems), file is null ? "embedded defaults" : Path.GetFileName(file), directory, problems);
        document.Overlay(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(v => KeyValuePair.Create((string)v.Key, (string?)v.Value ?? "")));
        var options = Read(document, directory, time);
        document.ReportUnknownKeys();
        return options with { Problems = problems.All };
    }

    static ExporterOptions Read(Document document, string directory, TimeProvider time)
    {
        var root = document.Root;
        var listen = ListenAddress.Read(root);
        var site = root.Text("site") ?? "main";
        if (site.Length > 64)
            root.Refuse("site", "is longer than 64 characters", "shorten it; it is a label on every series");
        var catalogue = Catalogue.Load(root.Child("runbooks").File("path") ?? Path.Combine(AppContext.BaseDirectory, "runbooks"), EvidenceNames.All);
        var access = Access.Read(root.Child("access"), listen, time);
        return new ExporterOptions(
            listen,
            PublicUrlOf(root, listen, access.Web.HasTls ? "https" : "http"),
            site,
            StorageOptions.Read(root.Child("storage"), site, catalogue.ThresholdOf(StorageCollector.UsedRatioMetric)),
            CameraOptions.Read(root.Child("cameras"), directory, site),
            AlertsOptions.Read(root.Child("alerts"), directory),
            access,
            catalogue,
            []);
    }

    static Uri PublicUrlOf(Section root, ListenAddress listen, string scheme)
    {
        var url = root.Url("public_url") ?? new Uri($"{scheme}://{(listen.IsLoopback ? listen : $"{Environment.MachineName}:{listen.Port}")}/");
        return url.AbsolutePath.EndsWith('/') ? url : new Uri(url + "/");
    }

    static string TextOf(string? file, Problems problems)
    {
        try
        {
            return file is null ? Defaults : File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add(file!, $"can't be read ({error.Message})", "name a file that exists and that this user may read");
            return "";
        }
    }
}
