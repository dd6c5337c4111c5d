using Markdig;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Api;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Api;

/// <summary>The draft of a postmortem: the runbook's own form with what is known filled in.</summary>
[CancelAfter(120_000)]
public class PostmortemTests
{
    static IEnumerable<string> Alerts => ShippedRunbooksTests.Shipped.Runbooks.Select(r => r.Alert);

    [TestCaseSource(nameof(Alerts))]
    public async Task The_form_of_every_shipped_runbook_is_filled_in_as_far_as_it_is_known(string alert, CancellationToken cancellationToken)
    {
        await using var exporter = await StartAsync();
        var start = TimeProvider.System.GetUtcNow().AddMinutes(-12);
        var labels = Bodies.LabelsOf(("alertname", alert), ("site", "north"), ("camera", "gate_a1"), ("severity", "warning"));
        var number = await OpenAsync(exporter, Bodies.Alert(labels, start: $"\"{start:O}\""));
        await ActAsync(exporter, number, "ack", """{"by":"Kim","note":"looking"}""", cancellationToken);
        await ActAsync(exporter, number, "resolve", """{"by":"Kim","runbook_worked":false}""", cancellationToken);
        var draft = await DraftAsync(exporter, number, cancellationToken);

        var form = draft.Split("```text\n")[1].Split("\n```")[0].Split('\n');
        var template = ShippedRunbooksTests.Shipped.ForAlert(alert)!.PostmortemTemplate.Split('\n');
        Assert.That(form.Select(Key), Is.EqualTo(template.Select(Key)), "nothing is taken from it or added");
        Assert.That(form[0], Is.EqualTo($"Incident:              {number}, {alert}, site=north, camera=gate_a1"));
        Assert.That(form[1], Does.Match("fired 20.* UTC / 20.* UTC / 20.* UTC$"));
        Assert.That(form[2], Does.StartWith("Responded within").And.EndsWith(" yes"));
        Assert.That(form[3], Does.StartWith("Scenario:").And.EndsWith("none was known to fit"));
        var slo = ShippedRunbooksTests.Shipped.ForAlert(alert)!.Slo;
        if (slo is null)
            Assert.That(draft, Does.Contain("This alert threatens no objective."));
        else
            Assert.That(draft, Does.Contain($"The objective {slo} is {(slo == "camera-uptime" ? "99.5" : "99")} % over 30 days: a budget of {(slo == "camera-uptime" ? "216" : "432")} minutes. This took 12 of"));
        Assert.That(draft, Does.Contain("| T+12m | acknowledged | Kim | looking |").And.Contain("| T+12m | runbook failed | Kim |").And.Contain("- Outcome: met_ack").And.Contain("- Resolved after 12m"));
        Assert.That(draft, Does.Contain("The runbook did not work"));
    }

    [Test]
    public async Task What_alerts_and_people_bring_along_stays_text(CancellationToken cancellationToken)
    {
        const string hostile = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://evil.example/p.png) `code` *b* | a |\n# Forged\n```\n";
        await using var exporter = await StartAsync();
        var number = await OpenAsync(exporter, Bodies.Alert(Bodies.LabelsOf(("alertname", "StorageNearFull"), ("path", hostile), (hostile, hostile)), start: $"\"{TimeProvider.System.GetUtcNow():O}\""));
        await ActAsync(exporter, number, "notes", $$"""{"by":{{System.Text.Json.JsonSerializer.Serialize(hostile)}},"note":{{System.Text.Json.JsonSerializer.Serialize(hostile)}}}""", cancellationToken);
        var html = Markdown.ToHtml(await DraftAsync(exporter, number, cancellationToken), new MarkdownPipelineBuilder().UseAdvancedExtensions().Build());
        Assert.That(html, Does.Not.Contain("<script").And.Not.Contain("<img").And.Not.Contain("javascript:alert(1)\"").And.Not.Contain("Forged</h1>").And.Not.Contain("<em>"));
        Assert.That(System.Text.RegularExpressions.Regex.Count(html, "<pre>"), Is.EqualTo(1), "one form");
        Assert.That(System.Text.RegularExpressions.Regex.Count(html, "<h[12]"), Is.EqualTo(5), "no heading but ours");
    }

