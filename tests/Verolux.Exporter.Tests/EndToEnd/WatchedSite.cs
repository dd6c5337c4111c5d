using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Site.Queues;
using Verolux.Exporter.Tests.Gpu;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>
/// A site of which every part can be broken in several ways at once, watched by the shipped stack: real databases and a real broker, real small disks, and simulated
/// cameras, services and graphics cards. What lies far apart in the evidence has sites of its own: storms count a site's cameras.
/// </summary>
sealed class WatchedSite : IAsyncDisposable
{
    /// <summary>Where storms are.</summary>
    public const string East = "east";

    /// <summary>Where they are later.</summary>
    public const string West = "west";

    /// <summary>So many that those which come back within a few seconds are more than ten, looked at as rarely as they are.</summary>
    const int StormCameras = 50;

    readonly List<IAsyncDisposable> started = [];
    readonly TemporaryFolder gpu = new();
    readonly RefusingPort refusing = new();
    readonly Dictionary<string, SiteHost> services = [];
    int worker;

    WatchedSite()
    {
    }

    public ShippedStack Stack { get; private set; } = null!;

    public PostgresServer Postgres { get; private set; } = null!;

    public RedisServer Cache { get; private set; } = null!;

    public RedisServer Sessions { get; private set; } = null!;

    public RabbitServer Rabbit { get; private set; } = null!;

    /// <summary>Where the cameras are that are switched off together.</summary>
    public CameraFarm House { get; private set; } = null!;

    /// <summary>Has kept recordings, and got none for an hour.</summary>
    public SmallFileSystem Recordings { get; } = new(4);

    string Says => gpu["says"];

