using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts;

/// <summary>A whole exporter whose only runbook is for the warning DiskFull.</summary>
sealed class RunningExporter : IAsyncDisposable
{
    readonly ExporterHost host;

    RunningExporter(ExporterHost host, string store) => (this.host, StorePath) = (host, store);

    public HttpClient Client => host.Client;

    public string StorePath { get; }

    /// <param name="folder">Gets the configuration, the runbooks and, unless it is told otherwise, the store; without one, the exporter has one of its own.</param>
    /// <param name="yaml">Sections beside listen, site, runbooks and alerts.</param>
    /// <param name="store">Full path; where the store is.</param>
    /// <param name="runbooks">Their folder, in the place of the one runbook.</param>
    /// <param name="alerts">Further keys of the section alerts, in one line.</param>
    public static async Task<RunningExporter> StartAsync(TemporaryFolder? folder = null, TimeProvider? time = null, string yaml = "", string? store = null, string alerts = "", string? runbooks = null)
    {
        var owned = folder is null ? folder = new TemporaryFolder() : null;
        Directory.CreateDirectory(folder["runbooks"]);
        folder.Write("runbooks/README.md", RunbookFolder.Readme + RunbookFolder.Tree("RUNBOOK_DISK"));
        folder.Write("runbooks/RUNBOOK_DISK.md", RunbookFolder.Sound);
        store ??= folder["verolux.db"];
        var file = folder.Write("verolux.yml", $$"""
            listen: 127.0.0.1:0
            public_url: http://exporter
            site: north
            runbooks: { path: {{runbooks ?? folder["runbooks"]}} }
            alerts: { store: {{store}}{{(alerts.Length > 0 ? $", {alerts}" : "")}} }
            {{yaml}}
            """);
        return new RunningExporter(await ExporterHost.ReadAsync(file, time ?? TimeProvider.System, owned), store);
    }

    public Task<(int Status, string Body)> PostAsync(string body, string path = "/api/v1/alertmanager", string? token = null) => PostAsync(new StringContent(body, Encoding.UTF8, "application/json"), path, token);

    public async Task<(int Status, string Body)> PostAsync(HttpContent body, string path = "/api/v1/alertmanager", string? token = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using var response = await Client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The answer to alerts that are taken, one object each.</summary>
    public async Task<IReadOnlyList<JsonElement>> ReceiptsAsync(params IEnumerable<string> alerts)
    {
        var (status, body) = await PostAsync(Bodies.Of(alerts));
        Assert.That(status, Is.EqualTo(200), body);
        return [.. JsonElement.Parse(body).GetProperty("alerts").EnumerateArray()];
    }

    /// <summary>The value of a series without the label site, or null where it is absent.</summary>
    public async Task<string?> MetricAsync(string series)
    {
        var page = await Client.GetStringAsync("/metrics");
        return page.Split('\n').Select(l => l.Replace("site=\"north\",", "").Replace(",site=\"north\"", "").Replace("{site=\"north\"}", ""))
            .FirstOrDefault(l => l.StartsWith(series + " ", StringComparison.Ordinal))?[(series.Length + 1)..];
    }

    public IReadOnlyList<string> Rows(string sql) => StoreReading.Rows(StorePath, sql);

    public ValueTask DisposeAsync() => host.DisposeAsync();
}
