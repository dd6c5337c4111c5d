using System.Globalization;

namespace Verolux.Exporter.Benchmarks;

/// <summary>Groups of alerts, the same ones in the form in which Alertmanager takes them and in the form in which it sends them on. Each is one line.</summary>
sealed class AlertPayloads(DateTimeOffset now)
{
    const string Generator = "\"generatorURL\":\"http://127.0.0.1:9090/graph?g0.expr=verolux_storage_used_ratio+%3E+0.85&g0.tab=1\"";

    /// <summary>Stands for ten characters that make the alert of this number in its group unlike every other.</summary>
    /// <param name="number">0 to 99.</param>
    public static string Hole(int number) => string.Create(CultureInfo.InvariantCulture, $"@@@@@@@@{number:00}");

    /// <summary>The body of Alertmanager's <c>POST /api/v2/alerts</c>, as Prometheus sends it.</summary>
    public string ToAlertmanager(IEnumerable<string> ids) => $"[{string.Join(',', ids.Select(id => $$"""
        {{{Labels(id)}},{{Annotations(id)}},"startsAt":"{{Time(now)}}","endsAt":"{{Time(now.AddHours(1))}}",{{Generator}}}
        """))}]";

    /// <summary>The body of Alertmanager's webhook, version 4.</summary>
    public string ToWebhook(IEnumerable<string> ids) => $$$"""
        {"receiver":"verolux-exporter","status":"firing","alerts":[{{{string.Join(',', ids.Select(id => $$"""
        {"status":"firing",{{Labels(id)}},{{Annotations(id)}},"startsAt":"{{Time(now)}}","endsAt":"0001-01-01T00:00:00Z",{{Generator}},"fingerprint":"000000{{id}}"}
        """))}}}],"groupLabels":{"alertname":"StorageNearFull","site":"main"},"commonLabels":{"alertname":"StorageNearFull","job":"verolux","instance":"127.0.0.1:9877","severity":"warning","site":"main","team":"sre"},"commonAnnotations":{"runbook_url":"http://127.0.0.1:9877/runbooks/RUNBOOK_STORAGE_FULL"},"externalURL":"http://127.0.0.1:9093","version":"4","groupKey":"{}:{alertname=\"StorageNearFull\", site=\"main\"}","truncatedAlerts":0}
        """;

    static string Labels(string id) => $$"""
        "labels":{"alertname":"StorageNearFull","host":"recorder-3","instance":"127.0.0.1:9877","job":"verolux","path":"/recordings/{{id}}","severity":"warning","site":"main","team":"sre"}
        """;

    static string Annotations(string id) => $$"""
        "annotations":{"dashboard_url":"http://127.0.0.1:3000/d/verolux-storage?var-site=main&var-path=%2Frecordings%2F{{id}}","description":"Storage /recordings/{{id}} at site main is 91% full (threshold 85%).","runbook_url":"http://127.0.0.1:9877/runbooks/RUNBOOK_STORAGE_FULL","summary":"Storage /recordings/{{id}} at site main is nearly full."}
        """;

    static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
