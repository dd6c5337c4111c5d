using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>Random histories of alerts, acknowledgements, lost writes and restarts, compared step by step with what a <see cref="NaiveSeries"/> makes of them.</summary>
[CancelAfter(120_000)]
public class LedgerModelTests
{
    const int Steps = 400;
    const int SeriesCount = 4;
    static readonly Word[] Words = [Word.Proven, Word.Gone, Word.Overdue, Word.Overdue, Word.Closed];
    static readonly string?[] Severities = ["critical", "warning", "info", "none", null, "urgent"];

    [Test]
    public async Task The_ledger_does_what_the_model_does([Range(1, 8)] int seed, [Values] bool asksForProof)
    {
        using var bench = new Workbench();
        var random = new Random(seed);
        var model = Enumerable.Range(0, SeriesCount).Select(_ => new NaiveSeries(asksForProof)).ToArray();
        var ids = new long[SeriesCount];
        var ledger = new OpenLedger(bench, asksForProof);
        var pages = new List<string>();
        var counted = 0;
        for (var step = 0; step < Steps; step++)
        {
            // Mostly seconds; now and then the minutes after which what was is forgotten.
            bench.Time.Advance(TimeSpan.FromSeconds(random.Next(20) == 0 ? random.Next(600) : random.Next(30)));
            if (random.Next(20) == 0)
            {
                Assert.That(ledger.Added, Is.EqualTo(pages), $"seed {seed}, step {step}");
                pages.Clear();
                counted += ledger.Counted.Count(c => c.StartsWith(Tallies.SlaOutcomes));
                await ledger.DisposeAsync();
                ledger = new OpenLedger(bench, asksForProof);
            }
            var n = random.Next(SeriesCount);
            var label = Severities[random.Next(Severities.Length)];
            var severity = label is null ? Severity.Warning : SeverityNames.TryParse(label, out var named) ? named : Severity.Warning;
            var fires = random.Next(2) > 0;
            var now = bench.Time.GetUtcNow();
            var start = now.AddSeconds(random.Next(-300, 20));
            var end = start.AddSeconds(random.Next(300));
            var alert = AlertOf(n, label, fires, start, end);
            if (random.Next(10) == 0)
            {
                await Assert.ThatAsync(() => ledger.ApplyAsync([alert], () => throw new InvalidOperationException("on purpose")), Throws.InvalidOperationException);
                continue;
            }
            if (random.Next(10) == 0 && model[n].IsOpen && await ledger.Responder.AcknowledgeAsync(ids[n], new Who("somebody", Source.Api)) == Acted.Done)
                pages.AddRange(Enumerable.Repeat($"Acknowledge {model[n].Severity}", model[n].Pages.Count));
            if (random.Next(6) == 0 && model[n].IsOpen)
            {
                var word = Words[random.Next(Words.Length)];
                var expect = model[n].Hear(word, now);
                Assert.That(await ledger.DecideAsync(ids[n], word), Is.EqualTo(expect), $"seed {seed}, step {step}: {word}");
                Expect(model[n], pages, expect ?? Effect.Duplicate, true, default);
                continue;
            }
            var (wasOpen, before) = (model[n].IsOpen, model[n].IsOpen ? model[n].Severity : default);
            var expected = model[n].Hear(PrintOf(label), severity, fires, start, end, now);
            var (effect, incident) = (await ledger.ApplyAsync([alert]))[0];
            Assert.That(effect, Is.EqualTo(expected), $"seed {seed}, step {step}");
            if (effect is Effect.Opened or Effect.Missed)
                (ids[n], _) = (incident.Id, model[n].Pages.RemoveWhere(_ => true));
            Expect(model[n], pages, effect, wasOpen, before);
            Assert.That((incident.Id, incident.Severity), Is.EqualTo((ids[n], model[n].Severity)), $"seed {seed}, step {step}");
            Assert.That(incident.RespondBy, Is.EqualTo(model[n].RespondBy).Within(TimeSpan.FromMilliseconds(1)), $"seed {seed}, step {step}");
            foreach (var each in Enum.GetValues<Severity>())
                Assert.That(ledger.Ledger.Open.Count(i => i.Severity == each), Is.EqualTo(model.Count(m => m.IsOpen && m.Severity == each)), $"seed {seed}, step {step}");
        }
        Assert.That(ledger.Added, Is.EqualTo(pages));
        Assert.That(ledger.Store.Rows($"SELECT id FROM incidents WHERE state IN {IncidentStates.Open} ORDER BY id"), Is.EqualTo(Enumerable.Range(0, SeriesCount).Where(i => model[i].IsOpen).Select(i => $"{ids[i]}").Order()));
        counted += ledger.Counted.Count(c => c.StartsWith(Tallies.SlaOutcomes));
        Assert.That(ledger.Store.Rows($"SELECT count(outcome), sum(outcome IS NULL AND state NOT IN {IncidentStates.Open} AND respond_by IS NOT NULL) FROM incidents"), Is.EqualTo(new[] { $"{counted}|0" }), "each outcome once, and none missing");
        Assert.That(ledger.Store.Rows($"SELECT sum(count) FROM tallies WHERE metric = '{Tallies.SlaOutcomes}'"), Is.EqualTo(new[] { $"{counted}" }));
        await ledger.DisposeAsync();
    }

    /// <summary>What is told: opening, getting more urgent, opening again, and the end, for each page that is open.</summary>
    static void Expect(NaiveSeries series, List<string> pages, Effect effect, bool wasOpen, Severity before)
    {
        var told = effect is Effect.Opened or Effect.Reopened || (effect is Effect.Updated or Effect.Resumed && wasOpen && series.Severity < before);
        if (told && series.RespondBy is not null)
        {
            pages.Add($"Trigger {series.Severity}");
            series.Pages.Add(effect is Effect.Updated or Effect.Resumed && series.Severity == Severity.Critical ? "-crit" : "");
        }
        if (effect != Effect.Resolved)
            return;
        pages.AddRange(Enumerable.Repeat($"Resolve {series.Severity}", series.Pages.Count));
    }

    static string AlertOf(int series, string? severity, bool fires, DateTimeOffset start, DateTimeOffset end)
    {
        var labels = severity is null ? Bodies.LabelsOf(("alertname", "DiskFull"), ("n", $"{series}")) : Bodies.LabelsOf(("alertname", "DiskFull"), ("n", $"{series}"), ("severity", severity));
        return Bodies.Alert(labels, fires ? "firing" : "resolved", PrintOf(severity), Text(start), fires ? "\"0001-01-01T00:00:00Z\"" : Text(end));
    }

    static string Text(DateTimeOffset time) => $"\"{time:yyyy-MM-ddTHH:mm:ss.fffffffZ}\"";

    static string PrintOf(string? severity) => $"print-{severity}";
}
