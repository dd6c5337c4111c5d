using System.Globalization;
using System.Text.Json;

namespace Verolux.Exporter.Alerts.Api;

/// <summary>What share of its error budget an objective had left at a site, by Prometheus.</summary>
/// <param name="Problem">Why nobody knows; null where it is known.</param>
sealed record BudgetLeft(double? Before, double? After, string? Problem);

/// <summary>
/// Asks Prometheus (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries) for what the recording rules of <c>slo.rules.yml</c> say.
/// </summary>
/// <param name="prometheus">Ends with a slash.</param>
sealed class ErrorBudget(Uri prometheus) : IDisposable
{
    const string Metric = "site_slo:verolux_slo_budget_remaining:ratio30d";
    const int LargestAnswer = 1024 * 1024;

    readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        BaseAddress = prometheus,
        Timeout = TimeSpan.FromSeconds(5),
        MaxResponseContentBufferSize = LargestAnswer,
    };

    /// <summary>Before an incident and after it, or now while it goes on.</summary>
    public async Task<BudgetLeft> ReadAsync(string slo, string site, DateTimeOffset before, DateTimeOffset after, CancellationToken cancellation)
    {
        try
        {
            return new BudgetLeft(await ReadAsync(slo, site, before, cancellation), await ReadAsync(slo, site, after, cancellation), null);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or InvalidOperationException or KeyNotFoundException or FormatException || (error is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return new BudgetLeft(null, null, error is TaskCanceledException ? "Prometheus did not answer within 5 s" : $"Prometheus could not be asked: {error.Message}");
        }
    }

    public void Dispose() => client.Dispose();

    /// <returns>Null where Prometheus had no value then.</returns>
    async Task<double?> ReadAsync(string slo, string site, DateTimeOffset at, CancellationToken cancellation)
    {
        var query = $"{Metric}{{slo={Quoted(slo)},site={Quoted(site)}}}";
        var time = (at.ToUnixTimeMilliseconds() / 1000.0).ToString(CultureInfo.InvariantCulture);
        var body = await client.GetByteArrayAsync(new Uri($"api/v1/query?query={Uri.EscapeDataString(query)}&time={time}", UriKind.Relative), cancellation);
        using var json = JsonDocument.Parse(body);
        foreach (var series in json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray())
        {
            // Time and value.
            if (series.GetProperty("value").EnumerateArray().ToArray() is not [_, var text])
                throw new FormatException("a value of it is no pair");
            if (double.Parse(text.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture) is var value && double.IsFinite(value))
                return value;
        }
        return null;
    }

    /// <summary>A string of PromQL, whatever it holds: a site comes with an alert.</summary>
    static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
