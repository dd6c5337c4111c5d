using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>What a block printed.</summary>
sealed record CommandRun(CommandBlock Block, string Output, string Complaints);

/// <summary>
/// Stands in for the host of the stack: the runbooks' commands run in bash, against real servers under the addresses that the stack has. They find no program but those named here. Programs that
/// a machine of the tests can't have, above all Docker's and NVIDIA's, are played by <c>Fixtures/runbook-host/program.py</c>, which takes no option that their documentation lacks.
/// </summary>
sealed partial class CommandHost : IAsyncDisposable
{
    /// <summary>Real programs, which only look.</summary>
    static readonly string[] Tools =
    [
        "awk", "bash", "cat", "cut", "date", "df", "du", "echo", "env", "ffmpeg", "ffprobe", "find", "findmnt", "free", "grep", "head", "hostname", "id", "ionice", "jq", "ls", "lsblk", "lsof", "nice",
        "nproc", "printf", "ps", "sed", "seq", "sh", "sort", "tail", "test", "timeout", "tr", "uname", "uniq", "uptime", "wc", "who", "xargs",
    ];

    static readonly string[] Played =
    [
        "curl", "dkms", "dmesg", "docker", "getent", "git", "ip", "iptables", "ipmitool", "journalctl", "lspci", "modinfo", "nft", "nsenter", "nvidia-smi", "openssl", "ping", "resolvectl", "smartctl",
        "ss", "sudo", "systemctl", "traceroute", "verolux-exporter", "vmstat",
    ];

    /// <summary>Beside the tools of every container.</summary>
    static readonly Dictionary<string, string[]> PlayedInside = new()
    {
        ["any"] = ["getent"],
        ["backend"] = ["getent", "nvidia-smi", "python3"],
        ["postgres"] = ["pg_isready", "psql"],
        ["rabbitmq"] = ["rabbitmq-diagnostics", "rabbitmqctl"],
        ["redis"] = ["redis-cli"],
    };

