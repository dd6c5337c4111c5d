using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Pages;

/// <summary>Whether anybody has to hurry.</summary>
/// <param name="Text">In words, as of when the page was made.</param>
/// <param name="State"><c>down</c> where it is too late, <c>degraded</c> where it will be soon, <c>up</c> where it is settled well, <c>unknown</c> without an SLA.</param>
/// <param name="Due">What is counted down to, in Unix milliseconds; null where nothing is.</param>
/// <param name="From">When that began, likewise; null where nothing is counted down, or nobody knows.</param>
/// <param name="Used">How much of it is gone when the page is made, in percent.</param>
public sealed record ClockModel(string Text, string State, long? Due, long? From = null, double Used = 0);

/// <summary>How an open incident stands that is not simply open.</summary>
/// <param name="Word">Such as <c>silenced</c>; empty where it is simply open, or over.</param>
/// <param name="Text">What that means, and what to do.</param>
/// <param name="Comment">What whoever silenced it says; empty for nothing.</param>
/// <param name="Cause">The number of the incident that says it already; empty for none.</param>
/// <param name="IsQuiet">Whether it has to wait for nobody, and stands behind what does.</param>
public sealed record StandingModel(string Word, string Text, string Comment = "", string Cause = "", bool IsQuiet = true)
{
    const int LongestExcerpt = 120;

    public static readonly StandingModel None = new("", "", IsQuiet: false);

    /// <summary>The comment, where there is no room for all of it.</summary>
    public string Excerpt => Page.Cut(Comment, LongestExcerpt);
}

/// <summary>One incident on the board.</summary>
/// <param name="What">What is wrong, in the alert's words or by its labels.</param>
/// <param name="Scenario">The likeliest scenario's title, empty where none is known.</param>
/// <param name="ScenarioLink">Where its steps stand; the runbook without a scenario, empty without a runbook.</param>
/// <param name="Since">When it began.</param>
/// <param name="Age">How long ago that was; of what is over how long it lasted.</param>
/// <param name="IsOpen">Whether it isn't over.</param>
/// <param name="Standing">What keeps it from being simply open, and what to do about that: its end is in doubt, or Alertmanager mutes it. Empty otherwise.</param>
public sealed record IncidentRow(
    string Number, string Severity, string State, string AlertName, string Site, string What, string Scenario, string ScenarioLink, ClockModel Clock, string AcknowledgedBy, int Level, string Since, string Age, bool IsStorm, bool IsOpen,
    StandingModel Standing, bool IsDrill)
{
    public string Link => $"/incidents/{Number}";

    public bool CanAcknowledge => IsOpen && AcknowledgedBy.Length == 0;

    /// <summary>How it is called in one word: what fires and is muted is not simply open.</summary>
    public string Word => Standing.Word.Length > 0 ? Standing.Word : State == "firing" ? "open" : State;
}

/// <summary>A runbook that did not help.</summary>
public sealed record FailedRunbookRow(string Name, string Title, string Incident, string Who, string Note, ClockModel Due);

/// <summary>A page that was refused for good.</summary>
public sealed record DeadLetterRow(long Id, string Incident, string Destination, string Action, string Error, string At);

/// <summary>A way to see only some of the open incidents.</summary>
/// <param name="Chosen">Whether these are what is shown.</param>
public sealed record ChoiceModel(string Text, int Count, string Link, bool Chosen);

/// <summary>The incident board.</summary>
/// <param name="Now">Unix milliseconds.</param>
/// <param name="Summary">How many of the open ones wait for whom.</param>
/// <param name="Choices">By alert, and by site; none where there is nothing to choose from.</param>
/// <param name="Chosen">What of the open ones is shown, in words; empty for all.</param>
/// <param name="Warnings">Why what stands here may not be all: what is wrong with the way of an alert to here.</param>
/// <param name="Hidden">How many open incidents are not in the list: those that share a storm's page, and what is too much.</param>
/// <param name="Drills">Tests of the alerting path that are under way.</param>
/// <param name="NeedsName">Whether nobody knows who is looking, so that they have to say it themselves.</param>
public sealed record BoardModel(
    long Now, IReadOnlyList<string> Warnings, int Count, string Summary, IReadOnlyList<ChoiceModel> Choices, string Chosen, IReadOnlyList<IncidentRow> Open, int Hidden, IReadOnlyList<IncidentRow> Drills, IReadOnlyList<IncidentRow> Ended,
    IReadOnlyList<FailedRunbookRow> FailedRunbooks, IReadOnlyList<DeadLetterRow> DeadLetters, bool NeedsName);

