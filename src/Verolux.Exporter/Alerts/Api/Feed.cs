using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Alerts.Api;

/// <summary>
/// <c>GET /api/v1/events</c>: which incident has changed, as it happens, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
/// An event names the incident and says nothing else: who wants to know more reads it.
/// </summary>
sealed class Feed(TimeProvider time) : IDisposable
{
    /// <summary>Listeners at once; each is a connection kept open.</summary>
    public const int MostListeners = 100;

    /// <summary>What a slow listener may have waiting; it is told once that it has missed some.</summary>
    const int MostWaiting = 1000;

    /// <summary>Proxies close what says nothing for long.</summary>
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    readonly CancellationTokenSource stopping = new();
    readonly Lock guard = new();
    readonly List<Channel<long>> listeners = [];

    /// <summary>Tells every listener. Never waits.</summary>
    public void Tell(long incident)
    {
        lock (guard)
        {
            foreach (var listener in listeners)
                listener.Writer.TryWrite(incident);
        }
    }

    /// <summary>Sends every listener away, who would otherwise keep the service from stopping.</summary>
    public void Close() => stopping.Cancel();

    public void Dispose() => stopping.Dispose();

    public async Task ServeAsync(HttpContext context)
    {
        var news = Channel.CreateBounded<long>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        if (!TryAdd(news))
        {
            await new Refusal(StatusCodes.Status503ServiceUnavailable, "Too many listeners", $"{MostListeners} listen already; close one").SendAsync(context);
            return;
        }
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping.Token);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            await WriteAsync(context, ": verolux-exporter\n\n", ends.Token);
            while (true)
                await WriteAsync(context, await NextAsync(news.Reader, ends.Token), ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // They have gone, or we go.
        }
        finally
        {
            lock (guard)
                listeners.Remove(news);
        }
    }

    bool TryAdd(Channel<long> news)
    {
        lock (guard)
        {
            if (listeners.Count >= MostListeners)
                return false;
            listeners.Add(news);
            return true;
        }
    }

    /// <summary>The text of the next event; after a while without any a comment, which keeps the connection open.</summary>
    async Task<string> NextAsync(ChannelReader<long> news, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var waiting = news.WaitToReadAsync(silence.Token).AsTask();
        var ended = await Task.WhenAny(waiting, Task.Delay(Silence, time, silence.Token));
        await silence.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        var text = new StringBuilder();
        // What changed several times meanwhile is told once.
        var told = new HashSet<long>();
        while (news.TryRead(out var incident))
        {
            if (told.Add(incident))
                text.Append(CultureInfo.InvariantCulture, $"event: incident\ndata: {IncidentNumber.Format(incident)}\n\n");
        }
        return text.Length > 0 ? text.ToString() : ended == waiting ? "" : ": still here\n\n";
    }

    static async Task WriteAsync(HttpContext context, string text, CancellationToken cancellation)
    {
        await context.Response.WriteAsync(text, cancellation);
        await context.Response.Body.FlushAsync(cancellation);
    }
}
