using System.Globalization;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>
/// Counters that are committed together with what they count: no restart resets them, no roll-back and no second delivery counts twice, and no retention lowers
/// them. The names are those of the metrics.
/// </summary>
/// <param name="counted">Told on the writing task, once it is on the disk.</param>
sealed class Tallies(Action<Tally> counted)
{
    public const string SlaOutcomes = "verolux_sla_incidents_total";
    public const string Responses = "verolux_sla_response_seconds";
    public const string Resolutions = "verolux_sla_resolution_seconds";
    public const string Escalations = "verolux_escalations_total";
    public const string Acknowledgements = "verolux_acks_total";
    public const string Unmatched = "verolux_acks_unmatched_total";
    public const string Reconciled = "verolux_reconciled_total";
    public const string Feedback = "verolux_runbook_feedback_total";

    /// <summary>Upper bounds of the histograms' buckets: a minute to a day, with the response times of the shipped policy among them.</summary>
    public static readonly double[] Seconds = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];

    /// <summary>Adds one to a counter.</summary>
    public void Count(Session session, string metric, string first = "", string second = "") => Add(session, metric, first, second, 1);

    /// <summary>Adds a duration to a histogram. A clock that was set back makes it nothing, never less.</summary>
    public void Observe(Session session, string metric, string first, TimeSpan value)
    {
        var seconds = Math.Max(0, value.TotalSeconds);
        var bucket = Array.FindIndex(Seconds, bound => seconds <= bound);
        Add(session, metric, first, bucket < 0 ? "+Inf" : Seconds[bucket].ToString(CultureInfo.InvariantCulture), seconds);
    }

    /// <summary>Tells of everything that was counted before this process started.</summary>
    public void Restore(Session session)
    {
        using var rows = session.Query("SELECT metric, first, second, count, sum FROM tallies");
        while (rows.Read())
            counted(new Tally(rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetInt64(3), rows.GetDouble(4)));
    }

    void Add(Session session, string metric, string first, string second, double value)
    {
        session.Execute(
            "INSERT INTO tallies (metric, first, second, count, sum) VALUES ($1, $2, $3, 1, $4) ON CONFLICT DO UPDATE SET count = count + 1, sum = sum + excluded.sum",
            metric, first, second, value);
        session.Afterwards(() => counted(new Tally(metric, first, second, 1, value)));
    }
}

/// <param name="First">The value of the metric's first label, empty where it has none.</param>
/// <param name="Second">That of its second label, empty where it has one; of a histogram the bucket, whose mean tells its values again without moving their sum.</param>
readonly record struct Tally(string Metric, string First, string Second, long Count, double Sum);
