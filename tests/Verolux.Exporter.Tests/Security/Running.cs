using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Tests.Security;

/// <summary>A service with an endpoint of every kind, listening on a port that the kernel picked.</summary>
sealed class Running : IAsyncDisposable
{
    readonly WebApplication app;

    Running(WebApplication app, Lines log, bool tls)
    {
        (this.app, Log) = (app, log);
        Address = new Uri(app.Urls.Single().Replace(tls ? "http:" : "none:", "https:", StringComparison.Ordinal));
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public Lines Log { get; }

    /// <summary>Starts on a configuration, which has to be without problems.</summary>
    public static async Task<Running> Start(Folder folder, string yaml, TimeProvider? time = null)
    {
        var (access, problems) = folder.Read(yaml, time);
        Assert.That(problems, Is.Empty);
        var log = new Lines();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, access.Web.Apply));
        var app = builder.Build();
        app.UseSecurityHeaders(access);
        app.UseExceptionHandler(branch => branch.Run(context => context.Response.WriteAsync("failed")));
        app.UseAccess(access);
        app.MapGet("/metrics", () => "metrics").RequireRole(Role.Scrape);
        app.MapPost("/api/v1/alertmanager", () => "taken").RequireRole(Role.Alertmanager);
        app.MapGet("/who", (HttpContext context) => Caller.Of(context) is { } caller ? $"{caller.Name} {caller.Role}" : "nobody").RequireRole(Role.Operator);
        app.MapGet("/probe", (HttpContext context) => Caller.Of(context)?.Name).RequireRole(Role.Scrape);
        app.MapGet("/livez", () => "alive").ForAnyone();
        app.MapGet("/silent", () => "nothing said");
        app.MapPost("/silent", () => "nothing said");
        app.MapGet("/broken", string () => throw new InvalidOperationException("on purpose"));
        app.MapGet("/protocol", (HttpContext context) => context.Request.Protocol);
        await app.StartAsync();
        return new Running(app, log, access.Web.HasTls);
    }

    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, string? authorization = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Client.SendAsync(request);
    }

    public async Task<HttpStatusCode> Get(string path, string? authorization = null) => (await Send(HttpMethod.Get, path, authorization)).StatusCode;

    public async Task<string> Text(string path, string authorization) => await (await Send(HttpMethod.Get, path, authorization)).Content.ReadAsStringAsync();

    public static string Basic(string name, string password) =>
        new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"))).ToString();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }
}

/// <summary>Keeps what is logged.</summary>
sealed class Lines : ILoggerProvider, ILogger
{
    readonly ConcurrentQueue<(LogLevel Level, string Text)> lines = new();

    public IReadOnlyCollection<(LogLevel Level, string Text)> All => lines;

    public IEnumerable<string> Warnings => lines.Where(l => l.Level == LogLevel.Warning).Select(l => l.Text);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));

    public void Dispose()
    {
    }
}