/// <summary>Something that happened.</summary>
/// <param name="After">How long after the start, such as <c>T+12 min</c>.</param>
public sealed record HappenedRow(string At, string After, string What, string Who, string Text);

/// <summary>The part of a runbook that is to be done now.</summary>
/// <param name="Variables">What a terminal has to be told first; empty for nothing.</param>
/// <param name="Html">Sanitised by the catalogue.</param>
public sealed record StepsModel(string Variables, string Html);

/// <summary>What an alert is about, as the exporter sees it now.</summary>
public sealed record SubjectModel(string Slice, string Name, string State, string Detail, HourModel Hour, string Link);

/// <summary>A scenario of the runbook, and whether what is measured fits it.</summary>
/// <param name="Answer"><c>yes</c>, <c>no</c> or <c>unknown</c>.</param>
public sealed record ScenarioRow(string Title, string Link, string Answer);

/// <summary>One incident.</summary>
/// <param name="Message">What came of a request that was not done; empty otherwise.</param>
/// <param name="NeedsName">Whether nobody knows who is asking, so that they have to say it themselves.</param>
/// <param name="Links">Of the alert: text and a web address each.</param>
/// <param name="Steps">Of the likeliest scenario, or else of the runbook's triage; null without a runbook.</param>
/// <param name="Subjects">What is watched of what the alert names.</param>
public sealed record IncidentModel(
    long Now,
    IncidentRow Row,
    StepsModel? Steps,
    IReadOnlyList<SubjectModel> Subjects,
    string Outcome,
    string Runbook,
    IReadOnlyList<string> Failures,
    IReadOnlyList<string> Findings,
    IReadOnlyList<ScenarioRow> Scenarios,
    IReadOnlyList<Fact> Facts,
    IReadOnlyList<Fact> Labels,
    IReadOnlyList<Fact> Annotations,
    IReadOnlyList<(string Text, string Address)> Links,
    IReadOnlyList<(string Name, string Text, bool Set)> Flags,
    bool? RunbookWorked,
    IReadOnlyList<HappenedRow> Timeline,
    IReadOnlyList<IncidentRow> Sharing,
    string Message,
    bool NeedsName)
{
    public bool IsOpen => Row.IsOpen;
}

/// <summary>Incidents, made into texts.</summary>
static partial class IncidentView
{
    /// <summary>From here on a deadline is near.</summary>
    static readonly TimeSpan Soon = TimeSpan.FromMinutes(5);

    const int LongestWhat = 300;
    const int MostChoices = 12;

    /// <param name="needsName">Whether nobody knows who is looking.</param>
    public static BoardModel Model(Board board, Wanted wanted, IReadOnlyList<string> warnings, bool needsName, DateTimeOffset now) => Model(board, wanted, warnings, warnings.Count == 0, needsName, now);

    static BoardModel Model(Board board, Wanted wanted, IReadOnlyList<string> warnings, bool isHeard, bool needsName, DateTimeOffset now) => new(
        now.ToUnixTimeMilliseconds(),
        warnings,
        OpenCount.Total(board.Counts).Count,
        Summary(OpenCount.Total(board.Counts)),
        [.. Choices(board.Counts, wanted)],
        string.Join(" at ", new[] { wanted.AlertName, wanted.Site }.Where(w => w.Length > 0)),
        [.. (isHeard ? board.Open : Doubted(board.Open)).Select(i => Row(i, isHeard, now))],
        board.Counts.Where(c => wanted.AlertName is "" || c.AlertName == wanted.AlertName).Where(c => wanted.Site is "" || c.Site == wanted.Site).Sum(c => c.Count) - board.Open.Count(i => !i.IsStorm),
        [.. board.Drills.Select(i => Row(i, isHeard, now))],
        [.. board.Ended.Select(i => Row(i, isHeard, now))],
        [.. board.FailedRunbooks.Select(f => Row(f, now))],
        [.. board.DeadLetters.Select(l => new DeadLetterRow(l.Id, IncidentNumber.Format(l.Incident), l.Destination, l.Action.ToString().ToLowerInvariant(), l.Error, Moment(l.EndedAt)))],
        needsName);

