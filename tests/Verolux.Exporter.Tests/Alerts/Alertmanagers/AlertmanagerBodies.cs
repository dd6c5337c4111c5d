namespace Verolux.Exporter.Tests.Alerts.Alertmanagers;

/// <summary>Alerts as Alertmanager's API tells them.</summary>
static class AlertmanagerBodies
{
    public const string Labels = "\"alertname\":\"DiskFull\",\"path\":\"/recordings\",\"severity\":\"warning\"";

    /// <param name="labels">JSON without its braces.</param>
    /// <param name="muted">JSON: fields of the status.</param>
    public static string Alert(
        string fingerprint = "2d51927bce8169b0", string labels = Labels, string muted = "\"inhibitedBy\":[],\"mutedBy\":[],\"silencedBy\":[]", string receivers = "[{\"name\":\"us\"},{\"name\":\"others\"}]",
        string starts = "\"2026-11-24T10:00:00.123Z\"", string ends = "\"2026-11-24T10:09:00.000Z\"", string updated = "\"2026-11-24T10:05:00.000Z\"") =>
        $$$"""
        {"annotations":{"summary":"nearly full"},"endsAt":{{{ends}}},"fingerprint":"{{{fingerprint}}}","receivers":{{{receivers}}},"startsAt":{{{starts}}},"status":{{{{muted}}},"state":"active"},"updatedAt":{{{updated}}},"generatorURL":"http://prom/graph?g0.expr=x","labels":{{{{labels}}}}}
        """;
}
