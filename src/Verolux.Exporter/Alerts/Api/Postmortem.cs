using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Api;

/// <summary>
/// A postmortem as far as it can be written without people, in Markdown: the runbook's own template with what is known filled in, the timeline, what was found, how
/// the SLA went, and what it cost. What alerts and people brought along stays text.
/// </summary>
static partial class Postmortem
{
    const int LongestText = 500;

    /// <param name="runbook">Null where there is none, and then there is no template either.</param>
    /// <param name="objective">What the incident threatens; null for nothing that is stated.</param>
    /// <param name="budget">Null where there is no Prometheus to ask.</param>
    public static string Write(WholeIncident whole, Runbook? runbook, Objective? objective, BudgetLeft? budget, DateTimeOffset now)
    {
        var incident = whole.Incident;
        var diagnosis = Diagnosis.Read(incident.Match, incident.Scenario, incident.Triage);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Postmortem of {incident.Number}: {Plain(incident.AlertName)}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Draft of {Moment(now)}, from what was recorded. What is open after a colon, only people know.\n\n");
        if (runbook is { PostmortemTemplate.Length: > 0 })
            text.Append(CultureInfo.InvariantCulture, $"```text\n{Fill(runbook.PostmortemTemplate, incident, diagnosis, Share(incident, objective, now))}\n```\n\n");
        WriteTimeline(text, whole);
        WriteFindings(text, incident, diagnosis);
        WriteSla(text, incident, now);
        WriteCost(text, incident, objective, budget, now);
        return text.ToString();
    }

    /// <summary>Lines whose beginning says what is meant are filled in; the others stay as they are, for people.</summary>
    static string Fill(string template, StoredIncident incident, Diagnosis diagnosis, string? share) => string.Join('\n', template.TrimEnd().Split('\n').Select(line => line switch
    {
        _ when line.StartsWith("Incident:", StringComparison.Ordinal) => $"Incident:              {incident.Number}, {OneLine.Of(incident.AlertName)}, {SubjectOf(incident)}",
        _ when Times().IsMatch(line) => $"{line.TrimEnd()} fired {Moment(incident.StartsAt)} / {(incident.FirstAcknowledgedAt is { } at ? Moment(at) : "never acknowledged")} / {(incident.EndsAt is { } end ? $"{Moment(end)}{OrBefore(incident)}" : "not resolved yet")}",
        _ when line.StartsWith("Responded within", StringComparison.Ordinal) => line.Replace("yes / no", Responded(incident), StringComparison.Ordinal),
        _ when line.StartsWith("Scenario:", StringComparison.Ordinal) => $"Scenario:              {diagnosis.Title ?? "none was known to fit"}",
        _ when line.StartsWith("Share of the month's budget", StringComparison.Ordinal) && share is not null => $"{line.TrimEnd()} {share}",
        _ => line,
    }));