    static string Summary(OpenCount total)
    {
        var (_, _, open, unanswered, overdue) = total;
        return open == 0 ? "" : unanswered == 0 ? "None waits for an answer." : string.Create(
            CultureInfo.InvariantCulture, $"{(unanswered == 1 ? "1 waits" : $"{unanswered} wait")} for an answer{(overdue == 0 ? "" : overdue == 1 ? ", 1 is overdue" : $", {overdue} are overdue")}.");
    }

    static IEnumerable<ChoiceModel> Choices(IReadOnlyList<OpenCount> counts, Wanted wanted)
    {
        IEnumerable<ChoiceModel> By(Func<OpenCount, string> what, string chosen, Func<string, Wanted> choose) =>
            counts.GroupBy(what, StringComparer.Ordinal).OrderByDescending(g => g.Sum(c => c.Count)).Take(MostChoices)
                .Select(g => new ChoiceModel(g.Key, g.Sum(c => c.Count), BoardLink(choose(g.Key == chosen ? "" : g.Key)), g.Key == chosen));
        if (counts.DistinctBy(c => c.AlertName).Count() > 1 || wanted.AlertName.Length > 0)
        {
            foreach (var choice in By(c => c.AlertName, wanted.AlertName, name => wanted with { AlertName = name }))
                yield return choice;
        }
        if (counts.DistinctBy(c => c.Site).Count() > 1 || wanted.Site.Length > 0)
        {
            foreach (var choice in By(c => c.Site, wanted.Site, site => wanted with { Site = site }).Where(c => c.Text.Length > 0))
                yield return choice with { Text = $"site {choice.Text}" };
        }
    }

    static string BoardLink(Wanted wanted)
    {
        (string Name, string Value)[] query = [("alert", wanted.AlertName), ("site", wanted.Site)];
        return $"/incidents?{string.Join('&', query.Where(q => q.Value.Length > 0).Select(q => $"{q.Name}={Uri.EscapeDataString(q.Value)}"))}".TrimEnd('?');
    }

    /// <summary>What seems to be over stands among what isn't, by its deadline.</summary>
    static IEnumerable<StoredIncident> Doubted(IEnumerable<StoredIncident> open) =>
        open.OrderBy(i => i.Mute is not null).ThenBy(i => i.Acknowledgement is not null).ThenBy(i => i.RespondBy ?? DateTimeOffset.MaxValue);

    /// <param name="needsName">Whether nobody knows who is asking.</param>
    /// <param name="isHeard">Whether nothing is wrong with the way of an alert to here, so that the end of one is to be expected to be one.</param>
    /// <param name="runbooks">As they were last read.</param>
    /// <param name="watches">Of what the alert names.</param>
    public static IncidentModel Model(WholeIncident whole, string message, bool isHeard, bool needsName, Catalogue runbooks, IReadOnlyList<Watched> watches, DateTimeOffset now)
    {
        var incident = whole.Incident;
        var diagnosis = Diagnosis.Read(incident.Match, incident.Scenario, incident.Triage);
        using var json = JsonDocument.Parse(incident.Alert);
        var (labels, annotations) = (AlertJson.Texts(json.RootElement, "labels"), AlertJson.Texts(json.RootElement, "annotations"));
        (string, string?)[] links = [("Dashboard", annotations.GetValueOrDefault("dashboard_url")), ("Graph", AlertJson.Text(json.RootElement, "generatorURL"))];
        return new IncidentModel(
            now.ToUnixTimeMilliseconds(),
            Row(incident, isHeard, now),
            incident.Runbook is { } name && runbooks.ByName(name) is { } runbook ? Steps(runbook, incident.Scenario ?? Excerpt.Triage, labels) : null,
            [.. watches.GroupBy(w => (w.Slice, w.Watch.Target)).Select(t => Subject([.. t], now))],
            incident.Outcome is "unverified" ? "unverified, because it ended unseen: perhaps in time" : incident.Outcome?.Replace('_', ' ') ?? "",
            RunbookLink(incident),
            diagnosis.Failures,
            diagnosis.Findings,
            Scenarios(incident),
            [.. Facts(incident)],
            [.. labels.Select(l => new Fact(l.Key, l.Value))],
            [.. annotations.Select(a => new Fact(a.Key, a.Value))],
            [.. links.Select(l => (Text: l.Item1, Address: WebLink.Of(l.Item2))).Where(l => l.Address is not null).Select(l => (l.Text, l.Address!))],
            [
                ("customer_facing", "customers are affected (tells level 3)", incident.Flags.HasFlag(IncidentFlags.CustomerFacing)),
                ("security", "it is a security incident (tells level 4)", incident.Flags.HasFlag(IncidentFlags.Security)),
                ("major_outage", "it is a major outage (tells level 4)", incident.Flags.HasFlag(IncidentFlags.MajorOutage)),
            ],
            incident.RunbookWorked,
            [.. whole.Timeline.Select(h => new HappenedRow(Moment(h.At), After(h.At - incident.StartsAt), h.Words, Who(h), h.Text))],
            [.. whole.Sharing.Select(i => Row(i, isHeard, now))],
            message,
            needsName);
    }

