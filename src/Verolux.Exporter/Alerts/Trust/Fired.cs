using System.Globalization;
using System.Text.Json;
using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Alerts.Trust;

/// <summary>A time for which an alert fired, as Prometheus remembers it.</summary>
/// <param name="Labels">Without those that only Prometheus' own series has.</param>
/// <param name="StartsAt">The first evaluation of its rule in that time that found it.</param>
/// <param name="EndsAt">The last one.</param>
sealed record Fired(IReadOnlyDictionary<string, string> Labels, DateTimeOffset StartsAt, DateTimeOffset EndsAt)
{
    /// <summary>
    /// What is asked for over a time (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/#inspecting-alerts-during-runtime): every sample, for
    /// what was short would fall between the steps of a coarser look.
    /// </summary>
    public const string Query = """ALERTS{alertstate="firing",severity!="none",component!="verolux-exporter"}""";

    public string AlertName => Labels["alertname"];

    /// <summary>Reads an answer of <c>/api/v1/query</c> for samples over a time.</summary>
    /// <returns>What ended before <paramref name="until"/>; what goes on then is told by others. A break that makes no other incident is none.</returns>
    /// <exception cref="FormatException">It is none; the message says what it is instead.</exception>
    public static IReadOnlyList<Fired> Read(ReadOnlyMemory<byte> answer, DateTimeOffset until)
    {
        var all = new List<Fired>();
        try
        {
            using var json = JsonDocument.Parse(answer);
            foreach (var series in json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray())
            {
                var labels = series.GetProperty("metric").EnumerateObject().Where(l => l.Name is not ("__name__" or "alertstate")).ToDictionary(l => l.Name, l => l.Value.GetString()!);
                if (!labels.TryGetValue("alertname", out var name) || Drill.Is(name))
                    continue;
                (DateTimeOffset First, DateTimeOffset Last)? run = null;
                foreach (var value in series.GetProperty("values").EnumerateArray())
                {
                    var at = DateTimeOffset.FromUnixTimeMilliseconds((long)(value[0].GetDouble() * 1000));
                    if (run is { } over && at - over.Last > Episode.ReopenWindow)
                        all.Add(new Fired(labels, over.First, over.Last));
                    run = run is { } goes && at - goes.Last <= Episode.ReopenWindow ? (goes.First, at) : (at, at);
                }
                if (run is { } last && last.Last < until)
                    all.Add(new Fired(labels, last.First, last.Last));
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            throw new FormatException("it is no answer of Prometheus' query", error);
        }
        return all;
    }

    /// <summary>The end of it as Alertmanager would send it.</summary>
    /// <param name="site">Of an alert that names none.</param>
    public void Write(Utf8JsonWriter json, string site)
    {
        json.WriteStartObject();
        json.WriteString("status", "resolved");
        json.WriteStartObject("labels");
        foreach (var (name, value) in Labels)
            json.WriteString(name, value);
        if (!Labels.ContainsKey("site"))
            json.WriteString("site", site);
        json.WriteEndObject();
        json.WriteStartObject("annotations");
        json.WriteString("summary", $"{AlertName} fired and ended while the exporter was away{(Text is { Length: > 0 } text ? $": {text}" : "")}");
        json.WriteEndObject();
        json.WriteString("startsAt", Rfc3339.Milliseconds(StartsAt));
        json.WriteString("endsAt", Rfc3339.Milliseconds(EndsAt));
        json.WriteEndObject();
    }

    /// <summary>On one line: which, what it was about and when.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{AlertName}{(Text.Length > 0 ? $" ({Text})" : "")} {StartsAt.UtcDateTime:HH:mm}-{EndsAt.UtcDateTime:HH:mm} UTC");

    string Text => Delivery.Page.SubjectOf(Labels);
}
