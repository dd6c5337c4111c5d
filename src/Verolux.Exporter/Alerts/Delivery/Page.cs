using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>What a destination tells: an incident as it stands when it is told. All texts but the links of ours come from outside.</summary>
/// <param name="Number">The incident's number, such as <c>VX-K3Q7M2</c>.</param>
/// <param name="ToldAt">When it is told, which is what the minutes left are counted from.</param>
/// <param name="RespondBy">Until when someone has to respond; null without an SLA.</param>
sealed record Page(
    PageAction Action,
    DateTimeOffset ToldAt,
    string DedupKey,
    string Number,
    string AlertName,
    Severity Severity,
    DateTimeOffset StartsAt,
    long? ResponseSla,
    DateTimeOffset? RespondBy,
    string RunbookUrl,
    Diagnosis Diagnosis,
    string GeneratorUrl,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations)
{
    const int LongestTitle = 100;

    /// <summary>One line that says which incident it is, what is wrong, which scenario that is and until when someone has to respond.</summary>
    /// <param name="longest">Characters. What is wrong is cut to fit; the incident's number, the scenario and the deadline never are.</param>
    public string Summary(int longest)
    {
        var what = Annotations.GetValueOrDefault("summary") is { Length: > 0 } summary ? summary : Subject;
        var end = (Diagnosis.Title is { } title ? $" → {Cut(title, LongestTitle)}" : "") + Deadline;
        return Cut($"[{Number}] {AlertName}: {what}{(Diagnosis.Failures is [var failure, ..] ? $" ({failure})" : "")}", longest - end.Length) + end;
    }

    /// <summary>At most so many characters, the last one an ellipsis where something is cut; never half a surrogate pair.</summary>
    public static string Cut(string text, int longest)
    {
        if (text.Length <= longest)
            return text;
        var end = longest - 1;
        if (char.IsHighSurrogate(text[end - 1]))
            end--;
        return $"{text.AsSpan(0, end)}…";
    }

    /// <summary>Where the likeliest scenario's steps stand; null where none is known to hold.</summary>
    public string? ScenarioUrl => Scenario.Link(RunbookUrl, Diagnosis.Scenario);

    string Deadline => (RespondBy, RespondBy - ToldAt) switch
    {
        ({ } by, { } left) when left > TimeSpan.Zero => string.Create(CultureInfo.InvariantCulture, $" - respond by {by.UtcDateTime:HH:mm} UTC, {Math.Ceiling(left.TotalMinutes)} min left"),
        ({ } by, _) => string.Create(CultureInfo.InvariantCulture, $" - response overdue since {by.UtcDateTime:yyyy-MM-dd HH:mm} UTC"),
        _ => "",
    };

    /// <summary>What the alert is about, from the labels that make its identity.</summary>
    public string Subject => string.Join(", ", Labels.Where(l => l.Key is not ("alertname" or "severity")).Select(l => $"{l.Key}={l.Value}"));

    /// <summary>Reads the incident that a row tells of.</summary>
    public static Page Read(SqliteConnection reader, OutboxRow row, DateTimeOffset now)
    {
        using var command = new SqliteCommand("SELECT alertname, severity, starts_at, response_sla_seconds, respond_by, runbook_url, alert, match, scenario, triage FROM incidents WHERE id = $1", reader);
        command.Parameters.AddWithValue("$1", row.Incident);
        using var rows = command.ExecuteReader();
        rows.Read();
        using var alert = JsonDocument.Parse(rows.GetString(6));
        return new Page(
            row.Action, now, row.DedupKey, IncidentNumber.Format(row.Incident), rows.GetString(0), SeverityNames.TryParse(rows.GetString(1), out var severity) ? severity : Severity.Warning,
            DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(2)), rows.IsDBNull(3) ? null : rows.GetInt64(3), rows.IsDBNull(4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(4)),
            rows.GetString(5), Diagnosis.Read(Text(rows, 7), Text(rows, 8), Text(rows, 9)), AlertJson.Text(alert.RootElement, "generatorURL"), AlertJson.Texts(alert.RootElement, "labels"),
            AlertJson.Texts(alert.RootElement, "annotations"));
    }

    static string? Text(SqliteDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);
}