    public static FailedRunbookRow Row(FailedRunbook failed, DateTimeOffset now) =>
        new(failed.Runbook.Name, failed.Runbook.Title, IncidentNumber.Format(failed.Incident), failed.Who, failed.Note, Until(failed.DueAt, "correct it by", now));

    public static IncidentRow Row(StoredIncident incident, bool isHeard, DateTimeOffset now)
    {
        using var json = JsonDocument.Parse(incident.Alert);
        var (labels, annotations) = (AlertJson.Texts(json.RootElement, "labels"), AlertJson.Texts(json.RootElement, "annotations"));
        var what = incident.IsStorm ? $"{incident.AlertName} storm: one page for all of them" : Page.WhatOf(labels, annotations);
        var diagnosis = Diagnosis.Read(incident.Match, incident.Scenario, incident.Triage);
        var runbook = RunbookLink(incident);
        return new IncidentRow(
            incident.Number, incident.Severity.Label(), incident.State.Label(), incident.AlertName, incident.Site, Page.Cut(what, LongestWhat), diagnosis.Title ?? "",
            runbook.Length > 0 && incident.Scenario is { } scenario ? Scenario.Link(runbook, scenario)! : runbook,
            Clock(incident, now), incident.Acknowledgement is { } held ? held.By.Length > 0 ? held.By : "somebody" : "", incident.Level, Short(incident.StartsAt, now), Spoken((incident.EndsAt ?? now) - incident.StartsAt), incident.IsStorm,
            incident.State.IsOpen(), Standing(incident, isHeard, now), incident.IsDrill);
    }

    /// <summary>What stands under a heading of a runbook, about the alert's own target.</summary>
    public static StepsModel Steps(Runbook runbook, string anchor, IReadOnlyDictionary<string, string> labels)
    {
        var (variables, html) = Excerpt.Of(runbook, anchor, $"/runbooks/{runbook.Name}", labels);
        return new StepsModel(variables, html);
    }

    static SubjectModel Subject(IReadOnlyList<Watched> watches, DateTimeOffset now)
    {
        var target = LandingView.Target(watches[0].Slice, watches);
        return new SubjectModel(watches[0].Slice, target.Name, target.State, target.Detail, HourModel.Of(watches, null, now), target.Link);
    }

    static StandingModel Standing(StoredIncident incident, bool isHeard, DateTimeOffset now) => incident switch
    {
        { State: IncidentState.Resolving } when !isHeard => new StandingModel(
            "resolving", "Its end was told, but perhaps only because Prometheus is silent: take it for open until alerts get here again.", IsQuiet: false),
        { State: IncidentState.Resolving } => new StandingModel(
            "resolving", "Its end was told and is being checked, since Prometheus may only have fallen silent. Nothing to do: within minutes it is over, goes on, or says that nobody knows."),
        { State: IncidentState.Unverified } => new StandingModel(
            "unverified", "Its end was told and can't be verified: nobody knows whether it still fires. Look for yourself, and resolve it here if it is over; then see why Prometheus is silent.", IsQuiet: false),
        { State: IncidentState.Firing, Mute: { Kind: MuteKind.Silence } mute } => new StandingModel(
            "silenced",
            $"Silenced in Alertmanager{(mute.By.Length > 0 ? $" by {mute.By}" : "")}{(mute.Until is { } until ? $" until {Short(until, now)}" : "")}: nobody is told of it. Nothing to do while that is meant; where it is not, end the silence there.",
            mute.Comment),
        { State: IncidentState.Firing, Mute: { } mute } => new StandingModel(
            "inhibited", $"Nobody is told of it, because {mute.By} says it already: work on that one.", Cause: Caused().Match(mute.By) is { Success: true } caused ? caused.Groups[1].Value : ""),
        _ => StandingModel.None,
    };

    /// <summary>What inhibits is told with the number of its incident.</summary>
    [GeneratedRegex(@"\((VX-[0-9A-Z]{4,16})\)\z")]
    private static partial Regex Caused();

