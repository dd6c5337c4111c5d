using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>Stands between the exporter and an Alertmanager that it asks: knows when it has asked, and may spoil what it is told.</summary>
sealed class AskedThrough : IAsyncDisposable
{
    readonly WebApplication app;
    readonly HttpClient client = new();
    readonly string target;
    int looks;
    int underWay;

    AskedThrough(WebApplication app, string target) => (this.app, this.target) = (app, target);

    /// <summary>Without a slash at the end.</summary>
    public string Url => app.Urls.Single();

    /// <summary>How often it was asked for alerts, with which every look begins.</summary>
    public int Looks => Volatile.Read(ref looks);

    public bool IsQuiet => Volatile.Read(ref underWay) == 0;

    /// <summary>What is made of an answer, by the path that was asked for: its status and its body.</summary>
    public Func<string, int, string, (int Status, string Body)> Spoil { get; set; } = (_, status, body) => (status, body);

    /// <param name="target">Without a slash at the end.</param>
    public static async Task<AskedThrough> StartAsync(string target, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var through = new AskedThrough(app, target);
        app.Run(through.PassAsync);
        await app.StartAsync(cancellation);
        return through;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        client.Dispose();
    }

    async Task PassAsync(HttpContext context)
    {
        Interlocked.Increment(ref underWay);
        var path = context.Request.Path.Value!;
        if (path.EndsWith("/alerts", StringComparison.Ordinal))
            Interlocked.Increment(ref looks);
        try
        {
            using var answer = await client.GetAsync(target + context.Request.GetEncodedPathAndQuery(), context.RequestAborted);
            var (status, body) = Spoil(path, (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(context.RequestAborted));
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            if (answer.Headers.Date is { } date)
                context.Response.GetTypedHeaders().Date = date;
            await context.Response.WriteAsync(body, context.RequestAborted);
        }
        catch (HttpRequestException)
        {
            // Nobody is there: neither is this.
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }
    }
}
