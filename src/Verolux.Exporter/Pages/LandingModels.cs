using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Pages;

/// <summary>How many targets are in a state.</summary>
/// <param name="Share">Of all, in percent.</param>
public sealed record InState(string State, int Count, double From, double Share);

/// <summary>A watched target for people.</summary>
/// <param name="State">As in <see cref="TargetState"/>.</param>
/// <param name="Link">Of its page; empty where it has none.</param>
public sealed record WatchedTarget(string Name, string Site, string State, string Detail, string Link);

/// <summary>A part of the watched system at a glance.</summary>
/// <param name="Wrong">What is not well, the worst first; not all where that is much.</param>
/// <param name="Rest">What is well, and what is wrong beyond that.</param>
/// <param name="Hidden">How many stand in neither.</param>
public sealed record SliceModel(string Title, string State, string Summary, IReadOnlyList<InState> States, HourModel Hour, IReadOnlyList<WatchedTarget> Wrong, IReadOnlyList<WatchedTarget> Rest, int Hidden, string Link);

/// <summary>The first page: what is wrong, first.</summary>
/// <param name="Now">Unix milliseconds.</param>
/// <param name="Warnings">What is wrong with the way of an alert to here.</param>
/// <param name="State">Of the whole: <c>down</c>, <c>degraded</c> or <c>up</c>.</param>
/// <param name="Verdict">The same in one line.</param>
/// <param name="Advice">What to do about it.</param>
/// <param name="Path">Whether alerts would get here; empty where that is said by the warnings.</param>
/// <param name="Urgent">The first of the open incidents.</param>
/// <param name="More">How many more there are.</param>
/// <param name="Missing">What is not configured.</param>
public sealed record LandingModel(
    string Version, string Revision, string Site, long Now, IReadOnlyList<string> Warnings, string State, string Verdict, string Advice, string Path, IReadOnlyList<IncidentRow> Urgent, int More,
    IReadOnlyList<SliceModel> Slices, IReadOnlyList<string> Missing);

/// <summary>The whole site, made into texts.</summary>
static class LandingView
{
    /// <summary>Incidents on the page; the board has all of them.</summary>
    public const int MostUrgent = 4;

    const int MostWrong = 5;
    const int MostRest = 100;

    /// <summary>In the order in which a picture gets from a camera to a person.</summary>
    static readonly (string Slice, string Title)[] Known =
        [("camera", "Cameras"), ("backend", "Back end"), ("gpu", "GPU"), ("rabbitmq", "RabbitMQ"), ("postgres", "PostgreSQL"), ("redis", "Redis"), ("storage", "Storage")];

    public static LandingModel Model(IReadOnlyCollection<Watched> watches, Receiver receiver, string site, DateTimeOffset now)
    {
        var warnings = receiver.PathProblems();
        var (first, counts) = receiver.Queries.Urgently(MostUrgent, now);
        var slices = watches.GroupBy(w => w.Slice, StringComparer.Ordinal).ToDictionary(s => s.Key, StringComparer.Ordinal);
        var cards = Known.Where(k => slices.ContainsKey(k.Slice)).Select(k => Slice(k.Slice, k.Title, slices[k.Slice], now)).OrderBy(c => Array.IndexOf(TargetState.All, c.State)).ToList();
        var (_, _, open, unanswered, overdue) = OpenCount.Total(counts);
        var wrong = cards.Count(c => c.State is "down" or "degraded");
        var (state, verdict, advice) = (warnings.Count, unanswered, open, wrong) switch
        {
            (_, > 0, _, _) => (
                "down",
                unanswered == 1 ? "1 incident waits for an answer" : $"{unanswered} incidents wait for an answer",
                overdue == 0 ? "Acknowledge the first, open it, and do its first step." : overdue == 1 ? "One is overdue: begin with it." : $"{overdue} are overdue: begin with the first."),
            ( > 0, _, _, _) => ("down", "Alerts may not get here", "Look at the site yourself until that is mended."),
            (_, _, > 0, _) => ("degraded", open == 1 ? "1 incident is open, and waits for nobody" : $"{open} incidents are open, and none waits for an answer", ""),
            (_, _, _, > 0) => ("degraded", "Something is not well", "No alert has fired: what is wrong for long enough will."),
            _ when cards.Count == 0 => ("degraded", "Nothing is watched yet", "Add cameras, servers or paths to the configuration."),
            _ => ("up", "All is well", ""),
        };
        return new LandingModel(
            ExporterMetrics.Version,
            ExporterMetrics.Revision.Length > 12 ? ExporterMetrics.Revision[..12] : ExporterMetrics.Revision,
            site, now.ToUnixTimeMilliseconds(), warnings, state, verdict, advice,
            warnings.Count > 0 ? "" : receiver.WatchdogSeen is { } seen
                ? $"Alerts get here: the last Watchdog came {IncidentView.Spoken(now - seen)} ago."
                : "Nothing proves yet that alerts get here: no Watchdog has come.",
            [.. first.Select(i => IncidentView.Row(i, warnings.Count == 0, now))],
            Math.Max(0, open - first.Count(i => !i.IsStorm)),
            cards,
            [.. Known.Where(k => !slices.ContainsKey(k.Slice)).Select(k => k.Title)]);
    }

    static SliceModel Slice(string slice, string title, IEnumerable<Watched> watches, DateTimeOffset now)
    {
        var targets = watches.GroupBy(w => (w.Watch.Target.Site, w.Watch.Target.Name)).Select(t => Target(slice, [.. t]))
            .OrderBy(t => Array.IndexOf(TargetState.All, t.State)).ThenBy(t => t.Name, NaturalOrder.Instance).ThenBy(t => t.Site, StringComparer.Ordinal).ToList();
        var wrong = targets.TakeWhile(t => t.State is "down" or "degraded").Take(MostWrong).ToList();
        var link = slice == CameraView.Slice ? "/cameras" : "";
        // What has a page of its own is listed there.
        var rest = targets.Skip(wrong.Count).Take(link.Length > 0 && targets.Count > MostRest ? 0 : MostRest).ToList();
        var looked = targets.Where(t => t.State != "disabled").ToList();
        var up = looked.Count(t => t.State == "up");
        var states = new List<InState>();
        foreach (var state in TargetState.All)
        {
            var count = targets.Count(t => t.State == state);
            if (count > 0)
                states.Add(new InState(state, count, states.Sum(s => s.Share), 100.0 * count / targets.Count));
        }
        return new SliceModel(
            title, looked.Count == 0 ? "disabled" : looked[0].State, looked.Count == 0 ? "switched off" : up == looked.Count ? looked.Count == 1 ? "up" : $"all {up} up" : $"{up} of {looked.Count} up",
            states, HourModel.Of(watches.Select(w => w.LastHour), now), wrong, rest, targets.Count - wrong.Count - rest.Count, link);
    }

    /// <summary>One target from all its watches.</summary>
    public static WatchedTarget Target(string slice, IReadOnlyList<Watched> watches)
    {
        var (target, isCamera) = (watches[0].Watch.Target, slice == CameraView.Slice);
        var state = isCamera ? CameraView.StateOf(watches, [.. watches.SelectMany(w => w.Read())]) : TargetState.Of(watches);
        return new WatchedTarget(
            target.Name.Length > 0 ? target.Name : slice, target.Site, state.State,
            state switch
            {
                { State: "up", At: { } at } => $"answered at {CameraView.Clock(at)}",
                { At: { } at } => $"{state.Why} ({CameraView.Clock(at)})",
                _ => state.Why,
            },
            isCamera ? CameraView.Link(target) : "");
    }
}