    static void WriteTimeline(StringBuilder text, WholeIncident whole)
    {
        text.Append("## Timeline\n\n| UTC | | What | Who | |\n|---|---|---|---|---|\n");
        foreach (var happened in whole.Timeline)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {happened.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} | {After(happened.At - whole.Incident.StartsAt)} | {happened.Words} | {Plain(happened.Who ?? happened.Source ?? "")} | {Plain(happened.Text)} |\n");
        }
        text.Append('\n');
    }

    static void WriteFindings(StringBuilder text, StoredIncident incident, Diagnosis diagnosis)
    {
        text.Append("## What was found\n\n");
        if (diagnosis.Title is { } title)
            text.Append(CultureInfo.InvariantCulture, $"When it began, the measurements pointed to [{Plain(title)}]({incident.ScenarioUrl}).\n\n");
        else
            text.Append(incident.Runbook is null ? "No runbook matches this alert.\n\n" : $"When it began, no scenario of the [runbook]({incident.RunbookUrl}) was known to fit.\n\n");
        foreach (var found in diagnosis.Failures.Concat(diagnosis.Findings))
            text.Append(CultureInfo.InvariantCulture, $"- {Plain(found)}\n");
        if (incident.RunbookWorked is { } worked)
            text.Append(CultureInfo.InvariantCulture, $"- The runbook {(worked ? "worked" : "did not work, and is to be corrected within 24 hours")}.\n");
        using var alert = JsonDocument.Parse(incident.Alert);
        text.Append("\n| Label | |\n|---|---|\n");
        foreach (var (name, value) in AlertJson.Texts(alert.RootElement, "labels"))
            text.Append(CultureInfo.InvariantCulture, $"| {Plain(name)} | {Plain(value)} |\n");
        text.Append('\n');
    }

    static void WriteSla(StringBuilder text, StoredIncident incident, DateTimeOffset now)
    {
        text.Append("## Response\n\n");
        if (incident.IsUntold)
            text.Append(CultureInfo.InvariantCulture, $"- Nobody was told, and nobody had to respond: {Plain(incident.Mute!.Text)}\n");
        else if (incident is { ResponseSla: { } sla, RespondBy: { } by })
        {
            text.Append(CultureInfo.InvariantCulture, $"- To respond within {Durations.Format(TimeSpan.FromSeconds(sla))}, by {Moment(by)}: {Responded(incident)}\n");
            text.Append(CultureInfo.InvariantCulture, $"- Outcome: {incident.Outcome ?? "not final yet"}\n");
        }
        else
            text.Append("- No response time is set for this severity.\n");
        if (incident.FirstAcknowledgedAt is { } at)
            text.Append(CultureInfo.InvariantCulture, $"- Acknowledged after {Spoken(at - incident.StartsAt)}\n");
        text.Append(CultureInfo.InvariantCulture, $"- {(incident.EndsAt is { } end ? $"Resolved after {Spoken(end - incident.StartsAt)}{OrBefore(incident)}" : $"Open for {Spoken(now - incident.StartsAt)}{InDoubt(incident)}")}\n");
        text.Append(CultureInfo.InvariantCulture, $"- Highest level told: {(incident.IsUntold ? "none" : incident.Level)}\n\n");
    }

    static void WriteCost(StringBuilder text, StoredIncident incident, Objective? objective, BudgetLeft? budget, DateTimeOffset now)
    {
        text.Append("## SLO impact\n\n");
        if (incident.Slo is not { } slo)
        {
            text.Append("This alert threatens no objective.\n");
            return;
        }
        if (objective is not null)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"- The objective {slo} is {objective.Target * 100:0.##} % over {objective.Over.TotalDays:0} days: a budget of {objective.Budget.TotalMinutes:0} minutes. This took {Share(incident, objective, now)} of one target's; the runbook's own computation counts all that were concerned.\n");
        }
        else
            text.Append(CultureInfo.InvariantCulture, $"- It threatens the objective {Plain(slo)}, whose target the runbooks' README.md does not state.\n");
        text.Append(budget switch
        {
            null => "- What the site has left of its budget is not known here: `alerts.prometheus_url` is not configured.\n",
            { Problem: { } problem } => $"- What the site has left of its budget is not known: {Plain(problem)}.\n",
            _ => string.Create(CultureInfo.InvariantCulture, $"- Left of the site's budget, by Prometheus: {Percent(budget.Before)} before, {Percent(budget.After)} {(incident.EndsAt is null ? "now" : "after")}.\n"),
        });
    }

    static string? Share(StoredIncident incident, Objective? objective, DateTimeOffset now)
    {
        if (objective is null)
            return null;
        var lasted = (incident.EndsAt ?? now) - incident.StartsAt;
        return string.Create(CultureInfo.InvariantCulture, $"{lasted.TotalMinutes:0} of {objective.Budget.TotalMinutes:0} minutes, {100 * lasted / objective.Budget:0.#} %");
    }

    static string Percent(double? ratio) => ratio is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known * 100:0.#} %") : "unknown";

    /// <summary>What ended unseen may have ended earlier.</summary>
    static string OrBefore(StoredIncident incident) => incident.Outcome is "unverified" ? ", or before: it ended unseen" : "";

    static string InDoubt(StoredIncident incident) => incident.State switch
    {
        IncidentState.Resolving => "; its end was told and is being checked",
        IncidentState.Unverified => "; its end was told and can't be verified",
        _ => "",
    };

    static string Responded(StoredIncident incident) => incident.IsUntold ? "nobody was told, since it was muted" : (incident.Outcome, incident.FirstAcknowledgedAt - incident.RespondBy) switch
    {
        ("met_ack", _) => "yes",
        ("met_self_resolved", _) => "it was over before anybody had to",
        ("breached_acked_late", { } late) => $"no, {Spoken(late)} late",
        ("breached_unacked", _) => "no, nobody did",
        ("breached_on_arrival", _) => "no, it was too late when it arrived",
        ("unverified", _) => "not known: nobody acknowledged it, and it ended unseen",
        _ => "not yet",
    };

    static string SubjectOf(StoredIncident incident)
    {
        using var alert = JsonDocument.Parse(incident.Alert);
        return Page.Cut(OneLine.Of(Page.SubjectOf(AlertJson.Texts(alert.RootElement, "labels"))), LongestText);
    }

    /// <summary>Text that means nothing in Markdown, whatever it holds (CommonMark 0.31, section 2.4: any ASCII punctuation may be escaped).</summary>
    static string Plain(string text) => Punctuation().Replace(Page.Cut(OneLine.Of(text), LongestText), @"\$0");

    static string After(TimeSpan after) => after < TimeSpan.Zero ? $"T-{Spoken(-after)}" : $"T+{Spoken(after)}";

    static string Spoken(TimeSpan time) => time.TotalMinutes < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, time.Seconds)} s")
        : Durations.Format(TimeSpan.FromMinutes(Math.Floor(time.TotalMinutes)));

    static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?i)fired / acknowledged .*\(UTC\):\s*$")]
    private static partial Regex Times();

    [GeneratedRegex(@"[\\`*_{}\[\]()<>#+\-!|~&]")]
    private static partial Regex Punctuation();
}
