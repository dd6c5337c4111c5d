using System.Buffers;
using System.Text.Json;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Triage;

/// <summary>A <see cref="Verdict"/> as it is stored with its incident and told to tools: an object, the same in both.</summary>
static class VerdictJson
{
    public static byte[] Write(Verdict verdict)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("at", Rfc3339.Milliseconds(verdict.At));
            json.WriteString("scenario_title", verdict.Weighing.Likeliest?.Scenario.Title);
            json.WriteStartArray("looks");
            foreach (var look in verdict.Looks)
                Write(json, look);
            json.WriteEndArray();
            json.WriteStartArray("scenarios");
            foreach (var weighed in verdict.Weighing.Scenarios)
                Write(json, weighed);
            json.WriteEndArray();
            json.WriteStartArray("findings");
            foreach (var finding in verdict.Findings)
                Write(json, finding);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    static void Write(Utf8JsonWriter json, Looked look)
    {
        json.WriteStartObject();
        json.WriteString("slice", look.Slice);
        json.WriteString("target", look.Name);
        json.WriteString("at", Rfc3339.Milliseconds(look.Seen.At));
        json.WriteString("reason", look.Seen.Failure?.Reason.Name);
        json.WriteString("detail", look.Seen.Failure is { } failure ? Printable.Line(failure.Detail) : null);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, WeighedScenario weighed)
    {
        json.WriteStartObject();
        json.WriteString("id", weighed.Scenario.Id);
        json.WriteString("title", weighed.Scenario.Title);
        json.WriteString("answer", weighed.Answer switch { Answer.Yes => "yes", Answer.No => "no", _ => "unknown" });
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("metric", finding.Observation.Metric);
        json.WriteStartObject("labels");
        foreach (var (name, value) in finding.Observation.Labels.Where(l => l.Value.Length > 0))
            json.WriteString(name, value);
        json.WriteEndObject();
        WriteNumber(json, "value", finding.Observation.Value);
        if (finding.Age is { } age)
            WriteNumber(json, "age_seconds", age);
        json.WriteString("text", Printable.Line(finding.Text()));
        json.WriteEndObject();
    }

    /// <summary>JSON has no infinity, and a hostile answer may have made one.</summary>
    static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
