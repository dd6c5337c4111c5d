using System.Text;
using Microsoft.AspNetCore.Http;
using Prometheus;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Outbox;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

/// <summary>A receiver that delivers, from its start to its stop; its store's file outlives it.</summary>
sealed class RunningReceiver : IAsyncDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    readonly Workbench bench;
    readonly CollectorRegistry registry = Metrics.NewCustomRegistry();
    readonly CancellationTokenSource stop = new();
    readonly Receiver receiver;
    Task running = Task.CompletedTask;

    RunningReceiver(Workbench bench, IReadOnlyList<IDestination> destinations, IReadOnlyList<string> firstLevel)
    {
        this.bench = bench;
        Store = bench.OpenStore();
        receiver = bench.NewReceiver(Store, registry, destinations, firstLevel);
    }

    public Store Store { get; }

    public Task Running => running;

    public static async Task<RunningReceiver> StartAsync(Workbench bench, IReadOnlyList<IDestination> destinations, params IReadOnlyList<string> firstLevel)
    {
        var started = new RunningReceiver(bench, destinations, firstLevel);
        await started.receiver.RestoreAsync();
        started.running = started.receiver.RunAsync(started.stop.Token);
        return started;
    }

    public Task<Resending> ResendAsync(long id) => receiver.ResendAsync(id);

    /// <summary>Posts alerts, each as JSON, as Alertmanager would.</summary>
    /// <returns>The status code.</returns>
    public async Task<int> PostAsync(params IEnumerable<string> alerts) => (await AnswerAsync(alerts)).Status;

    /// <summary>As <see cref="PostAsync"/>, with what is answered.</summary>
    public async Task<(int Status, string Body)> AnswerAsync(params IEnumerable<string> alerts)
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        context.Request.Method = HttpMethods.Post;
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(Bodies.Of(alerts)));
        await receiver.Intake.ServeAlertsAsync(context);
        return (context.Response.StatusCode, Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()));
    }

    /// <summary>Lets the receiver's clock run, much faster than any other, until something has happened.</summary>
    public async Task UntilAsync(Task happened)
    {
        while (!happened.IsCompleted)
        {
            bench.Time.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAny(happened, running, Task.Delay(Pause));
            if (running.IsFaulted)
                await running;
        }
        await happened;
    }

    /// <summary>As <see cref="UntilAsync(Task)"/>, for what can only be looked at.</summary>
    public async Task UntilAsync(Func<Task<bool>> holds, CancellationToken cancellation)
    {
        while (!await holds())
        {
            cancellation.ThrowIfCancellationRequested();
            await UntilAsync(Task.Delay(Pause, cancellation));
        }
    }

    /// <summary>The value of a series on the metrics page, or null where it is absent.</summary>
    public async Task<string?> MetricAsync(string series)
    {
        using var page = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(page);
        return Encoding.UTF8.GetString(page.ToArray()).Split('\n').FirstOrDefault(l => l.StartsWith(series + " ", StringComparison.Ordinal))?[(series.Length + 1)..];
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await receiver.DisposeAsync();
        stop.Dispose();
    }
}
