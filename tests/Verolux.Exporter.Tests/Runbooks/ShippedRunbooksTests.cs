using System.Diagnostics;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Commands;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Runbooks;

public class ShippedRunbooksTests
{
    internal static readonly string[] CameraReasons =
    [
        "config", "dns", "unreachable", "refused", "timeout", "tls", "auth", "forbidden", "not_found", "busy", "transport", "redirect", "protocol", "no_frames",
        "decode", "no_decoder", "internal",
    ];

    /// <summary>The names of the golden list.</summary>
    static readonly string[] Metrics = [.. File.ReadLines(RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "metrics.golden.txt")).Select(line => line.Split(' ', '{')[1]), RunbookSeries.ReconnectsMetric];

    internal static readonly Catalogue Shipped = Catalogue.Load(RunbookFolder.Shipped, EvidenceNames.All);

    static IEnumerable<string> Files => Directory.EnumerateFiles(RunbookFolder.Shipped, "*.md").Select(f => Path.GetFileName(f));

    [Test]
    public void They_load_without_a_problem()
    {
        Assert.That(Shipped.Problems, Is.Empty);
        Assert.That(Shipped.Broken, Is.Empty);
        Assert.That(Shipped.Runbooks.Select(r => r.Name), Is.EqualTo(Files.Where(f => f != "README.md").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)));
    }

    [Test]
    public void Storage_near_full_says_what_rules_and_dashboards_rely_on()
    {
        var runbook = Shipped.ForAlert("StorageNearFull")!;
        Assert.That(runbook.Name, Is.EqualTo("RUNBOOK_STORAGE_FULL"));
        Assert.That(runbook.Severity, Is.EqualTo(Severity.Warning));
        Assert.That(runbook.Thresholds, Is.EqualTo(new[] { new Threshold("verolux_storage_used_ratio", Bound.Above, 0.85, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10)) }));
        Assert.That(runbook.Scenarios.Select(s => s.Id), Is.EqualTo(new[]
        {
            "filling-fast", "out-of-inodes", "read-only", "recordings-stopped", "ring-buffer", "container-logs-and-images", "database-or-queue-data",
        }));
        Assert.That(runbook.Scenarios[0].Title, Is.EqualTo("Scenario A: filling fast"));
        Assert.That(Shipped.ThresholdOf("verolux_storage_used_ratio"), Is.EqualTo(0.85));
    }

    [Test]
    public void Camera_offline_says_what_rules_and_pages_rely_on()
    {
        var runbook = Shipped.ForAlert("CameraOffline")!;
        Assert.That((runbook.Name, runbook.Severity, runbook.Slo), Is.EqualTo(("RUNBOOK_CAMERA_OFFLINE", Severity.Critical, "camera-uptime")));
        Assert.That(runbook.Thresholds, Is.EqualTo(new[] { new Threshold("verolux_camera_up", Bound.Below, 1, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(2)) }));
        Assert.That(runbook.Scenarios.Select(s => s.Id), Is.EqualTo(new[]
        {
            "network-issue", "credentials-changed", "powered-off", "firmware-issue", "url-changed", "sessions-taken", "exporter-at-fault",
        }));
        Assert.That(runbook.Scenarios.Select(s => s.When), Is.All.Not.Null);
    }

    [TestCase("HostCameraDown", true)]
    [TestCase("camera_unreachable", true)]
    [TestCase("RtspStreamDown", true)]
    [TestCase("NVRVideoLoss", true)]
    [TestCase("CameraNoSignal", true)]
    [TestCase("RTSPStorm", false)]
    [TestCase("StorageNearFull", false)]
    [TestCase("SlowInference", false)]
    [TestCase("APIDown", false)]
    [TestCase("DatabaseDown", false)]
    public void Camera_symptoms_cover_cameras_that_are_gone_and_nothing_else(string alertname, bool covered) => Assert.That(Covers("CameraOffline", alertname), Is.EqualTo(covered));

    [TestCase("NodeFilesystemSpaceFillingUp", true)]
    [TestCase("disk_space_usage", true)]
    [TestCase("HostOutOfInodes", true)]
    [TestCase("GPUSaturation", false)]
    [TestCase("QueueBacklog", false)]
    [TestCase("CameraOffline", false)]
    public void Storage_symptoms_cover_disks_and_nothing_else(string alertname, bool covered) =>
        Assert.That(Covers("StorageNearFull", alertname), Is.EqualTo(covered));

    static bool Covers(string alert, string alertname) =>
        Shipped.ForAlert(alert)!.Symptoms.In(alertname) is not null;

    [Test]
    public void The_policy_is_that_of_the_operations_guide()
    {
        Assert.That(Shipped.Policy.ResponseSla, Is.EquivalentTo(new Dictionary<Severity, TimeSpan> { [Severity.Critical] = TimeSpan.FromMinutes(15), [Severity.Warning] = TimeSpan.FromHours(1) }));
        Assert.That(Shipped.Policy.Levels.Select(l => (l.Level, l.Who, l.RespondWithin)), Is.EqualTo(new[]
        {
            (1, "On-call engineer", TimeSpan.FromMinutes(15)),
            (2, "Senior SRE", TimeSpan.FromMinutes(30)),
            (3, "Engineering lead", TimeSpan.FromHours(1)),
            (4, "CTO", TimeSpan.FromHours(2)),
        }));
        Assert.That(Shipped.Policy.Levels[0].Contact, Is.EqualTo("PagerDuty rotation"));
        Assert.That(Shipped.Policy.Levels[3].When, Is.EqualTo("major outage or security incident"));
    }

    [TestCaseSource(nameof(Files))]
    public async Task Every_command_block_is_valid_bash(string file)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(RunbookFolder.Shipped, file));
        var blocks = Regex.Matches(text, "^ *```bash\n(.*?)^ *```$", RegexOptions.Singleline | RegexOptions.Multiline);
        Assert.That(blocks, Is.Not.Empty);
        foreach (var block in blocks.Select(b => b.Groups[1].Value))
            Assert.That(await ComplaintOfBash(block), Is.Empty, block);
    }

    [TestCaseSource(nameof(Files))]
    public void Every_metric_named_is_one_that_is_published(string file)
    {
        var text = File.ReadAllText(Path.Combine(RunbookFolder.Shipped, file));
        Assert.That(Regex.Matches(text, "verolux_[a-z0-9_]+").Select(m => m.Value).Distinct(), Is.SubsetOf(Metrics));
    }

    [Test]
    public void Every_link_between_pages_leads_to_a_heading_that_is_there()
    {
        var pages = Shipped.Runbooks.ToDictionary(r => $"/runbooks/{r.Name}", r => r.Html);
        pages["/runbooks"] = Shipped.IndexHtml;
        foreach (var (page, html) in pages)
        {
            foreach (var href in Regex.Matches(html, "href=\"([^\"]*)\"").Select(m => m.Groups[1].Value).Where(h => h[0] is '/' or '#'))
            {
                var parts = href.Split('#', 2);
                var target = pages.GetValueOrDefault(parts[0].Length == 0 ? page : parts[0]);
                Assert.That(target, Is.Not.Null, $"{page} links to {href}");
                Assert.That(parts.Length == 1 || target!.Contains($" id=\"{parts[1]}\"", StringComparison.Ordinal), Is.True, $"{page} links to {href}");
            }
        }
    }

    [Test]
    public void The_index_lists_every_runbook_and_its_severity()
    {
        var index = File.ReadAllText(Path.Combine(RunbookFolder.Shipped, "README.md"));
        foreach (var runbook in Shipped.Runbooks)
            Assert.That(index, Does.Contain($"| [{runbook.Title}]({runbook.Name}.md) | `{runbook.Alert}` | {runbook.Severity.ToString().ToLowerInvariant()} |"));
    }

    static async Task<string> ComplaintOfBash(string block)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", "-n") { RedirectStandardInput = true, RedirectStandardError = true })!;
        await bash.StandardInput.WriteAsync(block);
        bash.StandardInput.Close();
        var complaint = await bash.StandardError.ReadToEndAsync();
        await bash.WaitForExitAsync();
        return complaint;
    }
}
