using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>Who may use whom, as the design says, by what the compiled types refer to.</summary>
public class ReferenceTests
{
    /// <summary>What a folder may use of ours; <c>*</c> is everything. A folder that is not here is a slice.</summary>
    static readonly Dictionary<string, string[]> Folders = new()
    {
        ["Configuration"] = [],
        ["Collecting"] = ["Configuration"],
        ["Runbooks"] = ["Configuration"],
        ["Security"] = ["Configuration"],
        ["Alerts"] = ["Runbooks", "Configuration"],
        ["Alerts.Triage"] = ["Collecting"],
        ["Alerts.Api"] = ["Security"],
        ["Pages"] = ["Alerts", "Collecting", "Runbooks", "Security", "Configuration"],
        ["Commands"] = ["*"],
    };

    static readonly string[] Slice = ["Collecting", "Configuration"];

    /// <summary>Where a client library may be used: a folder, or single types of one.</summary>
    static readonly Dictionary<string, string[]> Libraries = new()
    {
        ["Microsoft.Data.Sqlite"] = ["Alerts"],
        ["SQLitePCLRaw"] = ["Alerts"],
        ["StackExchange.Redis"] = ["Redis"],
        ["YamlDotNet"] = ["Configuration"],
        ["BCrypt"] = ["Security"],
        ["Markdig"] = ["Runbooks"],
        ["HtmlSanitizer"] = ["Runbooks"],
        ["AngleSharp"] = ["Runbooks"],
        ["System.CommandLine"] = ["Commands"],
        ["RazorSlices"] = ["Pages"],
        ["FFMpegCore"] = ["Cameras.Picture"],
        ["Instances"] = ["Cameras.Picture"],
        ["Npgsql"] = ["Postgres"],
        ["RabbitMQ.Client"] = ["RabbitMq"],
        ["Prometheus"] = ["Collecting.Series", "Collecting.ExporterMetrics", "Collecting.ScrapeEndpoint", "Alerts.ReceiverMetrics"],
    };

    static readonly IReadOnlyList<Reference> All = References.Of(typeof(Series).Assembly);

    [Test]
    public void Folders_use_only_what_they_may() => Assert.That(All.Where(r => !MayUse(r, Folders)).Select(Text), Is.Empty);

    [Test]
    public void Client_libraries_are_used_in_one_place_each() => Assert.That(All.Where(r => !MayCall(r, Libraries)).Select(Text), Is.Empty);

    [Test]
    public void Every_library_of_the_list_is_really_used()
    {
        // SQLite's native binding is used by its own client alone.
        foreach (var library in Libraries.Keys.Except(["SQLitePCLRaw"]))
            Assert.That(All.Any(r => r.Library.StartsWith(library)), Is.True, $"nobody uses {library}: correct its name here, or remove it");
    }

    [TestCase("Storage", "Collecting")]
    [TestCase("Security", "Configuration")]
    [TestCase("Alerts", "Runbooks")]
    [TestCase("Pages", "Collecting")]
    public void A_use_that_is_there_would_be_found_if_it_were_forbidden(string user, string used)
    {
        var stricter = new Dictionary<string, string[]>(Folders) { [user] = [] };
        Assert.That(All.Where(r => !MayUse(r, stricter)).Select(r => (r.Folder, r.UsedFolder)), Has.Member((user, used)));
    }

    [TestCase("Prometheus", "Collecting.Series")]
    [TestCase("YamlDotNet", "Configuration.Document")]
    [TestCase("Microsoft.Data.Sqlite", "Alerts.Store")]
    [TestCase("RazorSlices", "Pages.PageRoutes")]
    public void A_library_that_is_used_would_be_found_if_it_were_forbidden(string library, string user)
    {
        var stricter = new Dictionary<string, string[]>(Libraries) { [library] = [] };
        Assert.That(All.Where(r => !MayCall(r, stricter)).Select(r => r.User), Has.Member(user));
    }

    [Test]
    public void What_a_slice_may_not_do_is_refused()
    {
        Assert.That(MayUse(new Reference("Cameras.Rtsp.Client", "Storage.FileSystem", ""), Folders), Is.False, "slices don't know each other");
        Assert.That(MayUse(new Reference("Cameras.Rtsp.Client", "Cameras.Camera", ""), Folders), Is.True);
        Assert.That(MayUse(new Reference("Alerts.Intake.Intake", "Collecting.Series", ""), Folders), Is.False);
        Assert.That(MayUse(new Reference("Alerts.Triage.Evidence", "Collecting.Sample", ""), Folders), Is.True);
        Assert.That(MayCall(new Reference("Collecting.Watched", "", "Prometheus.NetStandard"), Libraries), Is.False);
        Assert.That(MayCall(new Reference("Collecting.SeriesOfAnotherKind", "", "Prometheus.NetStandard"), Libraries), Is.False);
    }

    static bool MayUse(Reference reference, Dictionary<string, string[]> folders)
    {
        if (reference.UsedFolder.Length == 0 || reference.UsedFolder == reference.Folder)
            return true;
        var allowed = folders.GetValueOrDefault(reference.Folder, Slice);
        var nearer = folders.Where(f => f.Key.StartsWith(reference.Folder + ".") && reference.User.StartsWith(f.Key + ".")).SelectMany(f => f.Value);
        return allowed.Contains("*") || allowed.Concat(nearer).Contains(reference.UsedFolder);
    }

    static bool MayCall(Reference reference, Dictionary<string, string[]> libraries) =>
        libraries.Where(l => reference.Library.StartsWith(l.Key)).All(l => l.Value.Any(place => reference.User == place || reference.User.StartsWith(place + ".") || reference.User.StartsWith(place + "/")));

    static string Text(Reference reference) => $"{reference.User} uses {(reference.Used.Length > 0 ? reference.Used : reference.Library)}";
}