    public static async Task<WatchedSite> StartAsync(CancellationToken cancellationToken)
    {
        var site = new WatchedSite();
        try
        {
            var rabbit = RabbitServer.StartAsync();
            site.House = site.Keep(CameraFarm.Start(keepsRequests: false));
            StandIn.Install(site.gpu.Path);
            await site.WriteCardsAsync("-1 5 cards");
            // Whose process it is that holds a card's memory, its name tells.
            File.Copy("/bin/sleep", site.gpu["celery"]);
            site.worker = site.Keep(RunningProgram.Start(site.gpu["celery"], ["infinity"])).Id;
            site.Postgres = site.Keep(await PostgresServer.StartAsync(cancellationToken));
            site.Cache = site.Keep(await RedisServer.StartAsync(cancellationToken));
            site.Sessions = site.Keep(await RedisServer.StartAsync(cancellationToken));
            foreach (var name in (string[])["slow", "stopped", "erring", "hanging", "empty"])
                site.services[name] = site.Keep(await SiteHost.StartAsync(null, cancellationToken: cancellationToken));
            site.Rabbit = site.Keep(await rabbit);
            foreach (var queue in (string[])["default", "heavy", "reports"])
                await site.Rabbit.PutAsync($"queues/%2F/{queue}", """{"durable":true}""", cancellationToken);
            site.Recordings.Fill(0.9);
            File.SetLastWriteTimeUtc(Directory.EnumerateFiles(site.Recordings.Path).Single(), TimeProvider.System.GetUtcNow().UtcDateTime - TimeSpan.FromHours(1));
            var environment = new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = site.gpu.Path, ["STAND_IN_FILE"] = site.Says };
            site.Stack = await ShippedStack.StartAsync(site.Configure, environment, cancellationToken);
            await site.IsWellAsync(cancellationToken);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    public SiteHost Service(string name) => services[name];

    /// <summary>Every camera of a site comes and goes, look by look.</summary>
    /// <param name="other">What each is like when it has gone.</param>
    public void Flap(string site, CameraKind? other = null)
    {
        for (var i = 0; i < StormCameras; i++)
            Camera($"{site}_{i}").Flap(other);
    }

    /// <summary>From now on its port refuses.</summary>
    public ValueTask EndAsync(IAsyncDisposable part)
    {
        started.Remove(part);
        return part.DisposeAsync();
    }

    public Camera Camera(string name) => Stack.Cameras.Find($"/{name}")!;

    /// <summary>Puts more than ten thousand messages into a queue.</summary>
    /// <param name="prefetch">Of a consumer that acknowledges none, 0 being as many as there are; null: nobody consumes.</param>
    public async Task FloodAsync(string queue, ushort? prefetch, CancellationToken cancellationToken)
    {
        if (prefetch is { } most)
        {
            var connection = Keep(await Rabbit.ConnectAsync(cancellationToken));
            var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await channel.BasicQosAsync(0, most, false, cancellationToken);
            await channel.BasicConsumeAsync(queue, autoAck: false, new AsyncEventingBasicConsumer(channel), cancellationToken);
        }
        await Producer.PublishAsync(new Uri(RabbitServer.UriOf(Rabbit.Port)), queue, 10_001, cancellationToken);
    }

    /// <summary>
    /// Every card is as busy as can be, and each has another cause: the last one works for a worker of the product and for Prometheus, who has no business there.
    /// Memory is in bytes of 16 GiB, all else in percent.
    /// </summary>
    public Task SaturateAsync()
    {
        const int SoftwareThermal = 0x20;
        string[] busy = [.. Enumerable.Range(0, 5).Select(card => $"{card} 99 nvmlDeviceGetUtilizationRates value")];
        return WriteCardsAsync(
        [
            .. busy,
            $"0 {SoftwareThermal} nvmlDeviceGetCurrentClocksEventReasons value",
            "1 95 nvmlDeviceGetDecoderUtilization value",
            "3 16500000000 nvmlDeviceGetMemoryInfo value",
            $"4 {worker} Compute id 0",
            "4 2000000000 Compute memory 0",
            $"4 {Stack.Prometheus.Program.Id} Compute id 1",
            "4 2000000000 Compute memory 1",
            "4 2 Compute processes 0",
        ]);
    }

    /// <summary>Every database lets the exporter in.</summary>
    public Task DatabasesAreWellAsync(CancellationToken cancellationToken) => HoldsAsync("min({__name__=~\"verolux_(postgres|redis)_up\"}) == 1", cancellationToken);

    /// <summary>Everything is looked at, and nothing is broken.</summary>
    Task IsWellAsync(CancellationToken cancellationToken) => HoldsAsync(
        "min({__name__=~\"verolux_(postgres|redis|rabbitmq|storage|gpu|camera|backend)_up\"}) == 1 and on() count(verolux_camera_streaming) >= 1 and on() count(verolux_gpu_up) == 5",
        cancellationToken);

    async Task HoldsAsync(string query, CancellationToken cancellationToken) => await Eventually.FoundAsync(
        query, async () => await Stack.Prometheus.QueryAsync(query, cancellationToken) is { Count: 1 } found ? found : null, cancellationToken, () => Stack.Exporter.Program.LastLines);

    public async ValueTask DisposeAsync()
    {
        if (Stack is not null)
            await Stack.DisposeAsync();
        foreach (var part in Enumerable.Reverse(started))
            await part.DisposeAsync();
        Recordings.Dispose();
        refusing.Dispose();
        gpu.Dispose();
    }

    string Configure(ShippedStack stack)
    {
        string[] storms = [.. ((string[])[East, West]).SelectMany(site => Enumerable.Range(0, StormCameras).Select(i => $"{site}_{i}"))];
        foreach (var storm in storms)
            stack.Cameras.Add($"/{storm}");
        var secured = new CameraKind { Access = new Access(Challenge.DigestSha256) };
        foreach (var gate in (string[])["password", "moved", "hung", "busy"])
            stack.Cameras.Add($"/{gate}", secured);
        stack.Cameras.Add("/thin", new CameraKind { Fps = 12 });
        var off = House.Add("/off");
        stack.Site.Backend.Add("thin").Fps = 8;
        stack.Write("deploy/secrets/postgres", Postgres.Url());
        stack.Write("deploy/secrets/redis", RedisServer.Password);
        stack.Write("deploy/secrets/amqp", RabbitServer.UriOf(Rabbit.Port));
        // On a busy machine a look that has little time fails, and that is evidence as well.
        const string Pace = "interval: 5s, timeout: 5s";
        const string Quick = "interval: 1s, timeout: 1s";
        string Url(string name) => stack.Cameras.Url(stack.Cameras.Find($"/{name}")!);
        string Secured(string name) => $$"""{ id: {{name}}, url: '{{Url(name)}}', username: admin, password_file: secrets/gate_a1, web_port: {{refusing.Port}} }""";
        string Service(string name, string url, string checks) => $$"""{ name: {{name}}, url: '{{url}}', checks: [{{checks}}], {{Pace}} }""";
        return stack.Write("deploy/verolux.yml", $$"""
            listen: {{stack.Listen}}
            public_url: http://{{stack.Listen}}/
            site: north
            cameras:
              interval: 5s
              timeout: 5s
              targets:
                - {{string.Join("\n    - ", ((string[])["password", "moved", "hung", "busy"]).Select(Secured))}}
                - { id: off, url: '{{House.Url(off)}}', web_port: {{refusing.Port}} }
                - { id: thin, url: '{{Url("thin")}}', sample: 5s, expected_fps: 25 }
                - {{string.Join("\n    - ", storms.Select(s => $$"""{ id: {{s}}, site: {{s.Split('_')[0]}}, switch: sw3, url: '{{Url(s)}}' }"""))}}
            storage:
              targets:
                - { path: {{stack.Disk.Path}}, {{Quick}} }
                - { path: {{Recordings.Path}}, recordings: true, {{Quick}} }
            gpu: { enabled: true, {{Quick}} }
            postgres: { targets: [{ name: main, connection_string_file: secrets/postgres, {{Pace}} }] }
            redis:
              targets:
                - { name: cache, address: '127.0.0.1:{{Cache.Port}}', username: {{RedisServer.User}}, password_file: secrets/redis, {{Pace}} }
                - { name: sessions, address: '127.0.0.1:{{Sessions.Port}}', username: {{RedisServer.User}}, password_file: secrets/redis, {{Pace}} }
            rabbitmq: { targets: [{ name: main, uri_file: secrets/amqp, management_url: '{{Rabbit.ManagementUrl}}', queues: [default, heavy, reports], {{Pace}} }] }
            backend:
              targets:
                - {{Service("main", stack.Site.Url, "health, cameras, production")}}
                - {{string.Join("\n    - ", services.Select(s => Service(s.Key, s.Value.Url, s.Key == "slow" ? "health, production" : "health")))}}
            runbooks: { path: {{RepositoryRoot.Of("runbooks")}} }
            alerts:
              store: ../data/verolux.db
              destinations: { pagerduty: { type: pagerduty, routing_key_file: secrets/pagerduty_routing_key, url: {{stack.Site.Url}}/v2/enqueue } }
              levels: { L1: [pagerduty] }

            """);
    }

    /// <summary>At once, as far as the library can see.</summary>
    async Task WriteCardsAsync(params IEnumerable<string> lines)
    {
        await File.WriteAllLinesAsync(gpu["new"], lines);
        File.Move(gpu["new"], Says, overwrite: true);
    }

    T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        started.Add(part);
        return part;
    }
}
