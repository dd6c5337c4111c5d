using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Verolux.Exporter.Site;

namespace Verolux.Exporter.Tests.Support;

/// <summary>One request and its answer.</summary>
sealed record Exchange(string Path, IReadOnlyDictionary<string, string> RequestHeaders, string RequestBody, int Status, string ContentType, string ResponseBody);

/// <summary>
/// Stands on a loopback port between two real programs and keeps what passes. Asks for no compression, whoever calls, so that what it keeps is readable.
/// </summary>
sealed class RecordingProxy : IAsyncDisposable
{
    static readonly string[] NotPassedOn = ["Host", "Connection", "Content-Length", "Content-Type", "Transfer-Encoding", "Accept-Encoding"];

    readonly WebApplication app;
    readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    readonly string target;

    RecordingProxy(WebApplication app, string target) => (this.app, this.target) = (app, target);

    public Journal<Exchange> Exchanges { get; } = new();

    /// <summary>Without a slash at the end.</summary>
    public string Url => app.Urls.Single();

    /// <param name="target">Whom to pass on to, without a slash at the end.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    public static async Task<RecordingProxy> StartAsync(string target, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var proxy = new RecordingProxy(app, target);
        app.Run(proxy.PassAsync);
        await app.StartAsync(cancellationToken);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(true));
        await app.DisposeAsync();
        client.Dispose();
    }

    async Task PassAsync(HttpContext context)
    {
        var path = context.Request.GetEncodedPathAndQuery();
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(target + path));
        if (context.Request.ContentType is { } type)
        {
            request.Content = new StringContent(body);
            request.Content.Headers.Remove("Content-Type");
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers.Where(h => !NotPassedOn.Contains(h.Key, StringComparer.OrdinalIgnoreCase)))
            request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using var response = await client.SendAsync(request, context.RequestAborted);
            var answer = await response.Content.ReadAsStringAsync(context.RequestAborted);
            Exchanges.Add(new Exchange(path, headers, body, (int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "", answer));
            context.Response.StatusCode = (int)response.StatusCode;
            context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
            await context.Response.WriteAsync(answer, context.RequestAborted);
        }
        catch (HttpRequestException)
        {
            // Nobody listens behind it: what the caller sees then, too.
            context.Abort();
        }
    }
}