    /// <summary>With its day where that is another.</summary>
    static string Short(DateTimeOffset at, DateTimeOffset now) =>
        at.UtcDateTime.ToString(at.UtcDateTime.Date == now.UtcDateTime.Date ? "HH:mm 'UTC'" : "yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>On this host, wherever the page is read; the address in a page that was sent starts with <c>public_url</c>.</summary>
    static string RunbookLink(StoredIncident incident) => incident.Runbook is { } name ? $"/runbooks/{name}" : "";

    static ClockModel Clock(StoredIncident incident, DateTimeOffset now) => incident switch
    {
        { IsDrill: true } => new ClockModel("a test", "unknown", null),
        { Outcome: "breached_on_arrival", State: var state, Acknowledgement: null, Mute: null, RespondBy: { } by } when state.IsOpen() => Counted(incident, by, now),
        { Outcome: "met_ack" or "met_self_resolved" } => new ClockModel("in time", "up", null),
        { Outcome: "unverified" } => new ClockModel("ended unseen", "unknown", null),
        { Outcome: { } outcome } => new ClockModel(outcome == "breached_on_arrival" ? "overdue when it arrived" : "too late", "down", null),
        { Mute: not null, State: IncidentState.Firing } => new ClockModel("the clock stands still", "unknown", null),
        { RespondBy: { } by } => Counted(incident, by, now),
        _ => new ClockModel("no deadline", "unknown", null),
    };

    static ClockModel Counted(StoredIncident incident, DateTimeOffset by, DateTimeOffset now)
    {
        var from = incident.StartsAt;
        return Until(by, "respond by", now) with { From = from.ToUnixTimeMilliseconds(), Used = by <= from ? 100 : Math.Round(Math.Clamp((now - from) / (by - from), 0, 1) * 100, 1) };
    }

    static ClockModel Until(DateTimeOffset by, string what, DateTimeOffset now) => new(
        string.Create(CultureInfo.InvariantCulture, $"{what} {by.UtcDateTime:HH:mm} UTC, {(by > now ? $"{Spoken(by - now)} left" : $"overdue by {Spoken(now - by)}")}"),
        by <= now ? "down" : by - now < Soon ? "degraded" : "quiet", by.ToUnixTimeMilliseconds());

    static IEnumerable<Fact> Facts(StoredIncident incident)
    {
        yield return new Fact("Began", Moment(incident.StartsAt));
        if (incident.EndsAt is { } ended)
            yield return new Fact("Ended", $"{Moment(ended)}{(incident.Outcome is "unverified" ? ", or before" : "")}");
        if (incident.RespondBy is { } by)
            yield return new Fact("Respond by", Moment(by));
        if (incident.Acknowledgement is { } held)
            yield return new Fact("Acknowledged", $"{Moment(held.At)} by {held.By}");
        yield return new Fact("Level told", incident.IsUntold ? "none" : incident.Level.ToString(CultureInfo.InvariantCulture));
        if (incident.Mute is { } mute)
            yield return new Fact(incident.State.IsOpen() ? "Muted" : "Muted at its end", $"{mute.Text} (since {Moment(mute.Since)})");
        if (incident.EscalateAt is { } at)
            yield return new Fact("Level 2 is told", Moment(at));
        if (incident.Slo is { } slo)
            yield return new Fact("Threatens", slo);
        if (incident.Match is { } match)
            yield return new Fact("Runbook found by", match);
        if (incident.Reopened > 0)
            yield return new Fact("Fired again", $"{incident.Reopened} time(s)");
    }

    static List<ScenarioRow> Scenarios(StoredIncident incident)
    {
        if (incident.Triage is null)
            return [];
        using var json = JsonDocument.Parse(incident.Triage);
        return
        [
            .. json.RootElement.GetProperty("scenarios").EnumerateArray().Select(s => new ScenarioRow(
                s.GetProperty("title").GetString()!, Scenario.Link(RunbookLink(incident), s.GetProperty("id").GetString())!, s.GetProperty("answer").GetString()!)),
        ];
    }

    static string Who(Happened happened) => (happened.Who, happened.Source) switch
    {
        ({ Length: > 0 } who, { } source) => $"{who} ({source})",
        (_, { } source) => source,
        _ => "",
    };

    static string After(TimeSpan after) => after < TimeSpan.Zero ? $"T-{Spoken(-after)}" : $"T+{Spoken(after)}";

    public static string Spoken(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays} d {time.Hours} h"),
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, time.Seconds)} s"),
    };

    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
