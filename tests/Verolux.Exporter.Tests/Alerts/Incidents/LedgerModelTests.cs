using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>Random histories of alerts, lost writes and restarts, compared step by step with what a plain dictionary makes of them.</summary>
[CancelAfter(120_000)]
public class LedgerModelTests
{
    const int Steps = 400;
    const int SeriesCount = 4;
    static readonly string?[] Severities = ["critical", "warning", "info", "none", null, "urgent"];

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task The_ledger_does_what_the_model_does(int seed)
    {
        using var bench = new Workbench();
        var random = new Random(seed);
        var model = new Dictionary<int, (Severity Severity, string Fingerprint, long Id, int Pages)>();
        var heard = new HashSet<int>();
        var ledger = new OpenLedger(bench);
        var pages = new List<string>();
        for (var step = 0; step < Steps; step++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            if (random.Next(20) == 0)
            {
                Assert.That(ledger.Added, Is.EqualTo(pages), $"seed {seed}, step {step}");
                pages.Clear();
                await ledger.DisposeAsync();
                ledger = new OpenLedger(bench);
            }
            var series = random.Next(SeriesCount);
            var severity = Severities[random.Next(Severities.Length)];
            var firing = random.Next(3) > 0;
            var alert = AlertOf(series, severity, firing, bench.Time.GetUtcNow());
            if (random.Next(10) == 0)
            {
                await Assert.ThatAsync(() => ledger.ApplyAsync([alert], () => throw new InvalidOperationException("on purpose")), Throws.InvalidOperationException);
                continue;
            }
            var (effect, incident) = (await ledger.ApplyAsync([alert]))[0];
            var expected = Expect(model, heard, pages, series, severity, firing);
            Assert.That(effect, Is.EqualTo(expected), $"seed {seed}, step {step}");
            if (effect == Effect.Opened)
                model[series] = model[series] with { Id = incident.Id };
            else if (effect == Effect.Updated)
                Assert.That((incident.Id, incident.Severity), Is.EqualTo((model[series].Id, model[series].Severity)), $"seed {seed}, step {step}");
            foreach (var each in Enum.GetValues<Severity>())
                Assert.That(ledger.Ledger.OpenOf(each), Is.EqualTo(model.Values.Count(m => m.Severity == each)), $"seed {seed}, step {step}");
        }
        Assert.That(ledger.Added, Is.EqualTo(pages));
        Assert.That(ledger.Store.Rows("SELECT id FROM incidents WHERE state = 'firing' ORDER BY id"), Is.EqualTo(model.Values.Select(m => $"{m.Id}").Order()));
        await ledger.DisposeAsync();
    }

    static Effect Expect(Dictionary<int, (Severity Severity, string Fingerprint, long Id, int Pages)> model, HashSet<int> heard, List<string> pages, int series, string? label, bool firing)
    {
        var severity = label is null ? Severity.Warning : SeverityNames.TryParse(label, out var known) ? known : Severity.Warning;
        var open = model.TryGetValue(series, out var incident);
        if (firing)
        {
            heard.Add(series);
            var urgent = !open || severity < incident.Severity;
            var told = urgent && severity <= Severity.Warning;
            if (told)
                pages.Add($"Trigger {severity}");
            // What becomes critical after it was told has a page of its own, and its end closes both.
            model[series] = (urgent ? severity : incident.Severity, PrintOf(label), open ? incident.Id : 0, incident.Pages + (told ? 1 : 0));
            return open ? Effect.Updated : Effect.Opened;
        }
        if (!open)
            return heard.Add(series) ? Effect.Missed : Effect.Duplicate;
        if (incident.Fingerprint != PrintOf(label))
            return Effect.Updated;
        pages.AddRange(Enumerable.Repeat($"Resolve {incident.Severity}", incident.Pages));
        model.Remove(series);
        return Effect.Resolved;
    }

    /// <summary>All start at one time, so that a resolve of what was heard once is a duplicate ever after.</summary>
    static string AlertOf(int series, string? severity, bool firing, DateTimeOffset now)
    {
        var labels = severity is null ? Bodies.LabelsOf(("alertname", "DiskFull"), ("n", $"{series}")) : Bodies.LabelsOf(("alertname", "DiskFull"), ("n", $"{series}"), ("severity", severity));
        return firing ? Bodies.Alert(labels, fingerprint: PrintOf(severity)) : Bodies.Resolved(labels, PrintOf(severity), end: $"\"{now:yyyy-MM-ddTHH:mm:ssZ}\"");
    }

    static string PrintOf(string? severity) => $"print-{severity}";
}
