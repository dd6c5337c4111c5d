using System.Globalization;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Alerts.Trust;

/// <summary>Whether an alert would get here: Prometheus fires its Watchdog always, so its silence means that nothing else would arrive either.</summary>
/// <param name="receivers">What we are called by each Alertmanager that is asked; none where none is.</param>
/// <param name="startedAt">When this process started: what was not sent to it before proves nothing.</param>
sealed class AlertingPath(IReadOnlyCollection<string> receivers, DateTimeOffset startedAt)
{
    /// <summary>Alertmanager repeats the Watchdog every 30 seconds.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(90);

    /// <summary>For how long everything must be silent before somebody is woken over it.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    const int LongestName = 100;

    long seen;
    IReadOnlyList<View> views = [];
    volatile string? stranger;

    /// <summary>When the Watchdog last arrived; null where it never did.</summary>
    public DateTimeOffset? LastSeen => Interlocked.Read(ref seen) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public void Saw(DateTimeOffset at) => Interlocked.Exchange(ref seen, at.UtcTicks);

    /// <summary>Alerts came from a receiver of this name.</summary>
    public void Came(string receiver) => stranger = receivers.Count > 0 && receiver.Length > 0 && !receivers.Contains(receiver) ? Delivery.Page.Cut(OneLine.Of(receiver), LongestName) : null;

    /// <param name="all">What each Alertmanager said last.</param>
    public void Looked(IReadOnlyList<View> all) => views = [.. all.Select(v => v with { Alerts = View.Nothing, Silences = View.NoSilence })];

    /// <summary>What is wrong with it, for people, one sentence each; nothing while it is alive, or where nobody has set it up.</summary>
    public IReadOnlyList<string> Problems(DateTimeOffset now)
    {
        var problems = new List<string>();
        if (IsExpected && Silence(now) > Freshness)
        {
            problems.Add(LastSeen is { } last
                ? $"The last Watchdog arrived {Spoken(now - last)} ago, and one is due every 30 seconds: look at Prometheus, at Alertmanager, and at its route to this exporter."
                : "No Watchdog has ever arrived: see that Prometheus has the rule Watchdog and Alertmanager a route for it to /api/v1/alertmanager/watchdog.");
        }
        if (stranger is { } receiver)
        {
            problems.Add($"Alertmanager sends alerts here from its receiver \"{receiver}\", and alerts.alertmanagers knows none of that name: set `receiver` there, else what it holds and mutes is not known to be ours.");
        }
        foreach (var view in views)
        {
            if (view.Problem is { } problem)
                problems.Add($"Alertmanager {view.Alertmanager} can't be asked, so an end of an alert is not believed: {problem}.");
            else if (!HearsPrometheus(view))
                problems.Add($"Alertmanager {view.Alertmanager} hears nothing from Prometheus: {(view.Watchdogs.Count == 0 ? "it holds no Watchdog" : $"its Watchdog is {Spoken(view.Watchdogs.Min(w => (view.Now ?? now) - w.UpdatedAt))} old")}. See that Prometheus runs, sends to it (alerting.alertmanagers) and has the rule Watchdog. What it says has ended may still fire.");
        }
        return problems;
    }

    /// <summary>Whether it is so dead that no rule could tell: the Watchdog does not arrive, and no Alertmanager hears from Prometheus.</summary>
    public bool IsDead(DateTimeOffset now) => IsExpected && Silence(now) > Patience && !views.Any(v => v.Problem is null && HearsPrometheus(v));

    /// <summary>Whether alerts get here: the Watchdog does, or there is nothing to complain of.</summary>
    public bool IsAlive(DateTimeOffset now) => (LastSeen is { } last && now - last <= Freshness) || Problems(now).Count == 0;

    bool IsExpected => receivers.Count > 0 || LastSeen is not null;

    TimeSpan Silence(DateTimeOffset now) => now - (LastSeen is { } last && last > startedAt ? last : startedAt);

    static bool HearsPrometheus(View view) => view.Now is { } now && view.Watchdogs.Any(w => w.IsFresh(now));

    static string Spoken(TimeSpan age) => age.TotalMinutes < 2
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)age.TotalSeconds)} s") : string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalMinutes} min");
}
