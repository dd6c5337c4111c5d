using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Dashboards;

/// <summary>Every query of every board, with every variable, against a real Prometheus that has something to answer.</summary>
[TestFixture(Versions.Oldest)]
[TestFixture(Versions.Newest)]
[CancelAfter(120_000)]
public class BoardQueryTests(Versions versions)
{
    const int Range = 1800;
    RecordedSites? sites;
    Viewer viewer = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        sites = await RecordedSites.StartAsync([("a:9877", "1"), ("a:9877", "2"), ("b:9877", "1"), ("b:9877", "2")], 3, versions, CancellationToken.None);
        viewer = At(RecordedSites.End);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        // Without the newest Prometheus nothing was started.
        if (sites is null)
            return;
        viewer.Dispose();
        await sites.DisposeAsync();
    }

    [TestCaseSource(typeof(BoardFile), nameof(BoardFile.All))]
    public async Task Every_query_answers_whatever_is_chosen(BoardFile board, CancellationToken cancellationToken)
    {
        var seen = new HashSet<BoardQuery>();
        foreach (var setting in Viewer.Settings)
        {
            var choices = new List<Choice>();
            var set = await viewer.SetAsync(board, setting, choices.Add, cancellationToken);
            Assert.That(choices, Is.EqualTo(board.Choices), "each has a value to choose");
            foreach (var query in board.Queries)
            {
                var answer = await AskAsync(query, set, cancellationToken);
                // Of one target alone there may be nothing to tell, such as that it is down.
                if (answer.HasData)
                    seen.Add(query);
                else
                    Assert.That(setting, Does.StartWith("one"), query.Name);
            }
        }
        Assert.That(board.Queries.Except(seen), Is.Empty);
    }

    [TestCaseSource(typeof(BoardFile), nameof(BoardFile.All))]
    public async Task No_two_lines_of_a_panel_have_one_name(BoardFile board, CancellationToken cancellationToken)
    {
        var set = board.Choices.ToDictionary(c => c.Name, c => c.AllValue);
        foreach (var panel in board.Queries.Where(q => q.Kind is not ("table" or "annotation")).GroupBy(q => (q.Panel, q.Kind)))
        {
            var names = new List<string>();
            foreach (var query in panel)
                names.AddRange((await AskAsync(query, set, cancellationToken)).Series.Select(s => s.Labels.Aggregate(query.Legend, (name, label) => name.Replace($"{{{{{label.Key}}}}}", label.Value))));
            Assert.That(names, Is.Unique, panel.Key.Panel);
        }
    }

    [TestCaseSource(typeof(BoardFile), nameof(BoardFile.All))]
    public async Task Where_nothing_is_known_no_number_is_shown(BoardFile board, CancellationToken cancellationToken)
    {
        using var before = At(RecordedSites.End - (24 * 3600));
        var set = board.Choices.ToDictionary(c => c.Name, c => c.AllValue);
        foreach (var query in board.Queries)
            Assert.That((await before.AskAsync(query, set, cancellationToken)).Series, Is.Empty, query.Name);
    }

    [TestCase("verolux-cameras", "Answers")]
    [TestCase("verolux-overview", "Kinds of target")]
    [TestCase("verolux-storage", "Disks")]
    public async Task A_state_becomes_unknown_when_the_exporter_falls_silent(string board, string panel, CancellationToken cancellationToken)
    {
        using var after = At(RecordedSites.End + 900);
        var answer = await after.AskAsync(Of(board, panel), BoardFile.All.Single(b => b.Uid == board).Choices.ToDictionary(c => c.Name, c => c.AllValue), cancellationToken);
        Assert.That(answer.Series, Is.Not.Empty);
        foreach (var (labels, values) in answer.Series)
            Assert.That((values[0] >= 0, values[^1]), Is.EqualTo((true, -1.0)), string.Join(',', labels));
    }

    [Test]
    public async Task A_fleet_draws_no_more_than_anybody_can_read(CancellationToken cancellationToken)
    {
        await using var fleet = await RecordedSites.StartAsync([("a:9877", "1")], 120, versions, cancellationToken);
        using var of = At(RecordedSites.End, fleet);
        foreach (var board in BoardFile.All)
        {
            var set = board.Choices.ToDictionary(c => c.Name, c => c.AllValue);
            foreach (var query in board.Queries)
                Assert.That((await of.AskAsync(query, set, cancellationToken)).Series, Has.Count.LessThanOrEqualTo(query.Kind == "table" ? 100 : 40), query.Name);
        }
    }

    // Each board as it would be with one exporter and one Prometheus; that of the exporter tells its replicas apart, and is right with several Prometheus.
    [TestCase(false)]
    [TestCase(true)]
    public async Task No_replica_counts_twice(bool ofPrometheusAlone, CancellationToken cancellationToken)
    {
        await using var once = await RecordedSites.StartAsync(ofPrometheusAlone ? [("a:9877", "1"), ("b:9877", "1")] : [("a:9877", "1")], 3, versions, cancellationToken);
        using var single = At(RecordedSites.End, once);
        var differ = new List<string>();
        foreach (var board in BoardFile.All.Where(b => ofPrometheusAlone || b.Uid != "verolux-exporter"))
        {
            var set = board.Choices.ToDictionary(c => c.Name, c => c.AllValue);
            foreach (var query in board.Queries)
            {
                if (!Text(await AskAsync(query, set, cancellationToken)).ToHashSet().SetEquals(Text(await single.AskAsync(query, set, cancellationToken))))
                    differ.Add(query.Name);
            }
        }
        Assert.That(differ, Is.Empty);
        static IEnumerable<string> Text(Answer answer) =>
            answer.Series.Select(s => $"{string.Join(',', s.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"))}: {string.Join(' ', s.Values.Select(v => v.ToString("G9", System.Globalization.CultureInfo.InvariantCulture)))}");
    }

    // Of two sites, two replicas of the exporter and two of Prometheus each. In the first site alone it is half.
    [TestCase("verolux-overview", "Critical alerts", 3, 2)]
    [TestCase("verolux-overview", "Warnings", 2, 1)]
    [TestCase("verolux-overview", "Incidents nobody has taken", 8, 4)]
    [TestCase("verolux-overview", "Targets down", 4, 2)]
    [TestCase("verolux-overview", "Targets of which nothing is known", 0, 0)]
    [TestCase("verolux-cameras", "Down", 2, 1)]
    [TestCase("verolux-cameras", "Up", 4, 2)]
    [TestCase("verolux-cameras", "In maintenance", 2, 1)]
    [TestCase("verolux-cameras", "Slow in the pipeline", 2, 1)]
    [TestCase("verolux-cameras", "Frozen or black pictures", 2, 1)]
    [TestCase("verolux-gpu", "Slow back ends", 2, 1)]
    [TestCase("verolux-gpu", "Cards down", 2, 1)]
    [TestCase("verolux-gpu", "Saturated cards", 2, 1)]
    [TestCase("verolux-databases", "PostgreSQL down", 2, 1)]
    [TestCase("verolux-databases", "Backed-up queues", 4, 2)]
    [TestCase("verolux-databases", "Queues nobody takes from", 4, 2)]
    [TestCase("verolux-databases", "Brokers in alarm", 2, 1)]
    [TestCase("verolux-backend", "Down", 2, 1)]
    [TestCase("verolux-backend", "Checks that fail", 8, 4)]
    [TestCase("verolux-backend", "Answers with 5xx", 0.5, 0.5)]
    [TestCase("verolux-storage", "Nearly full", 2, 1)]
    [TestCase("verolux-storage", "Read-only", 2, 1)]
    [TestCase("verolux-alerts", "Nobody has taken", 8, 4)]
    [TestCase("verolux-alerts", "Responded to in time", 0.5, 0.5)]
    [TestCase("verolux-exporter", "Down", 1, 1)]
    [TestCase("verolux-exporter", "Looks given up", 120, 60)]
    public async Task A_number_is_right_with_several_sites_and_replicas(string board, string panel, double all, double first, CancellationToken cancellationToken)
    {
        var file = BoardFile.All.Single(b => b.Uid == board);
        var set = file.Choices.ToDictionary(c => c.Name, c => c.AllValue);
        Assert.That((await AskAsync(Of(board, panel), set, cancellationToken)).Number, Is.EqualTo(all).Within(1e-6));
        set["site"] = Viewer.Escape("north");
        Assert.That((await AskAsync(Of(board, panel), set, cancellationToken)).Number, Is.EqualTo(first).Within(1e-6));
    }

    [Test]
    public async Task An_average_over_severities_is_right_with_several_sites_and_replicas(CancellationToken cancellationToken)
    {
        var set = BoardFile.All.Single(b => b.Uid == "verolux-alerts").Choices.ToDictionary(c => c.Name, c => c.AllValue);
        foreach (var (panel, each) in ((string, double)[])[("Mean time to acknowledge", 120), ("Mean time to resolve", 120), ("Breaches", 60)])
        {
            var answer = await AskAsync(Of("verolux-alerts", panel), set, cancellationToken);
            Assert.That(answer.Series.Select(s => (s.Labels["severity"], Math.Round(s.Values[^1], 6))), Is.EquivalentTo(new[] { ("critical", each), ("warning", each) }), panel);
        }
    }

    [Test]
    public async Task An_alert_leads_to_its_runbook_by_its_name_or_by_its_label(CancellationToken cancellationToken)
    {
        var set = BoardFile.All.Single(b => b.Uid == "verolux-overview").Choices.ToDictionary(c => c.Name, c => c.AllValue);
        var answer = await AskAsync(Of("verolux-overview", "Alerts that fire"), set, cancellationToken);
        var rows = answer.Series.Select(s => (Alert: s.Labels["alertname"], Site: s.Labels.GetValueOrDefault("site", ""), What: s.Labels["what"].Trim(), Runbook: s.Labels.GetValueOrDefault("runbook", "")[..Math.Min(8, s.Labels.GetValueOrDefault("runbook", "").Length)]));
        Assert.That(rows, Is.EquivalentTo(new[]
        {
            ("CameraOffline", "north", "c1", "RUNBOOK_"), ("CameraOffline", "south.2 (b)", "c1", "RUNBOOK_"), ("StorageNearFull", "north", "/", "RUNBOOK_"), ("StorageNearFull", "south.2 (b)", "/", "RUNBOOK_"),
            ("StorageFillingUp", "", "", "RUNBOOK_"), ("VeroluxExporterDown", "", "", ""),
        }));
    }

    [Test]
    public void A_value_is_escaped_as_Grafana_does_it() => Assert.That(Viewer.Escape(@"a.b (c)\d"), Is.EqualTo(@"a\\.b \\(c\\)\\\\d"));

    Viewer At(long end, RecordedSites? of = null) => new((of ?? sites)!.Url, end, Range, step: 60, rateInterval: 240);

    static BoardQuery Of(string board, string panel) => BoardFile.All.Single(b => b.Uid == board).Queries.First(q => q.Panel == panel);

    async Task<Answer> AskAsync(BoardQuery query, IReadOnlyDictionary<string, string> set, CancellationToken cancellationToken)
    {
        try
        {
            return await viewer.AskAsync(query, set, cancellationToken);
        }
        catch (FormatException failed)
        {
            throw new AssertionException($"{query.Name}: {failed.Message}\n{query.Expression}", failed);
        }
    }
}
