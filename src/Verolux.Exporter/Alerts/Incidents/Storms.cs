using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>
/// Tells when so many incidents of one alert open that a page for each would help nobody: the first <see cref="OwnPages"/> within <see cref="Window"/> have one
/// of their own, what comes beyond shares the page of one storm. Used by the writing task alone.
/// </summary>
sealed class Storms
{
    public const int OwnPages = 20;
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    /// <summary>How long a storm's page waits for what belongs to it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Names come from outside; beyond so many the quiet ones are forgotten.</summary>
    const int MostNames = 1000;

    readonly Dictionary<string, Queue<DateTimeOffset>> recent = [];
    readonly Dictionary<string, Incident> open = [];

    public void Clear()
    {
        recent.Clear();
        open.Clear();
    }

    /// <summary>Counts an incident that opens.</summary>
    /// <returns>Whether it is one too many for a page of its own.</returns>
    public bool Count(string alertName, DateTimeOffset openedAt)
    {
        if (!recent.TryGetValue(alertName, out var times))
        {
            if (recent.Count >= MostNames)
                Prune(openedAt);
            recent[alertName] = times = new Queue<DateTimeOffset>();
        }
        while (times.TryPeek(out var first) && openedAt - first >= Window)
            times.Dequeue();
        // More than can matter need not be remembered.
        if (times.Count > OwnPages)
            times.Dequeue();
        times.Enqueue(openedAt);
        return times.Count > OwnPages;
    }

    /// <summary>The storm of an alert that goes on; null where there is none.</summary>
    public Incident? Of(string alertName) => open.GetValueOrDefault(alertName);

    public void Add(Incident storm) => open[storm.AlertName] = storm;

    public void End(Incident storm)
    {
        if (open.GetValueOrDefault(storm.AlertName) == storm)
            open.Remove(storm.AlertName);
    }

    /// <summary>The incident whose page a storm shares, not stored yet.</summary>
    /// <param name="first">The first incident without a page of its own.</param>
    public static Incident Begin(Incident first, DateTimeOffset now) => new()
    {
        IsStorm = true,
        Series = SeriesKey.From(SHA256.HashData(Encoding.UTF8.GetBytes($"storm\n{first.AlertName}\n{now.UtcTicks}\n{Guid.NewGuid()}"))),
        AlertName = first.AlertName,
        Site = first.Site,
        Slo = first.Slo,
        Match = first.Match,
        RunbookUrl = first.RunbookUrl,
        Episode = new Episode([new Signal("storm", first.Severity, now, now)], IncidentState.Firing, null),
        Severity = first.Severity,
        StartsAt = first.StartsAt,
        OpenedAt = now,
        UpdatedAt = now,
        ResponseSla = first.ResponseSla,
        RespondBy = first.RespondBy,
        Fingerprint = "",
        Alert = Alert(first),
    };

    /// <summary>Of what it is about, in the form of an alert.</summary>
    static byte[] Alert(Incident first)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("status", "firing");
            json.WriteStartObject("labels");
            json.WriteString("alertname", first.AlertName);
            json.WriteString("severity", first.Severity.Label());
            if (first.Site.Length > 0)
                json.WriteString("site", first.Site);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    void Prune(DateTimeOffset now)
    {
        foreach (var (name, times) in recent.ToList())
        {
            if (!times.TryPeek(out _) || now - times.Last() >= Window)
                recent.Remove(name);
        }
    }
}
