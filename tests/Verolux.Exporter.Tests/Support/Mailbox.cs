using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Verolux.Exporter.Site;

namespace Verolux.Exporter.Tests.Support;

/// <summary>What was posted to an address.</summary>
sealed record Posted(string Path, JsonElement Json);

/// <summary>Takes whatever JSON is posted to it, answers as Slack's webhooks do, and keeps it.</summary>
sealed class Mailbox : IAsyncDisposable
{
    readonly WebApplication app;

    Mailbox(WebApplication app) => this.app = app;

    public Journal<Posted> Posts { get; } = new();

    /// <summary>Without a slash at the end.</summary>
    public string Url => app.Urls.Single();

    public static async Task<Mailbox> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var mailbox = new Mailbox(app);
        app.Run(mailbox.TakeAsync);
        await app.StartAsync(cancellationToken);
        return mailbox;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(true));
        await app.DisposeAsync();
    }

    async Task TakeAsync(HttpContext context)
    {
        using var json = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        Posts.Add(new Posted(context.Request.Path, json.RootElement.Clone()));
        await context.Response.WriteAsync("ok", context.RequestAborted);
    }
}
