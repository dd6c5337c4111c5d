using System.Text;
using System.Text.Json;

namespace Verolux.Exporter.Tests.Alerts;

/// <summary>Webhook bodies as Alertmanager sends them, with what a test is about changed.</summary>
static class Bodies
{
    public const string Labels = """{"alertname":"DiskFull","path":"/recordings","severity":"warning"}""";

    public const string Fingerprint = "2d51927bce8169b0";

    /// <param name="labels">JSON.</param>
    /// <param name="start">JSON, such as a text in quotes.</param>
    /// <param name="more">Further fields of the alert, each with a comma before it.</param>
    public static string Alert(
        string labels = Labels, string status = "firing", string fingerprint = Fingerprint, string start = "\"2026-11-24T10:00:00.123Z\"", string end = "\"0001-01-01T00:00:00Z\"", string more = "") =>
        $$"""
        {"status":"{{status}}","labels":{{labels}},"annotations":{"summary":"nearly full"},"startsAt":{{start}},"endsAt":{{end}},"generatorURL":"http://prom/graph?g0.expr=x","fingerprint":"{{fingerprint}}"{{more}}}
        """;

    public static string Resolved(string labels = Labels, string fingerprint = Fingerprint, string start = "\"2026-11-24T10:00:00.123Z\"", string end = "\"2026-11-24T10:20:00Z\"") =>
        Alert(labels, "resolved", fingerprint, start, end);

    public static string Of(params IEnumerable<string> alerts) => With("", alerts);

    /// <param name="more">Further fields of the body, each with a comma after it.</param>
    public static string With(string more, params IEnumerable<string> alerts) =>
        $$"""
        {"receiver":"verolux\\.exporter","status":"firing",{{more}}"alerts":[{{string.Join(',', alerts)}}],"groupLabels":{"alertname":"DiskFull"},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://am:9093","version":"4","groupKey":"{}:{alertname=\"DiskFull\"}","truncatedAlerts":0}
        """;

    /// <summary>Labels in the order given, as JSON.</summary>
    public static string LabelsOf(params IEnumerable<(string Name, string Value)> labels) =>
        "{" + string.Join(',', labels.Select(l => $"{JsonSerializer.Serialize(l.Name)}:{JsonSerializer.Serialize(l.Value)}")) + "}";

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
