using System.Globalization;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Benchmarks;

/// <param name="Processor">Processor time of ours in times of theirs.</param>
/// <param name="Memory">Resident memory, likewise.</param>
sealed record Peers(double Processor, double Memory);

/// <summary>
/// PostgreSQL, Redis, this machine's disk and one camera, watched by the exporter (the native build) and by four of Debian's that do the same in sum: each asked for its metrics
/// once a second. That is fifteen times as often as is usual, so that what is left of the processor's time while nobody asks counts for less, on both sides.
/// </summary>
sealed class PeersBenchmark(CancellationToken cancellation)
{
    const string Loopback = "--web.listen-address=127.0.0.1:0";
    const int WarmUps = 15;
    const int Rounds = 90;
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    Peers? measured;

    /// <summary>Measures at the first call, which tells all of it.</summary>
    public async Task<Peers> MeasureAsync() => measured ??= await RunAsync();

    async Task<Peers> RunAsync()
    {
        using var folder = new WorkFolder();
        using var scraper = new Scraper();
        using var http = new HttpClient();
        await using var databases = await Databases.StartAsync(cancellation);
        await using var cameras = await GstreamerCameras.StartAsync(1, cancellation);
        await using var ours = await OursAsync(folder, databases, cameras);
        await using var node = await TheirsAsync("prometheus-node-exporter", "--collector.disable-defaults", "--collector.filesystem");
        await using var postgres = await Child.StartAsync("env", [$"DATA_SOURCE_NAME={databases.PostgresUrl}", "prometheus-postgres-exporter", Loopback], cancellation);
        await using var redis = await Child.StartAsync("env", [
            string.Create(CultureInfo.InvariantCulture, $"REDIS_ADDR=redis://127.0.0.1:{databases.RedisPort}"), $"REDIS_PASSWORD={Databases.Password}", "prometheus-redis-exporter",
            // It does not tell which port the kernel has picked.
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{FreePort.Next()}")], cancellation);
        await using var blackbox = await TheirsAsync("prometheus-blackbox-exporter", $"--config.file={CameraBenchmark.WriteBlackbox(folder)}");
        Child[] theirs = [node, postgres, redis, blackbox];
        var probe = new Uri(blackbox.Url, $"probe?module=rtsp&target={cameras.Address}");

        async Task AskAsync(int rounds)
        {
            using var pace = new PeriodicTimer(Interval);
            for (var i = 0; i < rounds; i++)
            {
                await pace.WaitForNextTickAsync(cancellation);
                foreach (var exporter in new[] { ours, node, postgres, redis })
                    await scraper.ScrapeAsync(exporter.Url, ScrapeFormat.OpenMetrics, cancellation);
                if (!(await http.GetStringAsync(probe, cancellation)).Contains("probe_success 1\n", StringComparison.Ordinal))
                    throw new BenchmarkException("prometheus-blackbox-exporter got no answer from the camera");
            }
        }
        await AskAsync(WarmUps);
        Check(await scraper.PageAsync(ours.Url, cancellation), ["verolux_postgres_up", "verolux_redis_up", "verolux_storage_up", "verolux_camera_up"]);
        Check(await scraper.PageAsync(postgres.Url, cancellation), ["pg_up"]);
        Check(await scraper.PageAsync(redis.Url, cancellation), ["redis_up"]);
        var (our, their) = (ProcessorTime.Of(ours), theirs.Select(ProcessorTime.Of).ToList());
        await AskAsync(Rounds);
        our = ProcessorTime.Of(ours) - our;
        their = [.. theirs.Select((t, i) => ProcessorTime.Of(t) - their[i])];
        var (ourMemory, theirMemory) = (MemoryBenchmark.Resident(ours.Id), theirs.Select(t => MemoryBenchmark.Resident(t.Id)).ToList());
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"  peers: ours {our / Rounds * 1000:0.0} ms of processor time an interval and {ourMemory:0.0} MB; node {their[0] / Rounds * 1000:0.0} ms and {theirMemory[0]:0.0} MB, postgres {their[1] / Rounds * 1000:0.0} ms and {theirMemory[1]:0.0} MB, redis {their[2] / Rounds * 1000:0.0} ms and {theirMemory[2]:0.0} MB, blackbox {their[3] / Rounds * 1000:0.0} ms and {theirMemory[3]:0.0} MB"));
        return new Peers(our / their.Sum(), ourMemory / theirMemory.Sum());
    }

    Task<Child> TheirsAsync(string program, params string[] arguments) => Child.StartAsync(program, [Loopback, .. arguments], cancellation);

    Task<Child> OursAsync(WorkFolder folder, Databases databases, GstreamerCameras cameras)
    {
        if (Environment.GetEnvironmentVariable("VEROLUX_EXPORTER") is not { Length: > 0 } program)
            throw new BenchmarkException("VEROLUX_EXPORTER names no exporter to measure; `make bench` builds the native one and names it");
        folder.Write("postgres", databases.PostgresConnection);
        folder.Write("redis", Databases.Password);
        var file = folder.Write("verolux.yml", string.Create(CultureInfo.InvariantCulture, $$"""
            listen: 127.0.0.1:0
            cameras: { interval: 1s, targets: [{ id: gate_a1, url: "{{cameras.Url(0)}}" }] }
            storage: { targets: [{ path: /, interval: 1s }] }
            postgres: { targets: [{ name: main, connection_string_file: postgres, interval: 1s }] }
            redis: { targets: [{ name: main, address: "127.0.0.1:{{databases.RedisPort}}", password_file: redis, interval: 1s }] }
            alerts: { store: store.db }
            """));
        return Child.StartAsync(program, ["--config", file], cancellation);
    }

    /// <summary>Who sees nothing is cheap.</summary>
    static void Check(string[] page, string[] names)
    {
        foreach (var name in names)
        {
            if (!Array.Exists(page, l => (l.StartsWith(name + "{", StringComparison.Ordinal) || l.StartsWith(name + " ", StringComparison.Ordinal)) && l.EndsWith(" 1", StringComparison.Ordinal)))
                throw new BenchmarkException($"{name} is not 1");
        }
    }
}