    [Test]
    public async Task What_the_site_has_left_of_its_budget_is_asked_of_Prometheus(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        folder.Write("rules.yml", """
            groups:
              - name: slo
                interval: 1s
                rules:
                  - { record: "site_slo:verolux_slo_budget_remaining:ratio30d", expr: vector(0.61), labels: { slo: camera-uptime, site: "no\"rth" } }
            """);
        await using var prometheus = await PrometheusServer.StartAsync(folder.Write("prometheus.yml", "global: {}\nrule_files: [rules.yml]\n"), folder.Path, cancellationToken);
        await Eventually.FoundAsync("the rule", async () => await prometheus.QueryAsync("""site_slo:verolux_slo_budget_remaining:ratio30d""", cancellationToken) is [_, ..] ? "it" : null, cancellationToken);
        await using var exporter = await StartAsync($"prometheus_url: \"{prometheus.Url}\"");
        var number = await OpenAsync(exporter, Bodies.Alert(Bodies.LabelsOf(("alertname", "CameraOffline"), ("site", "no\"rth")), start: $"\"{TimeProvider.System.GetUtcNow():O}\""));
        await Eventually.FoundAsync(
            "the budget", async () => (await DraftAsync(exporter, number, cancellationToken)).Contains("Left of the site's budget, by Prometheus: 61 % before, 61 % now.") ? "it" : null, cancellationToken,
            () => DraftAsync(exporter, number, CancellationToken.None).GetAwaiter().GetResult());
    }

    [TestCase("", "`alerts.prometheus_url` is not configured")]
    [TestCase("prometheus_url: http://127.0.0.1:9/", "is not known: Prometheus could not be asked")]
    public async Task Where_it_is_not_known_the_draft_says_why(string alerts, string why, CancellationToken cancellationToken)
    {
        await using var exporter = await StartAsync(alerts);
        var number = await OpenAsync(exporter, Bodies.Alert(Bodies.LabelsOf(("alertname", "CameraOffline")), start: $"\"{TimeProvider.System.GetUtcNow():O}\""));
        Assert.That(await DraftAsync(exporter, number, cancellationToken), Does.Contain(why).And.Contain("not resolved yet"));
    }

    [TestCase("text", "Prometheus could not be asked")]
    [TestCase("""{"status":"success","data":[]}""", "Prometheus could not be asked")]
    [TestCase("""{"status":"success","data":{"result":[{"value":[0,"NaN"]}]}}""", null)]
    [TestCase("""{"status":"success","data":{"result":[{"value":[0]}]}}""", "Prometheus could not be asked")]
    public async Task Whatever_answers_there_the_draft_is_written(string body, string? problem, CancellationToken cancellationToken)
    {
        await using var server = ScriptedServer.Http(_ => $"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        using var budget = new ErrorBudget(new Uri($"http://127.0.0.1:{server.Port}/"));
        var left = await budget.ReadAsync("camera-uptime", "north", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, cancellationToken);
        Assert.That((left.Before, left.After), Is.EqualTo(((double?)null, (double?)null)));
        Assert.That(left.Problem, problem is null ? Is.Null : Does.StartWith(problem));
    }

    [Test]
    public void The_objectives_of_the_runbooks_are_those_of_the_rules()
    {
        var rules = File.ReadAllText(RepositoryRoot.Of("alert-rules", "slo.rules.yml"));
        var aimed = System.Text.RegularExpressions.Regex.Matches(rules, @"slo:verolux_slo_objective:ratio\s+expr: vector\(([0-9.]+)\)\s+labels:\s+slo: ([a-z-]+)")
            .ToDictionary(m => m.Groups[2].Value, m => double.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(aimed, Is.Not.Empty);
        Assert.That(ShippedRunbooksTests.Shipped.Policy.Objectives.Values.Select(o => (o.Name, Math.Round(o.Target, 6))), Is.EquivalentTo(aimed.Select(a => (a.Key, a.Value))));
        Assert.That(ShippedRunbooksTests.Shipped.Runbooks.Select(r => r.Slo).OfType<string>().Distinct(), Is.SubsetOf(aimed.Keys));
    }

    static string Key(string line) => line.Split(':')[0];

    static Task<RunningExporter> StartAsync(string alerts = "") => RunningExporter.StartAsync(alerts: alerts, runbooks: RepositoryRoot.Of("runbooks"));

    static async Task<string> OpenAsync(RunningExporter exporter, string alert) => (await exporter.ReceiptsAsync(alert))[0].GetProperty("incident").GetString()!;

    static Task<string> DraftAsync(RunningExporter exporter, string number, CancellationToken cancellationToken) =>
        exporter.Client.GetStringAsync(new Uri($"/api/v1/incidents/{number}/postmortem.md", UriKind.Relative), cancellationToken);

    static async Task ActAsync(RunningExporter exporter, string number, string action, string body, CancellationToken cancellationToken)
    {
        using var content = new StringContent(body, null, "application/json");
        using var answer = await exporter.Client.PostAsync(new Uri($"/api/v1/incidents/{number}/{action}", UriKind.Relative), content, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }
}
