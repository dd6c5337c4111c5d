using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Collecting;

[CancelAfter(60_000)]
public class ScrapeEndpointTests
{
    const string Text = "text/plain; version=0.0.4; charset=utf-8";
    const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    static readonly Uri Metrics = new("/metrics", UriKind.Relative);
    ExporterHost exporter = null!;

    [OneTimeSetUp]
    public async Task Start() => exporter = await ExporterHost.StartAsync("storage: { targets: [{ path: / }] }");

    [OneTimeTearDown]
    public ValueTask Stop() => exporter.DisposeAsync();

    async Task<HttpResponseMessage> Get(string? accept, string? encoding, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Metrics);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        if (encoding is not null)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
        return await exporter.Client.SendAsync(request, cancellationToken);
    }

    // The first two are what Prometheus 2 and 3 send.
    [TestCase("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OpenMetrics)]
    [TestCase("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", OpenMetrics)]
    [TestCase("application/openmetrics-text", OpenMetrics)]
    [TestCase("text/plain;q=0.9,application/openmetrics-text;q=0.2", Text)]
    [TestCase("application/openmetrics-text;q=0", Text)]
    [TestCase("text/html,application/xhtml+xml,*/*;q=0.8", Text)]
    [TestCase("*/*", Text)]
    [TestCase(";;;", Text)]
    [TestCase("", Text)]
    [TestCase(null, Text)]
    public async Task The_format_is_what_the_caller_prefers(string? accept, string contentType, CancellationToken cancellationToken)
    {
        using var answer = await Get(accept, null, cancellationToken);
        var page = await answer.Content.ReadAsStringAsync(cancellationToken);

        Assert.That(answer.Content.Headers.ContentType?.ToString(), Is.EqualTo(contentType));
        Assert.That(page.EndsWith("# EOF\n"), Is.EqualTo(contentType == OpenMetrics));
        Assert.That(page, Does.Contain(contentType == OpenMetrics ? "# TYPE verolux_exporter_looks_abandoned counter" : "# TYPE verolux_exporter_looks_abandoned_total counter"));
        Assert.That(page, Does.Contain("verolux_exporter_looks_abandoned_total{site=\"north\"} 0"));
    }

    [Test]
    public async Task A_page_is_compressed_when_asked(CancellationToken cancellationToken)
    {
        using var plain = await Get(null, null, cancellationToken);
        using var zipped = await Get("application/openmetrics-text", "gzip", cancellationToken);
        Assert.That(plain.Content.Headers.ContentEncoding, Is.Empty);
        Assert.That(zipped.Content.Headers.ContentEncoding, Is.EqualTo(new[] { "gzip" }));

        await using var unzipping = new GZipStream(await zipped.Content.ReadAsStreamAsync(cancellationToken), CompressionMode.Decompress);
        using var reader = new StreamReader(unzipping);
        Assert.That(await reader.ReadToEndAsync(cancellationToken), Does.EndWith("# EOF\n"));
    }

    [Test]
    public async Task Promtool_finds_nothing_to_say_about_the_page(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var page = folder.Write("page", (await exporter.ScrapeAsync(cancellationToken)).Text);
        var (exitCode, output) = Command.Run("sh", "-c", "promtool check metrics < \"$0\"", page);
        Assert.That((exitCode, output), Is.EqualTo((0, "")));
    }

    [Test]
    public async Task A_large_page_arrives_whole(CancellationToken cancellationToken)
    {
        await using var service = await Alone.StartAsync();
        await service.Series.Open().ReplaceAsync([.. Enumerable.Range(0, 5000).Select(i => Things.Of(Things.Value, i, $"thing-{i}"))]);

        var page = new Exposition(await service.Client.GetStringAsync(Metrics, cancellationToken));
        Assert.That(page.Of("verolux_thing_value").Order(), Is.EqualTo(Enumerable.Range(0, 5000)));
        Assert.That(page.Text, Has.Length.GreaterThan(3 * 64 * 1024), "it fits in the first pieces");
    }

    [Test]
    public async Task Scrapes_beyond_the_bound_are_told_to_come_again_and_counted(CancellationToken cancellationToken)
    {
        await using var service = await Alone.StartAsync();
        using var held = new HeldPage();
        var writing = held.WriteAsync(service.Series);
        var served = Enumerable.Range(0, ScrapeEndpoint.MostConcurrent).Select(_ => service.Client.GetAsync(Metrics, cancellationToken)).ToList();
        for (var i = 0; i < served.Count; i++)
            await service.Arrived.WaitAsync(cancellationToken);
        using var refused = await service.Client.GetAsync(Metrics, cancellationToken);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));

        held.Release();
        await writing;
        foreach (var answer in await Task.WhenAll(served))
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var page = new Exposition(await service.Client.GetStringAsync(Metrics, cancellationToken));
        Assert.That(page["""verolux_exporter_scrapes_rejected_total{site="north"}"""], Is.EqualTo(1));
    }

    /// <summary>The endpoint without the rest of the service, with its series at hand.</summary>
    sealed class Alone : IAsyncDisposable
    {
        readonly WebApplication app;

        Alone()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            var endpoint = new ScrapeEndpoint(Series, new ExporterMetrics(Series));
            app.Run(context =>
            {
                var serving = endpoint.ServeAsync(context);
                Arrived.Release();
                return serving;
            });
        }

        public Series Series { get; } = new("north");

        /// <summary>Once for each request that is being served or was refused.</summary>
        public SemaphoreSlim Arrived { get; } = new(0);

        public HttpClient Client { get; } = new();

        public static async Task<Alone> StartAsync()
        {
            var alone = new Alone();
            await alone.app.StartAsync();
            alone.Client.BaseAddress = new Uri(alone.app.Urls.Single());
            return alone;
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await app.DisposeAsync();
        }
    }
}
