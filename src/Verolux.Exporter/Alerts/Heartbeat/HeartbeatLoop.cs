using System.Globalization;
using Verolux.Exporter.Alerts.Trust;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts.Heartbeat;

/// <summary>
/// Calls a service that notices when nobody calls it any more (https://healthchecks.io/docs/http_api/, https://deadmanssnitch.com/docs), once a minute and only
/// while an alert would get from Prometheus to whoever is on call: whatever part of that way fails, the one thing that does not depend on it tells.
/// </summary>
/// <param name="url">The service's address, which is a credential.</param>
/// <param name="isWritable">Whether the store takes writes.</param>
/// <param name="watchdogSeen">When the Watchdog last arrived, by our clock; null where it is not known.</param>
/// <param name="oldestCritical">Since when the oldest critical page waits that nobody has been told of; null where none waits.</param>
sealed partial class HeartbeatLoop(
    Secret url, Func<Task<bool>> isWritable, Func<DateTimeOffset?> watchdogSeen, Func<DateTimeOffset?> oldestCritical, ReceiverMetrics metrics, TimeProvider time, ILogger<HeartbeatLoop> logger) : IDisposable
{
    /// <summary>The first one comes as late as this too, so that an exporter that starts again and again is not taken for one that runs.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>As long as a critical page may take before it goes elsewhere as well.</summary>
    public static readonly TimeSpan Patience = Outbox.Outbox.Patience;

    readonly Wire wire = new(null);

    /// <summary>What was last told of in the log; null for nothing.</summary>
    string? silent;
    string? failed;

    /// <summary>Reads the address.</summary>
    /// <param name="address">The address, when the answer is null.</param>
    /// <returns>Null, or why it is none, for people; without any part of it.</returns>
    public static string? TryReadAddress(Secret url, out Uri address)
    {
        address = null!;
        if (url.TryRead(out var text) is { } problem)
            return problem;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var read) || read.Scheme is not ("http" or "https") || text.Any(char.IsWhiteSpace))
            return "holds no http(s) address";
        address = read;
        return null;
    }

    public void Dispose() => wire.Dispose();

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellation))
            await BeatAsync(cancellation);
    }

    /// <summary>Calls once, or stays silent. Throws only on cancellation.</summary>
    public async Task BeatAsync(CancellationToken cancellation)
    {
        var why = await WhySilentAsync(cancellation);
        if (why is not null && why != silent)
            Log.Silent(logger, why);
        else if (why is null && silent is not null)
            Log.GoesOn(logger);
        silent = why;
        if (why is null)
            Tell(await CallAsync(cancellation));
    }

    /// <returns>Null where an alert would get through.</returns>
    async Task<string?> WhySilentAsync(CancellationToken cancellation)
    {
        if (!await IsWritableAsync(cancellation))
            return "the store takes no writes";
        var now = time.GetUtcNow();
        // A time to come is from before the clock was set back, and proves as little.
        if (watchdogSeen() is not { } seen || (now - seen).Duration() > AlertingPath.Freshness)
            return $"no Watchdog has arrived for more than {AlertingPath.Freshness.TotalSeconds} s";
        return now - oldestCritical() > Patience ? $"a critical page has been waiting for more than {Patience.TotalMinutes} minutes" : null;
    }

    async Task<bool> IsWritableAsync(CancellationToken cancellation)
    {
        try
        {
            // A disk that hangs answers nothing at all.
            return await isWritable().WaitAsync(Wire.Timeout, time, cancellation);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <returns>Null, or why it could not be called, for people; without any part of the address.</returns>
    async Task<string?> CallAsync(CancellationToken cancellation)
    {
        if (TryReadAddress(url, out var address) is { } unreadable)
            return $"heartbeat_url_file: {unreadable}";
        var why = await wire.GetAsync(address, time, (response, _) => Task.FromResult(Read(response)), cancellation);
        return why?.Replace(address.Host, "its host", StringComparison.OrdinalIgnoreCase);
    }

    static string? Read(HttpResponseMessage response) => response.IsSuccessStatusCode ? null
        : string.Create(CultureInfo.InvariantCulture, $"it is answered {(int)response.StatusCode}{((int)response.StatusCode is >= 300 and < 400 ? ", a redirect, which is not followed" : "")}");

    void Tell(string? why)
    {
        if (why is null)
            metrics.HeartbeatSent(time.GetUtcNow());
        if (why is not null && failed is null)
            Log.Failed(logger, why);
        else if (why is null && failed is not null)
            Log.Works(logger);
        failed = why;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The heartbeat stays silent, so that whoever listens for it is alarmed: {Why}")]
        public static partial void Silent(ILogger logger, string why);

        [LoggerMessage(Level = LogLevel.Information, Message = "The heartbeat goes on")]
        public static partial void GoesOn(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The heartbeat doesn't get through ({Why}); it is sent again every minute")]
        public static partial void Failed(ILogger logger, string why);

        [LoggerMessage(Level = LogLevel.Information, Message = "The heartbeat gets through again")]
        public static partial void Works(ILogger logger);
    }
}
