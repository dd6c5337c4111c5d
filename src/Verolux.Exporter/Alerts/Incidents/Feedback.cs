using Microsoft.Data.Sqlite;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>A runbook that did not help, and was not gone through since.</summary>
/// <param name="Incident">During which.</param>
/// <param name="Who">Who says so; it comes from outside, as the note does.</param>
sealed record FailedRunbook(Runbook Runbook, long Incident, DateTimeOffset At, string Who, string Note)
{
    /// <summary>"Update the runbook within 24 hours", as the runbooks' index has it.</summary>
    static readonly TimeSpan Correction = TimeSpan.FromHours(24);

    /// <summary>Until when it is to be corrected.</summary>
    public DateTimeOffset DueAt => At + Correction;
}

/// <summary>What people say of the runbook that they followed. One word an incident, the last.</summary>
sealed class Feedback(ResponsePlan plan, Tallies tallies)
{
    /// <summary>Values of the label <c>outcome</c>.</summary>
    public const string Worked = "worked";

    public const string Failed = "failed";

    /// <returns>Whether there is a runbook to say it of.</returns>
    public bool Take(Session session, Incident incident, bool worked, Who who, string note, DateTimeOffset now)
    {
        if (RunbookOf(session, incident) is not { } runbook)
            return false;
        if (Said(session, incident) != worked)
            tallies.Count(session, Tallies.Feedback, runbook.Name, worked ? Worked : Failed);
        session.Execute(
            "INSERT OR REPLACE INTO feedback (incident, runbook, revision, at, worked, who, note) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            incident.Id, runbook.Name, runbook.Revision, now.ToUnixTimeMilliseconds(), worked ? 1 : 0, who.Name, note);
        Timeline.Write(session, incident, now, worked ? Timeline.RunbookWorked : Timeline.RunbookFailed, who, note);
        return true;
    }

    /// <summary>The runbooks that did not help and still are as they were, the longest due first.</summary>
    /// <param name="runbooks">As they were last read: one whose file was changed and dated since then was gone through.</param>
    public static IReadOnlyList<FailedRunbook> Unreviewed(SqliteConnection reader, Catalogue runbooks)
    {
        var failed = new List<FailedRunbook>();
        using var command = new SqliteCommand("SELECT incident, runbook, revision, at, who, note FROM feedback WHERE worked = 0 ORDER BY at", reader);
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            var at = rows.TimeAt(3)!.Value;
            if (runbooks.ByName(rows.GetString(1)) is { } runbook && !IsReviewed(runbook, rows.GetString(2), at))
                failed.Add(new FailedRunbook(runbook, rows.GetInt64(0), at, rows.GetString(4), rows.GetString(5)));
        }
        return failed;
    }

    /// <summary>A day says too little where it is the same: then the text tells.</summary>
    static bool IsReviewed(Runbook runbook, string revision, DateTimeOffset failedAt)
    {
        var day = DateOnly.FromDateTime(failedAt.UtcDateTime);
        return runbook.LastReviewed > day || (runbook.LastReviewed == day && runbook.Revision != revision);
    }

    Runbook? RunbookOf(Session session, Incident incident)
    {
        using var rows = session.Query("SELECT runbook FROM incidents WHERE id = $1", incident.Id);
        return rows.Read() && rows.TextAt(0) is { } name ? plan.Runbooks.ByName(name) : null;
    }

    static bool? Said(Session session, Incident incident)
    {
        using var rows = session.Query("SELECT worked FROM feedback WHERE incident = $1", incident.Id);
        return rows.Read() ? rows.GetInt64(0) != 0 : null;
    }
}