    static readonly string[] ToolsInside = ["bash", "cat", "df", "du", "ffprobe", "grep", "head", "hostname", "ls", "sh", "sort", "timeout", "tr", "wc"];
    static readonly string[] ProgramFolders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];
    static readonly string Fixtures = RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "runbook-host");

    readonly TemporaryFolder folder = new();
    readonly Stack<IAsyncDisposable> servers = new();
    readonly Dictionary<string, string> answers = [];
    readonly List<(Regex Written, string Real)> replacements = [];

    CommandHost()
    {
    }

    /// <param name="rabbit">Is given the stack's queues.</param>
    public static async Task<CommandHost> StartAsync(RabbitServer rabbit, CancellationToken cancellationToken)
    {
        var host = new CommandHost();
        try
        {
            await host.RunAsync(rabbit, cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Types the blocks into one terminal, in order. Of one that is not <paramref name="typed"/> only the plain assignments are.</summary>
    public async Task<IReadOnlyList<CommandRun>> TypeAsync(IReadOnlyList<CommandBlock> blocks, Predicate<CommandBlock> typed, CancellationToken cancellationToken)
    {
        using var session = new TemporaryFolder();
        // What fails in between would go unnoticed, as the block ends with the status of its last command alone.
        var script = "set -E\ntrap 'echo \"status $? of: $BASH_COMMAND\" >&2' ERR\n";
        foreach (var (block, i) in blocks.Select((block, i) => (block, i)))
        {
            var text = Adapt(typed(block) ? block.Text : string.Concat(Assignments().Matches(block.Text).Select(m => m.Value)));
            session.Write($"{i}.sh", text);
            session.Write($"{i}.in", string.Concat(Prompts().Matches(text).Select(m => answers[m.Groups["prompt"].Value] + "\n")));
            script += $"eval \"$(<{session[$"{i}.sh"]})\" >{session[$"{i}.out"]} 2>{session[$"{i}.err"]} <{session[$"{i}.in"]}\n";
        }
        var ended = await Ended.OfAsync(
            "/usr/bin/bash", ["--noprofile", "--norc", session.Write("session.sh", script)], cancellationToken,
            ("PATH", folder["host"]), ("HOME", folder.Path), ("RUNBOOK_HOST", folder["host.json"]), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC"));
        // The status of a block as a whole is told here once more.
        Assert.That((ended.Output + ended.Errors).Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.All.StartsWith("status "), "the session itself");
        return [.. blocks.Select((block, i) => new CommandRun(block, File.ReadAllText(session[$"{i}.out"]), File.ReadAllText(session[$"{i}.err"])))];
    }

    public async ValueTask DisposeAsync()
    {
        while (servers.TryPop(out var server))
            await server.DisposeAsync();
        folder.Dispose();
    }

    async Task RunAsync(RabbitServer rabbit, CancellationToken cancellationToken)
    {
        var site = Owned(await SiteHost.StartAsync(null, cancellationToken: cancellationToken));
        site.Backend.Add("gate_a1");
        site.Backend.Add("gate_a2").Die();
        var cameras = Owned(CameraFarm.Start());
        var camera = cameras.Url(cameras.Add("/gate_a1"));
        cameras.Add("/Streaming/Channels/101");
        var everything = Owned(await EveryMetric.StartAsync(cancellationToken));
        var postgres = Owned(await PostgresServer.StartAsync(cancellationToken));
        await postgres.ExecuteAsync($"CREATE ROLE verolux LOGIN SUPERUSER PASSWORD '{PostgresServer.Password}'", cancellationToken);
        await postgres.ExecuteAsync("CREATE DATABASE verolux OWNER verolux", cancellationToken);
        var redis = Owned(await RedisServer.StartAsync(cancellationToken, "appendonly yes"));
        redis.Ask("SET", "celery-task-meta-1", "{}");

        answers["Redis password: "] = RedisServer.AdminPassword;
        answers["RTSP address, with user and password: "] = camera;
        answers["Broker user: "] = answers["Camera user: "] = RabbitServer.User;
        answers["Password: "] = RabbitServer.Password;

        MakeFiles();
        using var authority = Pem.Authority("ours");
        MakePrograms(new
        {
            services = CommandTests.Services,
            units = CommandTests.Units,
            ports = new Dictionary<string, int> { ["backend"] = 8000, ["postgres"] = 5432, ["redis"] = 6379 },
            log = Path.Combine(Fixtures, "log.txt"),
            recordings = folder["root/recordings"],
            containers = folder["containers"],
            answers = Directory.CreateDirectory(folder["answers"]).FullName,
            certificate = folder.Write("certificate.pem", authority.ExportCertificatePem() + "\n"),
            pid = Environment.ProcessId,
            path = Environment.GetEnvironmentVariable("PATH"),
            exporter = ExporterProgram.Line,
            redis = redis.Port,
            rabbit = rabbit.Environment,
            postgres = new { programs = PostgresServer.Programs, environment = new Dictionary<string, string> { ["PGHOST"] = "127.0.0.1", ["PGPORT"] = $"{postgres.Port}", ["PGPASSWORD"] = PostgresServer.Password } },
            addresses = new Dictionary<string, string>
            {
                ["http://localhost:8000"] = site.Url,
                ["http://localhost:8001"] = site.Url,
                ["http://localhost:8002"] = site.Url,
                ["http://localhost:8003"] = site.Url,
                ["http://localhost:8004"] = site.Url,
                ["http://localhost:8005"] = site.Url,
                ["http://localhost:9090"] = everything.Prometheus.Url,
                ["http://localhost:15672"] = rabbit.ManagementUrl.OriginalString.TrimEnd('/'),
                // A camera's own page.
                ["http://127.0.0.1/"] = site.Url + "/health?",
                ["postgres/5432"] = $"127.0.0.1/{postgres.Port}",
                ["redis/6379"] = $"127.0.0.1/{redis.Port}",
                ["rabbitmq/5672"] = $"127.0.0.1/{rabbit.Port}",
            },
        });
        MakeConfiguration(camera, cameras.Port);
    }

    /// <summary>Paths of the host that a block names lie under one of ours, and the network of cameras is this machine.</summary>
    void MakeFiles()
    {
        foreach (var (path, content) in (ReadOnlySpan<(string, string)>)
        [
            ("/recordings/gate_a1/now.mp4", ""), ("/run/secrets/gate_a1", "secret"), ("/proc/mdstat", "Personalities : [raid1]\n"), ("/proc/driver/nvidia/version", "NVRM version: 550.90.12\n"),
            ("/proc/sys/net/netfilter/nf_conntrack_count", "120\n"), ("/proc/sys/net/netfilter/nf_conntrack_max", "262144\n"), ("/proc/pressure/cpu", "some avg10=1.00 avg60=1.00 avg300=1.00 total=1\n"),
            ("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"), ("/proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"),
            ("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"), ("/var/lib/docker/containers/1/1-json.log", "{}\n"), ("/var/lib/rabbitmq/mnesia/rabbit@rabbitmq/pid", "1\n"),
            ("/dev/nvidia0", ""), ("/data/dump.rdb", "x"), ("/docker-compose.production.yml", "services:\n  backend:\n    image: verolux/backend:2.4.1\n"),
        ])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder["root" + path])!);
            folder.Write("root" + path, content);
        }
        // Large enough to stand out, and empty.
        using (var recording = File.OpenWrite(folder["root/recordings/gate_a1/now.mp4"]))
            recording.SetLength(60 << 20);
        replacements.Add((HostPaths(), folder["root"] + "$1"));
        replacements.Add((CameraAddresses(), "127.0.0.1"));
        // Once shows as much as five times.
        replacements.Add((new Regex(@"\bfor i in 1 2[ \d]*(?=;)"), "for i in 1"));
        replacements.Add((new Regex(@"\bgrep -n 'image:' docker-compose\.production\.yml"), $"grep -n 'image:' {folder["root/docker-compose.production.yml"]}"));
    }

    void MakeConfiguration(string camera, int port)
    {
        var configuration = folder.Write("verolux.yml", $"""
            listen: 127.0.0.1:0
            site: north
            runbooks: [path: {RunbookFolder.Shipped}]
            alerts: [store: {folder["verolux.db"]}]
            cameras:
              targets:
                - id: gate_a1
                  url: {camera}
                - id: gate_a2
                  url: {camera}

            """.Replace("[path", "{ path").Replace("[store", "{ store").Replace("]", " }"));
        replacements.Add((new Regex("/etc/verolux/verolux\\.yml"), configuration));
        replacements.Add((new Regex(@"\b554\b"), port.ToString(CultureInfo.InvariantCulture)));
    }

    void MakePrograms(object host)
    {
        folder.Write("host.json", JsonSerializer.Serialize(host));
        Link("host", Tools, Played);
        // Nobody waits here.
        File.CreateSymbolicLink(folder["host/sleep"], "/bin/true");
        foreach (var (service, played) in PlayedInside)
            Link(Path.Combine("containers", service), ToolsInside, played);
    }

    void Link(string name, IEnumerable<string> tools, IEnumerable<string> played)
    {
        Directory.CreateDirectory(folder[name]);
        foreach (var tool in tools)
        {
            var real = ProgramFolders.Select(f => Path.Combine(f, tool)).FirstOrDefault(File.Exists) ?? throw new AssertionException($"{tool} is missing: `make test` installs what the tests need");
            File.CreateSymbolicLink(Path.Combine(folder[name], tool), real);
        }
        foreach (var program in played)
            File.CreateSymbolicLink(Path.Combine(folder[name], program), Path.Combine(Fixtures, "program.py"));
    }

    string Adapt(string text) => replacements.Aggregate(text, (adapted, r) => r.Written.Replace(adapted, r.Real));

    T Owned<T>(T server)
        where T : IAsyncDisposable
    {
        servers.Push(server);
        return server;
    }

    [GeneratedRegex(@"(?m)^ *[A-Z_]+=[^$`(\s;]+(?=;|\s|$)\s*")]
    private static partial Regex Assignments();

    [GeneratedRegex(@"\bread -rs?p '(?<prompt>[^']*)'")]
    private static partial Regex Prompts();

    [GeneratedRegex(@"(?<![\w./])(/(?:recordings|run/secrets|proc/(?:mdstat|driver|pressure|sys/net/netfilter)|sys/devices|var/lib/(?:docker|rabbitmq)|dev/nvidia|data)\b)")]
    private static partial Regex HostPaths();

    [GeneratedRegex(@"\b10\.\d+\.\d+\.\d+\b")]
    private static partial Regex CameraAddresses();
}
