using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>A ledger over a store of its own, as after a start of the process.</summary>
sealed class OpenLedger : IAsyncDisposable
{
    readonly Workbench bench;
    readonly AlertReader reader = new(["replica"]);

    /// <param name="asksForProof">Whether the end of an alert waits to be proven.</param>
    public OpenLedger(Workbench bench, bool asksForProof = false)
    {
        this.bench = bench;
        Store = bench.OpenStore();
        var outbox = new Exporter.Alerts.Outbox.Outbox([["pagerduty"], ["pagerduty"], ["pagerduty"], ["pagerduty"]], ["pagerduty"]);
        outbox.Added += row => Added.Add($"{row.Action} {row.Severity}");
        Tallies = new Tallies(tally => Counted.Add($"{tally.Metric} {tally.First} {tally.Second}"));
        Ledger = new Ledger(bench.Plan, outbox, Tallies, asksForProof);
        Responder = new Responder(Store, Ledger, outbox, Tallies, new Feedback(bench.Plan, Tallies), bench.Time);
        Store.RolledBack += Ledger.Invalidate;
    }

    public Store Store { get; }

    public Ledger Ledger { get; }

    public Tallies Tallies { get; }

    public Responder Responder { get; }

    /// <summary>What was counted and committed: metric, first and second label.</summary>
    public List<string> Counted { get; } = [];

    /// <summary>What was put into the outbox and committed, in order.</summary>
    public List<string> Added { get; } = [];

    /// <summary>Applies alerts given as JSON in one write.</summary>
    /// <param name="after">Runs at the end of the write; what it throws voids it.</param>
    public async Task<IReadOnlyList<(Effect Effect, Incident Incident)>> ApplyAsync(IEnumerable<string> alerts, Action? after = null)
    {
        var notification = Notification.Parse(Bodies.Utf8(Bodies.Of(alerts)), reader);
        return await Store.WriteAsync(session =>
        {
            Ledger.Load(session, bench.Time.GetUtcNow());
            var done = notification.Alerts.Select(a => Ledger.Apply(session, a, bench.Time.GetUtcNow())).ToArray();
            after?.Invoke();
            return done;
        });
    }

    /// <summary>Takes in a word that no alert says.</summary>
    public Task<Effect?> DecideAsync(long id, Word word, bool verified = true) => Store.WriteAsync(session =>
    {
        Ledger.Load(session, bench.Time.GetUtcNow());
        return Ledger.Decide(session, Ledger.Find(session, id)!, word, bench.Time.GetUtcNow(), bench.Time.GetUtcNow(), verified);
    });

    public async Task<Effect> ApplyAsync(string alert) => (await ApplyAsync([alert]))[0].Effect;

    public async Task<Incident> IncidentAsync(string alert) => (await ApplyAsync([alert]))[0].Incident;

    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
