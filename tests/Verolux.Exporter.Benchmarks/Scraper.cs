using System.Net.Http.Headers;

namespace Verolux.Exporter.Benchmarks;

enum ScrapeFormat
{
    Text,
    Gzip,

    /// <summary>With gzip, which is what Prometheus itself asks for. A program that does not have the format answers in the text format.</summary>
    OpenMetrics,
}

/// <summary>A client that scrapes as Prometheus does, on one connection, and reads every byte without unpacking it.</summary>
sealed class Scraper : IDisposable
{
    readonly HttpClient http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false }) { Timeout = TimeSpan.FromMinutes(1) };
    readonly byte[] buffer = new byte[256 * 1024];

    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> ScrapeAsync(Uri url, ScrapeFormat format, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url, "metrics"));
        request.Headers.Accept.ParseAdd(format == ScrapeFormat.OpenMetrics ? "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1" : "text/plain;version=0.0.4");
        if (format != ScrapeFormat.Text)
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        var start = TimeProvider.System.GetTimestamp();
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        Check(response, format);
        using var body = await response.Content.ReadAsStreamAsync(cancellation);
        while (await body.ReadAsync(buffer, cancellation) > 0)
        {
        }
        return TimeProvider.System.GetElapsedTime(start);
    }

    /// <returns>The lines of the page in the text format.</returns>
    public async Task<string[]> PageAsync(Uri url, CancellationToken cancellation) => (await http.GetStringAsync(new Uri(url, "metrics"), cancellation)).Split('\n');

    public async Task PutAsync(Uri url, string text, CancellationToken cancellation)
    {
        using var content = new StringContent(text);
        using var response = await http.PutAsync(url, content, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new BenchmarkException($"{url} answered {response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellation)}");
    }

    public void Dispose() => http.Dispose();

    static void Check(HttpResponseMessage response, ScrapeFormat format)
    {
        response.EnsureSuccessStatusCode();
        if (response.Content.Headers.ContentEncoding.Contains("gzip") != (format != ScrapeFormat.Text)
            || (format != ScrapeFormat.OpenMetrics && response.Content.Headers.ContentType?.MediaType != "text/plain"))
        {
            throw new BenchmarkException($"{response.RequestMessage?.RequestUri} did not answer in the format {format}");
        }
    }
}
