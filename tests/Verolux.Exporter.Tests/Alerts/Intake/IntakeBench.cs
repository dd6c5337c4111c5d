using System.Text;
using Microsoft.AspNetCore.Http;
using Prometheus;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Tests.Security;

namespace Verolux.Exporter.Tests.Alerts.Intake;

/// <summary>The receiver up to its store, which gets bodies byte for byte; nobody is told of anything.</summary>
sealed class IntakeBench : IAsyncDisposable
{
    readonly Workbench bench = new();
    readonly CollectorRegistry registry = Metrics.NewCustomRegistry();
    readonly Receiver receiver;

    IntakeBench()
    {
        Store = bench.OpenStore();
        receiver = bench.NewReceiver(Store, registry, []);
    }

    public Store Store { get; }

    public Lines Log => bench.Log;

    public static async Task<IntakeBench> StartAsync()
    {
        var started = new IntakeBench();
        await started.receiver.RestoreAsync();
        return started;
    }

    public Task<(int Status, string Body)> PostAsync(string body) => PostAsync(Encoding.UTF8.GetBytes(body));

    public async Task<(int Status, string Body)> PostAsync(ReadOnlyMemory<byte> body)
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        context.Request.Method = HttpMethods.Post;
        context.Request.Body = new MemoryStream(body.ToArray());
        await receiver.Intake.ServeAlertsAsync(context);
        return (context.Response.StatusCode, Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()));
    }

    public IReadOnlyList<string> Rows(string sql) => Store.Rows(sql);

    /// <summary>The whole metrics page.</summary>
    public async Task<string> MetricsAsync()
    {
        using var page = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(page);
        return Encoding.UTF8.GetString(page.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await receiver.DisposeAsync();
        bench.Dispose();
    }
}
