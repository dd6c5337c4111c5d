using System.Globalization;
using System.Text.Json;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

sealed record QueryResult(IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>The real Prometheus on a loopback port.</summary>
sealed class PrometheusServer : IAsyncDisposable
{
    readonly HttpClient client = new();

    PrometheusServer(RunningProgram program, string url) => (Program, Url) = (program, url);

    public RunningProgram Program { get; }

    /// <summary>Without a slash at the end.</summary>
    public string Url { get; }

    public static Task<PrometheusServer> StartAsync(string configFile, string workFolder, CancellationToken cancellationToken) =>
        StartAsync(configFile, workFolder, FreePort.Next(), [], cancellationToken);

    /// <param name="port">For a configuration that has Prometheus scrape itself.</param>
    /// <param name="more">Further arguments of its command line.</param>
    public static async Task<PrometheusServer> StartAsync(
        string configFile, string workFolder, int port, IEnumerable<string> more, CancellationToken cancellationToken, Versions versions = Versions.Oldest)
    {
        var address = $"127.0.0.1:{port}";
        var program = RunningProgram.Start(
            versions.Program("prometheus"),
            [
                $"--config.file={configFile}",
                $"--storage.tsdb.path={Path.Combine(workFolder, "prometheus")}",
                $"--web.listen-address={address}",
                "--web.enable-lifecycle",
                .. more,
            ],
            workingFolder: workFolder);
        var server = new PrometheusServer(program, $"http://{address}");
        try
        {
            await Readiness.UntilAnswersAsync(server.client, new Uri($"{server.Url}/-/ready"), program, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The newest values of an instant vector; a scalar is one value without labels.</summary>
    public async Task<IReadOnlyList<QueryResult>> QueryAsync(string promql, CancellationToken cancellationToken)
    {
        using var response = await client.GetAsync(new Uri($"{Url}/api/v1/query?query={Uri.EscapeDataString(promql)}"), cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new AssertionException($"{promql}: {text}");
        using var json = JsonDocument.Parse(text);
        var data = json.RootElement.GetProperty("data");
        var result = data.GetProperty("result");
        return data.GetProperty("resultType").GetString() switch
        {
            "vector" => [.. result.EnumerateArray().Select(one => new QueryResult(Labels(one.GetProperty("metric")), Value(one.GetProperty("value"))))],
            "scalar" => [new QueryResult(new Dictionary<string, string>(), Value(result))],
            var other => throw new AssertionException($"{promql} is a {other}, not an instant vector"),
        };
    }

    /// <summary>The answer of another part of the API, such as <c>series?match[]=up</c>.</summary>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var json = JsonDocument.Parse(await client.GetStringAsync(new Uri($"{Url}/api/v1/{path}"), cancellationToken));
        return json.RootElement.GetProperty("data").Clone();
    }

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        client.Dispose();
    }

    static Dictionary<string, string> Labels(JsonElement metric) => metric.EnumerateObject().ToDictionary(l => l.Name, l => l.Value.GetString()!);

    // [time, "value"]; the infinities and NaN are written Go's way.
    static double Value(JsonElement sample) => sample[1].GetString() switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        var number => double.Parse(number!, CultureInfo.InvariantCulture),
    };
}
