using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>How an <see cref="Incident"/> stands in the store.</summary>
static class IncidentRows
{
    /// <summary>Alertmanager's have 16 characters.</summary>
    const int LongestKey = 64;

    const string Columns =
        """
        id, series, state, alertname, severity, fingerprint, runbook_url, response_sla_seconds, respond_by, starts_at, ends_at, opened_at, updated_at, alert, scenario,
        signals, ended_at, site, slo, outcome, first_acknowledged_at, acknowledged_at, acknowledged_by, level, escalate_at, customer_facing, security, major_outage, reopened,
        is_storm, storm, mute, unmuted_at, closed_by_hand
        """;

    /// <summary>All that may fire again within <see cref="Episode.ReopenWindow"/> or fires.</summary>
    public static IEnumerable<Incident> Current(Session session, DateTimeOffset now) => Read(session.Query(
        $"SELECT {Columns} FROM incidents WHERE state IN {IncidentStates.Open} UNION ALL SELECT {Columns} FROM incidents WHERE ended_at >= $1 AND state NOT IN {IncidentStates.Open} ORDER BY id",
        (now - Episode.ReopenWindow).ToUnixTimeMilliseconds()));

    public static Incident? Newest(Session session, SeriesKey series) => Read(session.Query($"SELECT {Columns} FROM incidents WHERE series = $1 ORDER BY id DESC LIMIT 1", series.ToBytes())).FirstOrDefault();

    public static Incident? Of(Session session, long id) => Read(session.Query($"SELECT {Columns} FROM incidents WHERE id = $1", id)).FirstOrDefault();

    /// <param name="triage">What triage made of it, as JSON; null for nothing.</param>
    public static void Insert(Session session, Incident incident, ReadOnlyMemory<byte>? triage) => incident.Id = session.Insert(
        """
        INSERT INTO incidents (series, state, alertname, severity, fingerprint, runbook_url, response_sla_seconds, respond_by, starts_at, ends_at, opened_at, updated_at, alert, runbook, match, scenario,
          triage, signals, ended_at, site, slo, outcome, escalate_at, is_storm, storm, mute)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
        """,
        incident.Series.ToBytes(), incident.State.Label(), incident.AlertName, incident.Severity.Label(), incident.Fingerprint, incident.RunbookUrl, incident.ResponseSla, Milliseconds(incident.RespondBy),
        Milliseconds(incident.StartsAt), Milliseconds(incident.EndsAt), Milliseconds(incident.OpenedAt), Milliseconds(incident.UpdatedAt), Text(incident.Alert), incident.Match?.Runbook?.Name,
        incident.Match?.How.Label(), incident.Scenario, triage, Text(Signals(incident.Episode)), Milliseconds(incident.Episode.EndHeardAt), incident.Site, incident.Slo, incident.Outcome?.Label(),
        Milliseconds(incident.EscalateAt), incident.IsStorm ? 1 : 0, incident.Storm, incident.Mute?.ToJson());

    /// <summary>Writes down all that can change but what triage found.</summary>
    public static void Update(Session session, Incident incident) => session.Execute(
        """
        UPDATE incidents SET state = $1, severity = $2, fingerprint = $3, response_sla_seconds = $4, respond_by = $5, starts_at = $6, ends_at = $7, updated_at = $8, alert = $9, signals = $10,
          ended_at = $11, outcome = $12, first_acknowledged_at = $13, acknowledged_at = $14, acknowledged_by = $15, level = $16, escalate_at = $17, customer_facing = $18, security = $19, major_outage = $20,
          reopened = $21, storm = $22, mute = $23, closed_by_hand = $24, unmuted_at = $25
        WHERE id = $26
        """,
        incident.State.Label(), incident.Severity.Label(), incident.Fingerprint, incident.ResponseSla, Milliseconds(incident.RespondBy), Milliseconds(incident.StartsAt), Milliseconds(incident.EndsAt),
        Milliseconds(incident.UpdatedAt), Text(incident.Alert), Text(Signals(incident.Episode)), Milliseconds(incident.Episode.EndHeardAt), incident.Outcome?.Label(), Milliseconds(incident.FirstAcknowledgedAt),
        Milliseconds(incident.Acknowledgement?.At), incident.Acknowledgement?.By, incident.Level, Milliseconds(incident.EscalateAt), Bit(incident, IncidentFlags.CustomerFacing),
        Bit(incident, IncidentFlags.Security), Bit(incident, IncidentFlags.MajorOutage), incident.Reopened, incident.Storm, incident.Mute?.ToJson(), incident.ClosedByHand ? 1 : 0, Milliseconds(incident.UnmutedAt),
        incident.Id);

    public static void Touch(Session session, Incident incident) => session.Execute("UPDATE incidents SET updated_at = $1 WHERE id = $2", Milliseconds(incident.UpdatedAt), incident.Id);

    public static void Extend(Session session, Incident incident) => session.Execute("UPDATE incidents SET signals = $1 WHERE id = $2", Text(Signals(incident.Episode)), incident.Id);

