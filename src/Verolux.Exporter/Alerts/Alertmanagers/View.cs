using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Alerts.Alertmanagers;

/// <summary>What one Alertmanager said when it was asked. Times in it but <paramref name="AskedAt"/> are by its own clock or by Prometheus'.</summary>
/// <param name="Alertmanager">Its name in the configuration.</param>
/// <param name="AskedAt">By our clock, before it was asked.</param>
/// <param name="Problem">Why it can't be believed, for people, without any secret; null where it can. With one all else is empty.</param>
/// <param name="Now">Its own clock, by the <c>Date</c> header of its answer; null where it sent none.</param>
/// <param name="Alerts">What it holds for active, muted or not, by fingerprint. What has ended is not among it.</param>
/// <param name="Silences">Those that mute something in <paramref name="Alerts"/>, by their ids.</param>
/// <param name="Watchdogs">The always-firing alerts of the Prometheus servers that send to it, those of other receivers among them.</param>
sealed record View(
    string Alertmanager,
    DateTimeOffset AskedAt,
    string? Problem,
    DateTimeOffset? Now,
    IReadOnlyDictionary<string, SeenAlert> Alerts,
    IReadOnlyDictionary<string, Silence> Silences,
    IReadOnlyList<SeenWatchdog> Watchdogs)
{
    /// <summary>By how much its clock is ahead of ours; null where it told no time.</summary>
    public TimeSpan? Skew { get; init; }

    public static readonly IReadOnlyDictionary<string, SeenAlert> Nothing = new Dictionary<string, SeenAlert>();
    public static readonly IReadOnlyDictionary<string, Silence> NoSilence = new Dictionary<string, Silence>();

    public static View Failed(string alertmanager, DateTimeOffset askedAt, string problem, DateTimeOffset? now = null) =>
        new(alertmanager, askedAt, problem, now, Nothing, NoSilence, []);

    /// <summary>
    /// Whether it is heard from the Prometheus that an alert comes from at this moment: a Watchdog with no other label than the alert's is fresh, and none that
    /// could be the alert's own is stale.
    /// </summary>
    public bool IsFreshFor(IReadOnlyDictionary<string, string> labels)
    {
        if (Problem is not null || Now is not { } now)
            return false;
        var own = Watchdogs.Where(w => w.MayBeOf(labels)).ToList();
        return own.Count > 0 && own.TrueForAll(w => w.IsFresh(now));
    }
}

/// <summary>An alert as Alertmanager holds it.</summary>
/// <param name="Alert">As its webhook would bring it.</param>
/// <param name="ValidUntil">Until when it holds if Prometheus says nothing more: about four times as long as Prometheus takes between two words.</param>
/// <param name="UpdatedAt">When Prometheus last said so.</param>
/// <param name="SilencedBy">Ids of the silences that mute it.</param>
/// <param name="InhibitedBy">Fingerprints of the alerts that mute it.</param>
/// <param name="IsOurs">Whether it is routed to us.</param>
sealed record SeenAlert(Alert Alert, DateTimeOffset ValidUntil, DateTimeOffset UpdatedAt, IReadOnlyList<string> SilencedBy, IReadOnlyList<string> InhibitedBy, bool IsOurs)
{
    /// <summary>Whom it is routed to, as its configuration calls them.</summary>
    public IReadOnlyList<string> Receivers { get; init; } = [];
}

/// <param name="By">Who made it, as they say.</param>
/// <param name="MadeAt">When it was made or last changed.</param>
sealed record Silence(string Id, string By, string Comment, DateTimeOffset MadeAt, DateTimeOffset EndsAt);

/// <summary>An always-firing alert named <c>Watchdog</c>.</summary>
sealed record SeenWatchdog(IReadOnlyDictionary<string, string> Labels, DateTimeOffset StartsAt, DateTimeOffset UpdatedAt, DateTimeOffset ValidUntil)
{
    /// <summary>What the alert is called.</summary>
    public const string Name = "Watchdog";

    /// <summary>What an answer may take on its way.</summary>
    static readonly TimeSpan Slack = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Whether Prometheus has said so lately. It does at the latest after half of the time for which it promises that it holds
    /// (https://github.com/prometheus/prometheus/blob/main/rules/alerting.go, sendAlerts: four times the longer one of the evaluation interval and the resend delay).
    /// </summary>
    public bool IsFresh(DateTimeOffset now) => now - UpdatedAt <= ((ValidUntil - UpdatedAt) / 2) + Slack;

    /// <summary>Whether it may come from the same Prometheus as an alert: what a Prometheus puts to all of its alerts is the same at both.</summary>
    public bool MayBeOf(IReadOnlyDictionary<string, string> labels) =>
        Labels.All(l => l.Key is "alertname" or "severity" || !labels.TryGetValue(l.Key, out var other) || other == l.Value);
}
