using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

/// <summary>Alerts with hostile texts, all the way from the body through the store to the event: each that is taken in can be told to PagerDuty.</summary>
[CancelAfter(120_000)]
public class HostileEventTests
{
    const int Rounds = 300;

    /// <summary>As JSON writes them within quotes.</summary>
    static readonly string[] Texts =
    [
        "", " ", "x", "\\u0000", "\\ud800", "\\udc00", "\\ud83d\\ude00", "😀", "\\n\\r\\t", "<b>&", "<!channel>", "\\\"\\\\", "ü", "\\u202e", "\\ufffe", "http://h/x", "https://u:p@h/", "http://[::1]/", "http://h\\u0000/",
        "http://\\u00fc.example/ä?q=ö#\\ud83d\\ude00", "javascript:alert(1)", "//h/x", "HTTP://H", "http://h:99999/", "http://h/%zz", "http://xn--/", "labels", "generatorURL", "summary", "site",
    ];

    static readonly string[] Names = ["summary", "dashboard_url", "site", "path", "\\ud800", "\\udc00x\\ud800", "annotations", "\\u0000", "", "s\\u0075mmary", "Ü", "generatorURL"];

    [TestCase(1)]
    [TestCase(2)]
    public async Task Every_alert_that_is_taken_in_becomes_an_event_that_is_accepted(int seed)
    {
        using var bench = new Workbench();
        await using var store = bench.OpenStore();
        var ledger = new Ledger(bench.Plan, new Exporter.Alerts.Outbox.Outbox([["pagerduty"]], ["pagerduty"]), new Exporter.Alerts.Incidents.Tallies(_ => { }));
        var reader = new AlertReader([]);
        var random = new Random(seed);
        var bodies = Enumerable.Range(0, Rounds).Select(_ => AlertOf(random)).ToArray();
        var notification = Notification.Parse(Bodies.Utf8(Bodies.Of(bodies)), reader);
        await store.WriteAsync(session =>
        {
            ledger.Load(session, bench.Time.GetUtcNow());
            foreach (var alert in notification.Alerts)
                ledger.Apply(session, alert, Workbench.Now);
            return 0;
        });
        var pending = await store.WriteAsync(Exporter.Alerts.Outbox.Outbox.Pending);
        Assert.That(pending, Has.Count.GreaterThan(Rounds / 4));
        var pages = new PageSource(store, Workbench.PublicUrl, () => bench.Catalogue.Policy);
        foreach (var row in pending)
        {
            var page = await pages.ReadAsync(row, Workbench.Now);
            foreach (var shrunk in (bool[])[false, true])
            {
                var written = PagerDutyEvent.Write(page, SiteHost.RoutingKey, shrunk);
                Assert.That(EventRules.Violations(JsonElement.Parse(written), new HashSet<string> { SiteHost.RoutingKey }), Is.Empty, System.Text.Encoding.UTF8.GetString(written));
                Assert.That(written, Has.Length.LessThanOrEqualTo(512_000));
            }
        }
    }

    static string AlertOf(Random random)
    {
        var labels = string.Join(',', Enumerable.Range(0, random.Next(4)).Select(i => $"\"l{i}{Pick(Names, random)}\":\"{Long(random)}\"").Append($"\"n\":\"{random.Next()}\"").Append($"\"alertname\":\"A{Pick(Texts, random)}\""));
        var annotations = string.Join(',', Enumerable.Range(0, random.Next(6)).Select(_ => $"\"{Pick(Names, random)}\":{(random.Next(8) == 0 ? "[7]" : $"\"{Long(random)}\"")}"));
        var more = string.Concat(Enumerable.Range(0, random.Next(3)).Select(_ => $",\"{Pick(Names, random)}{new string('z', random.Next(80))}\":\"{Pick(Texts, random)}\""));
        return $$"""{"status":"firing","labels":{{{labels}}},"annotations":{{{annotations}}},"generatorURL":"{{Pick(Texts, random)}}","fingerprint":"{{Pick(Texts, random)}}"{{more}}}""";
    }

    static string Long(Random random) => string.Concat(Enumerable.Repeat(Pick(Texts, random), random.Next(10) == 0 ? random.Next(50_000) : 1));

    static string Pick(string[] from, Random random) => from[random.Next(from.Length)];
}
