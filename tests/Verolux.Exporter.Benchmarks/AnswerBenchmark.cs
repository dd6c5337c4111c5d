using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Verolux.Exporter.Benchmarks;

/// <summary>
/// How long Alertmanager waits for its 200 when new alerts come one by one, 200 in a second, while 10,000 cameras are watched: the slowest of a hundred, in times of
/// one <c>fdatasync</c> of the same disk at the same time, which each answer has to wait for at least once.
/// </summary>
static partial class AnswerBenchmark
{
    const int PerSecond = 200;
    const int Seconds = 30;
    const int WarmUpSeconds = 20;
    static readonly TimeSpan BetweenFlushes = TimeSpan.FromMilliseconds(50);

    public static async Task<double> MeasureAsync(CancellationToken cancellation)
    {
        using var folder = new WorkFolder();
        await using var site = await FleetBenchmark.StartSiteAsync(cancellation);
        await using var exporter = await CameraExporter.StartAsync(folder, "interval: 15s", FleetBenchmark.Urls(site), cancellation);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 64 }) { BaseAddress = exporter.Url };
        var payloads = new AlertPayloads(TimeProvider.System.GetUtcNow());
        await SendAsync(http, payloads, 0, WarmUpSeconds, cancellation);
        using var measured = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var flushing = FlushAsync(folder.File("flushed"), measured.Token);
        var answers = await SendAsync(http, payloads, WarmUpSeconds * PerSecond, Seconds, cancellation);
        await measured.CancelAsync();
        var flushes = await flushing;
        Array.Sort(answers);
        var (middle, late, flush) = (answers[answers.Length / 2], answers[answers.Length * 99 / 100], Spread.Of(flushes));
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"  answers: median {middle:0.##} ms, of a hundred the slowest {late:0.##} ms, slowest {answers[^1]:0.##} ms; one fdatasync {flush} ms, {flushes.Count} of them"));
        return late / flush.Median;
    }

    /// <summary>Sends at an even pace, whatever becomes of what was sent before.</summary>
    /// <returns>Milliseconds from when each was to be sent to its answer.</returns>
    static async Task<double[]> SendAsync(HttpClient http, AlertPayloads payloads, int from, int seconds, CancellationToken cancellation)
    {
        var sending = new List<Task<double>>();
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < seconds * PerSecond; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / PerSecond);
            if (due - TimeProvider.System.GetElapsedTime(start) is { } early && early > TimeSpan.FromMilliseconds(1))
                await Task.Delay(early, cancellation);
            var body = payloads.ToWebhook([(from + i).ToString("0000000000", CultureInfo.InvariantCulture)]);
            sending.Add(Task.Run(
                async () =>
                {
                    using var content = new StringContent(body, Encoding.UTF8, "application/json");
                    using var answer = await http.PostAsync(new Uri("api/v1/alertmanager", UriKind.Relative), content, cancellation);
                    if (!answer.IsSuccessStatusCode)
                        throw new BenchmarkException($"an alert was answered {answer.StatusCode}");
                    await answer.Content.ReadAsByteArrayAsync(cancellation);
                    return (TimeProvider.System.GetElapsedTime(start) - due).TotalMilliseconds;
                },
                cancellation));
        }
        return await Task.WhenAll(sending);
    }

    /// <returns>Milliseconds of each flush of a page of four kilobytes.</returns>
    static async Task<List<double>> FlushAsync(string path, CancellationToken cancellation)
    {
        var took = new List<double>();
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        var page = new byte[4096];
        while (!cancellation.IsCancellationRequested)
        {
            await RandomAccess.WriteAsync(file, page, took.Count % 256 * page.Length, CancellationToken.None);
            var start = TimeProvider.System.GetTimestamp();
            if (Flush(file) != 0)
                throw new BenchmarkException("fdatasync has failed");
            took.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(BetweenFlushes, CancellationToken.None);
        }
        return took;
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(SafeFileHandle file);
}
