using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Alerts.Trust;
using Verolux.Exporter.Tests.Alerts.Incidents;

namespace Verolux.Exporter.Tests.Alerts.Trust;

/// <summary>What two Alertmanagers say when asked, and what is made of it: each holds what a test gives it, and hears from Prometheus unless a test says otherwise.</summary>
sealed class AskedAlertmanagers : IAsyncDisposable
{
    /// <summary>Four times Prometheus' resend delay.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromMinutes(4);

    static readonly TimeSpan Round = TimeSpan.FromSeconds(30);
    readonly Workbench bench;
    readonly AlertReader reader = new(["replica"]);
    readonly Reconciliation reconciliation;

    public AskedAlertmanagers(Workbench bench, params string[] names)
    {
        this.bench = bench;
        Ledger = new OpenLedger(bench, asksForProof: true);
        reconciliation = new Reconciliation(Ledger.Ledger, Ledger.Responder, Ledger.Tallies, reader, bench.Plan.HoldOf, () => Known.Nothing);
        All = (names is [] ? ["main"] : names).ToDictionary(n => n, n => new Asked(this, n));
    }

    public OpenLedger Ledger { get; }

    public Dictionary<string, Asked> All { get; }

    public Asked Main => All.Values.First();

    public DateTimeOffset Now => bench.Time.GetUtcNow();

    /// <summary>The incident opened last, as it stands in the store: state, level, who has it in hand.</summary>
    public string Newest => Ledger.Store.Rows("SELECT state, level, acknowledged_by FROM incidents ORDER BY id DESC LIMIT 1") is [var row] ? row : "";

    /// <summary>What was counted as done because of what the Alertmanagers said.</summary>
    public IEnumerable<string> Done => Ledger.Counted.Where(c => c.StartsWith(Tallies.Reconciled)).Select(c => c.Split(' ')[1]);

    /// <summary>A webhook says that an alert fires, or has ended.</summary>
    public Task<Effect> HearAsync(string print = Bodies.Fingerprint, DateTimeOffset? endsAt = null, string labels = Bodies.Labels) => Ledger.ApplyAsync(
        Bodies.Alert(labels, endsAt is null ? "firing" : "resolved", print, Text(Workbench.Now), endsAt is { } end ? Text(end) : Text(default)));

    /// <summary>Asks them all once, and takes in what they say.</summary>
    /// <param name="after">Runs at the end of the write; what it throws voids it.</param>
    public async Task LookAsync(Action? after = null)
    {
        var views = All.Values.Select(a => a.View).ToList();
        await Ledger.Store.WriteAsync(session =>
        {
            reconciliation.Apply(session, views, Now);
            after?.Invoke();
            return true;
        });
    }

    /// <summary>Asks them every 30 seconds, and has escalated what falls due.</summary>
    /// <param name="each">What happens before each time.</param>
    public async Task LookForAsync(TimeSpan time, Action? each = null)
    {
        for (var until = Now + time; Now < until;)
        {
            bench.Time.Advance(Round);
            each?.Invoke();
            await LookAsync();
            await Ledger.Store.WriteAsync(session => Ledger.Ledger.EscalateDue(session, Now));
        }
    }

    public ValueTask DisposeAsync() => Ledger.DisposeAsync();

    static string Text(DateTimeOffset time) => time == default ? "\"0001-01-01T00:00:00Z\"" : $"\"{time:yyyy-MM-ddTHH:mm:ss.fffZ}\"";

    /// <summary>One of them.</summary>
    public sealed class Asked(AskedAlertmanagers all, string name)
    {
        readonly Dictionary<string, SeenAlert> held = [];
        readonly Dictionary<string, Silence> silences = [];
        DateTimeOffset? watchdogUntil;

        /// <summary>Why it can't be believed.</summary>
        public string? Problem { get; set; }

        /// <summary>By how much its clock and Prometheus' are ahead of ours.</summary>
        public TimeSpan Ahead { get; set; }

        public View View => Problem is { } problem ? View.Failed(name, all.Now, problem) : new View(
            name, all.Now, null, Now, held.Where(h => h.Value.ValidUntil > Now).ToDictionary(), silences.ToDictionary(),
            watchdogUntil is { } cut ? cut + Validity > Now ? [new SeenWatchdog(Watchdog, Workbench.Now, cut, cut + Validity)] : [] : [new SeenWatchdog(Watchdog, Workbench.Now, Now, Now + Validity)])
        {
            Skew = Ahead,
        };

        DateTimeOffset Now => all.Now + Ahead;

        static Dictionary<string, string> Watchdog => new() { ["alertname"] = "Watchdog", ["severity"] = "none" };

        /// <summary>Prometheus says that an alert fires.</summary>
        public void Hold(string print = Bodies.Fingerprint, DateTimeOffset? startsAt = null, string? silencedBy = null, string? inhibitedBy = null, bool isOurs = true, string labels = Bodies.Labels)
        {
            var alert = Notification.Parse(Bodies.Utf8(Bodies.Of(Bodies.Alert(labels, "firing", print, Text(startsAt ?? Workbench.Now)))), all.reader).Alerts[0];
            held[print] = new SeenAlert(alert, Now + Validity, Now, silencedBy is null ? [] : [silencedBy], inhibitedBy is null ? [] : [inhibitedBy], isOurs);
        }

        /// <summary>Prometheus says that it has ended, or all of it is forgotten in a restart.</summary>
        public void Drop(string print = Bodies.Fingerprint) => held.Remove(print);

        public void Silence(string id, string by, DateTimeOffset endsAt, DateTimeOffset? madeAt = null) => silences[id] = new Silence(id, by, "works on it", madeAt ?? all.Now, endsAt);

        /// <summary>Prometheus falls silent to it: what it holds ends by itself.</summary>
        public void Cut() => watchdogUntil = Now;

        public void Restore() => watchdogUntil = null;
    }
}