    public static void Triaged(Session session, Incident incident, ReadOnlyMemory<byte> triage) =>
        session.Execute("UPDATE incidents SET scenario = $1, triage = $2 WHERE id = $3", incident.Scenario, triage, incident.Id);

    /// <summary>A flag, where its column is set.</summary>
    public static IncidentFlags Flag(SqliteDataReader row, int column, IncidentFlags flag) => row.GetInt64(column) == 0 ? IncidentFlags.None : flag;

    static List<Incident> Read(SqliteDataReader rows)
    {
        var read = new List<Incident>();
        using (rows)
        {
            while (rows.Read())
                read.Add(One(rows));
        }
        return read;
    }

    static Incident One(SqliteDataReader row)
    {
        var (state, severity, starts, ends) = (IncidentStates.Of(row.GetString(2)), SeverityNames.TryParse(row.GetString(4), out var known) ? known : Severity.Warning, row.TimeAt(9)!.Value, row.TimeAt(10));
        return new Incident
        {
            Id = row.GetInt64(0),
            Series = SeriesKey.From((byte[])row[1]),
            AlertName = row.GetString(3),
            Severity = severity,
            Fingerprint = row.GetString(5),
            RunbookUrl = row.GetString(6),
            ResponseSla = row.NumberAt(7),
            RespondBy = row.TimeAt(8),
            StartsAt = starts,
            EndsAt = ends,
            OpenedAt = row.TimeAt(11)!.Value,
            UpdatedAt = row.TimeAt(12)!.Value,
            Alert = Encoding.UTF8.GetBytes(row.GetString(13)),
            Scenario = row.TextAt(14),
            // One that an older version wrote knows the alert heard last alone.
            Episode = row.TextAt(15) is { } signals ? new Episode(Signals(signals), state, row.TimeAt(16)) : new Episode([new Signal(KeyOf(row.GetString(5), severity), severity, starts, starts, ends, ends)], state, ends),
            Site = row.GetString(17),
            Slo = row.TextAt(18),
            Outcome = row.TextAt(19) is { } outcome ? Enum.GetValues<SlaOutcome>().First(o => o.Label() == outcome) : null,
            FirstAcknowledgedAt = row.TimeAt(20),
            Acknowledgement = row.TimeAt(21) is { } at ? new Acknowledgement(at, row.TextAt(22) ?? "") : null,
            Level = row.GetInt32(23),
            EscalateAt = row.TimeAt(24),
            Reopened = row.GetInt32(28),
            IsStorm = row.GetInt64(29) != 0,
            Storm = row.NumberAt(30),
            Mute = row.TextAt(31) is { } mute ? Mute.Parse(mute) : null,
            UnmutedAt = row.TimeAt(32),
            ClosedByHand = row.GetInt64(33) != 0,
            Flags = Flag(row, 25, IncidentFlags.CustomerFacing) | Flag(row, 26, IncidentFlags.Security) | Flag(row, 27, IncidentFlags.MajorOutage),
        };
    }

    /// <summary>What tells the alerts of a series apart.</summary>
    public static string KeyOf(string fingerprint, Severity severity) => fingerprint.Length is > 0 and <= LongestKey ? fingerprint : severity.Label();

    /// <summary>As JSON, an array each: key, severity, and in .NET's ticks the starts, the end, when that was heard, and until when it is held to be in force.</summary>
    static byte[] Signals(Episode episode)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var signal in episode.Signals)
            {
                json.WriteStartArray();
                json.WriteStringValue(signal.Key);
                json.WriteStringValue(signal.Severity.Label());
                json.WriteNumberValue(signal.StartsAt.UtcTicks);
                json.WriteNumberValue(signal.LatestStart.UtcTicks);
                json.WriteNumberValue(signal.EndsAt?.UtcTicks ?? 0);
                json.WriteNumberValue(signal.EndHeardAt?.UtcTicks ?? 0);
                json.WriteNumberValue(signal.ValidUntil?.UtcTicks ?? 0);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        return buffer.WrittenSpan.ToArray();
    }

    static ImmutableArray<Signal> Signals(string text)
    {
        using var json = JsonDocument.Parse(text);
        return
        [
            .. json.RootElement.EnumerateArray().Select(s => new Signal(
                s[0].GetString()!, SeverityNames.TryParse(s[1].GetString()!, out var severity) ? severity : Severity.Warning, Ticks(s[2])!.Value, Ticks(s[3])!.Value, Ticks(s[4]), Ticks(s[5]),
                // An older version did not ask.
                s.GetArrayLength() > 6 ? Ticks(s[6]) : null)),
        ];
    }

    static DateTimeOffset? Ticks(JsonElement element) => element.GetInt64() is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    static long? Milliseconds(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();

    static ReadOnlyMemory<byte> Text(byte[] utf8) => utf8;

    static int Bit(Incident incident, IncidentFlags flag) => incident.Flags.HasFlag(flag) ? 1 : 0;
}
