using System.Collections;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Backend;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Gpu;
using Verolux.Exporter.Redis;
using Verolux.Exporter.Postgres;
using Verolux.Exporter.RabbitMq;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Security;
using Verolux.Exporter.Storage;

namespace Verolux.Exporter.Commands;

/// <summary>The whole configuration, read once, with the runbooks that give it its default thresholds.</summary>
sealed record ExporterOptions(
    ListenAddress Listen,
    Uri PublicUrl,
    string Site,
    IReadOnlyList<StoragePath> Storage,
    IReadOnlyList<Camera> Cameras,
    double? ReconnectsThreshold,
    IReadOnlyList<BackendService> Backend,
    GpuOptions Gpu,
    IReadOnlyList<RedisTarget> Redis,
    IReadOnlyList<PostgresTarget> Postgres,
    IReadOnlyList<Broker> RabbitMq,
    AlertsOptions Alerts,
    Access Access,
    Catalogue Catalogue,
    IReadOnlyList<Problem> Problems)
{
    /// <summary>What is set up once, at the start. A reload that changes one of them is refused.</summary>
    static readonly string[] Lasting = ["listen", "public_url", "site", "access", "alerts"];

    /// <summary>What runs without a configuration file: this machine's disks, on loopback, without credentials.</summary>
    const string Defaults = """
        listen: 127.0.0.1:9877
        site: main
        storage: { targets: auto }
        """;

    readonly Dictionary<(string Site, string Camera), double?> expectedFps = Cameras.DistinctBy(c => (c.Site, c.Id)).ToDictionary(c => (c.Site, c.Id), c => c.ExpectedFps);

    /// <summary>Where it was read from; null for the embedded defaults.</summary>
    string? File { get; init; }

    /// <summary>The keys of <see cref="Lasting"/> with all that stands under them.</summary>
    Dictionary<string, string> Written { get; init; } = [];

    /// <summary>Reads a file, or the embedded defaults where there is none, with the environment laid over it.</summary>
    /// <returns>Options to start with only if there are no <see cref="Problems"/>.</returns>
    public static ExporterOptions Load(string? file, TimeProvider time)
    {
        var document = Open(file);
        var options = Read(document, document.Directory, time);
        document.ReportUnknownKeys();
        return options with { Problems = document.Problems.All, File = file, Written = Lasting.ToDictionary(key => key, document.Root.Written) };
    }

    /// <summary>Where what runs with a file listens, and how it is spoken to, whatever else the file says.</summary>
    /// <returns>With a problem where the file itself or its <c>listen</c> can't be read.</returns>
    public static (ListenAddress Listen, WebConfiguration Web, Problem? Problem) ReadAccess(string? file, TimeProvider time)
    {
        var document = Open(file);
        var listen = ListenAddress.Read(document.Root);
        var problem = document.Problems.All.Count > 0 ? document.Problems.All[0] : null;
        return (listen, Access.Read(document.Root.Child("access"), listen, time).Web, problem);
    }

    /// <summary>What a camera is configured to deliver, in frames per second; null where nobody says.</summary>
    public double? ExpectedFps(string site, string camera) => expectedFps.GetValueOrDefault((site, camera));

    /// <summary>Reads everything again from where it was read.</summary>
    /// <returns>Options to go on with only if there are no <see cref="Problems"/>.</returns>
    public ExporterOptions Again(TimeProvider time)
    {
        var fresh = Load(File, time);
        var changed = Lasting.Where(key => fresh.Written[key] != Written[key])
            .Select(key => new Problem(key, "has changed, and is set up at the start alone", "restart the exporter to use it, or put back what was there"));
        return fresh with { Problems = [.. fresh.Problems, .. changed] };
    }

    static Document Open(string? file)
    {
        var problems = new Problems();
        var directory = file is null ? Directory.GetCurrentDirectory() : Path.GetDirectoryName(Path.GetFullPath(file))!;
        var document = Document.Parse(TextOf(file, problems), file is null ? "embedded defaults" : Path.GetFileName(file), directory, problems);
        document.Overlay(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(v => KeyValuePair.Create((string)v.Key, (string?)v.Value ?? "")));
        return document;
    }

    static ExporterOptions Read(Document document, string directory, TimeProvider time)
    {
        var root = document.Root;
        var listen = ListenAddress.Read(root);
        var site = root.Text("site") ?? "main";
        if (site.Length > 64)
            root.Refuse("site", "is longer than 64 characters", "shorten it; it is a label on every series");
        var catalogue = Catalogue.Load(root.Child("runbooks").File("path") ?? Path.Combine(AppContext.BaseDirectory, "runbooks"), EvidenceNames.All);
        var cameras = root.Child("cameras");
        var access = Access.Read(root.Child("access"), listen, time);
        return new ExporterOptions(
            Listen: listen,
            PublicUrl: PublicUrlOf(root, listen, access.Web.HasTls ? "https" : "http"),
            Site: site,
            Storage: StorageOptions.Read(root.Child("storage"), site, catalogue.ThresholdOf(StorageCollector.UsedRatioMetric)),
            Cameras: CameraOptions.Read(cameras, directory, site),
            ReconnectsThreshold: cameras.Number("reconnects_threshold", 0, 1_000_000) ?? catalogue.ThresholdOf(RunbookSeries.ReconnectsMetric),
            Backend: BackendOptions.Read(root.Child("backend"), site, catalogue.ThresholdOf(BackendFamilies.InferenceFpsMetric), catalogue.ThresholdOf(BackendFamilies.PipelineFpsMetric)),
            Gpu: GpuOptions.Read(root.Child("gpu"), site, catalogue.ThresholdOf(GpuFamilies.UtilizationMetric)),
            Redis: RedisOptions.Read(root.Child("redis"), site),
            Postgres: PostgresOptions.Read(root.Child("postgres"), site),
            RabbitMq: RabbitMqOptions.Read(root.Child("rabbitmq"), site, catalogue.ThresholdOf(RabbitMqFamilies.MessagesMetric)),
            Alerts: AlertsOptions.Read(root.Child("alerts"), directory),
            Access: access,
            Catalogue: catalogue,
            Problems: []);
    }

    static Uri PublicUrlOf(Section root, ListenAddress listen, string scheme) =>
        root.BaseUrl("public_url") ?? new Uri($"{scheme}://{(listen.IsLoopback ? listen : $"{Environment.MachineName}:{listen.Port}")}/");

    static string TextOf(string? file, Problems problems)
    {
        try
        {
            return file is null ? Defaults : System.IO.File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add(file!, $"can't be read ({error.Message})", "name a file that exists and that this user may read");
            return "";
        }
    }
}
