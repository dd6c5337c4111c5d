using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>What can be told of the commands without running them: the stack has what they name, and nothing is destroyed unseen.</summary>
public partial class CommandTests
{
    const string ComposeFile = "docker-compose.production.yml";

    /// <summary>The services of the stack, as its compose file calls them.</summary>
    internal static readonly string[] Services =
    [
        "backend", "reporting", "analytics", "semantic", "incident", "config-api", "postgres", "redis", "rabbitmq", "celery-worker", "celery-beat", "flower", "mediamtx", "minio", "qdrant",
        "triton", "prometheus", "alertmanager", "grafana", "loki", "jaeger",
    ];

    internal static readonly string[] Units = ["verolux-exporter", "verolux-backend", "docker", "postgresql", "redis-server"];

    static readonly string[] Queues = ["default", "heavy", "reports"];

    /// <summary>Who listens on the stack's host, and what is asked of it over HTTP.</summary>
    static readonly Dictionary<string, string[]> Ports = new()
    {
        ["8000"] = ["/health", "/health/cameras", "/status/production", "/$path"],
        ["8001"] = ["/health", "/stats/queue"],
        ["8002"] = ["/health"],
        ["8003"] = ["/health"],
        ["8004"] = ["/health"],
        ["8005"] = ["/health"],
        ["5432"] = [],
        ["6379"] = [],
        ["5672"] = [],
        ["15672"] = ["/api/queues/%2F/${QUEUE:?}/get"],
        ["9090"] = ["/api/v1/query"],
        ["9000"] = [""],
    };

    /// <summary>What is gone after it has run, and what must have shown it before within the same scenario.</summary>
    static readonly (string Takes, string Shows)[] Takings =
    [
        (@"\btruncate -s 0\b", @"-name '\*-json\.log\*?' .*-printf"),
        (@"\bjournalctl --vacuum", @"\bjournalctl --disk-usage\b"),
        (@"\bdocker builder prune\b", @"\bdocker system df\b"),
        (@"\bdocker image prune\b", @"\bdocker (system df|images)\b"),
        (@"\bdocker stop\b", @"\bdocker ps\b"),
        (@" stop SERVICE\b", @" ps\b"),
        (@"\bkill -TERM\b", @"\bps -o \S+ -p\b"),
        (@"\bpg_terminate_backend\b", @"\bSELECT pid, .* FROM pg_stat_activity\b"),
        (@"\bEXPIRE\b", @"\bTTL\b"),
        (@"\bredis-check-aof --fix\b", @"\bredis-check-aof /data/appendonlydir"),
        (@"\bACL SETUSER .*\breset\b", @"\bCLIENT LIST\b.*user="),
        (@"\btune2fs -m\b", @"\btune2fs -l\b"),
        (@"\bumount\b", @"\bfuser -vm\b"),
        (@"\breboot\b", @"\bwho\b"),
        (@"\bcontrol revoke\b", @"/get\b"),
        (@"\bnvidia-smi .*-pl \d+", @"\bpower\.limit\b"),
        (@"\brenice\b", @"\bps -eo\b"),
    ];

    static IEnumerable<CommandBlock> Shell => CommandBlock.Shell;

    [Test]
    public void Every_block_says_what_it_is() => Assert.That(CommandBlock.All.Select(b => b.Language).Distinct(), Is.SubsetOf(new[] { "bash", "promql", "yaml", "text" }));

    [Test]
    public void Every_runbook_says_what_to_check_first_in_one_block_of_commands()
    {
        foreach (var file in CommandBlock.Files.Where(f => f != "README.md"))
        {
            var first = CommandBlock.All.Where(b => b.File == file && b.Section == CommandBlock.First).Select(b => b.Language).ToList();
            Assert.That(first, Is.AnyOf(new[] { "bash" }, new[] { "bash", "promql" }), file);
        }
    }

    [Test]
    public void Nothing_changes_before_a_scenario_is_chosen()
    {
        var early = Shell.Where(b => b.Section is not (CommandBlock.Resolution or "Verification")).ToList();
        Assert.That(early, Has.Count.GreaterThan(40));
        Assert.That(early.Where(b => b.Changes), Is.Empty);
    }

    [Test]
    public void What_looks_is_told_from_what_changes([Values] bool changes)
    {
        string[] examples = changes
            ? ["docker compose -f docker-compose.production.yml restart backend", "sudo systemctl restart docker", "sudo find / -delete", "docker image prune -f", "rm x", "ls | xargs rm x",
                "psql -c 'SELECT pg_terminate_backend(pid)'", "rabbitmqctl purge_queue heavy", "rabbitmqctl -q set_vm_memory_high_watermark 0.6", "sudo nvidia-smi -i 0 -pl 60", "redis-cli CONFIG SET maxmemory 1",
                "echo x | sudo tee /run/secrets/x", "sudo journalctl --vacuum-size=500M", "celery -A verolux control pool_grow 4", "psql -c 'VACUUM FULL'", "sudo kill -TERM 1"]
            : ["docker compose -f docker-compose.production.yml ps -a", "systemctl is-active docker", "grep -iE 'oom-kill|killed|restart'", "rabbitmqctl -q list_queues name", "redis-cli INFO memory",
                "psql -c 'SELECT state FROM pg_stat_activity'", "nvidia-smi -i 0 -q -d PERFORMANCE", "ls    # then rm it", "grep -oE '\"(GET|POST|PUT|DELETE) [^ ?\"]+'", "redis-cli CONFIG GET maxclients"];
        foreach (var example in examples)
            Assert.That(new CommandBlock("", 0, "", "", "bash", example).Changes, Is.EqualTo(changes), example);
    }

    [Test]
    public void What_takes_something_away_shows_it_first()
    {
        foreach (var scenario in Shell.Where(b => b.Section == CommandBlock.Resolution).GroupBy(b => (b.File, b.Scenario)))
        {
            var code = string.Concat(scenario.Select(b => b.Code));
            foreach (var (takes, shows) in Takings)
            {
                foreach (Match taking in Regex.Matches(code, takes))
                    Assert.That(code[..taking.Index], Does.Match(shows), $"{scenario.Key}: before {taking.Value}");
            }
            // What a search deletes is what the same search has listed.
            foreach (Match search in Deletions().Matches(code))
                Assert.That(code[..search.Index], Does.Match(Regex.Escape(search.Groups["search"].Value) + @"(?! -delete)"), $"{scenario.Key}: before {search.Value}");
        }
    }

    [Test]
    public void Every_rule_about_taking_away_has_a_case() =>
        Assert.That(Takings.Select(t => t.Takes).Where(t => !Shell.Any(b => Regex.IsMatch(b.Code, t))), Is.Empty);

    [Test]
    public void Nothing_is_ever_lost_for_good() =>
        Assert.That(Shell.Where(b => Fatal().IsMatch(b.Code)), Is.Empty);

    [Test]
    public void Compose_is_told_its_file_and_names_services_that_the_stack_has()
    {
        var named = new HashSet<string>();
        foreach (var block in Shell)
        {
            Assert.That(Hyphenated().IsMatch(block.Code), Is.False, $"{block}: docker compose, without the hyphen");
            foreach (Match call in Compose().Matches(block.Code))
            {
                if (call.Groups["rest"].Value == "ls")
                    continue;
                Assert.That(call.Groups["rest"].Value, Does.StartWith($"-f {ComposeFile} "), $"{block}");
                var services = ServicesIn(call.Groups["rest"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2..]).ToList();
                named.UnionWith(services);
                Assert.That(services.Except(Services), Is.Empty, $"{block}: {call.Value}");
            }
        }
        Assert.That(named, Has.Count.GreaterThan(6));
    }

    [Test]
    public void Units_queues_and_databases_are_those_of_the_stack()
    {
        foreach (var block in CommandBlock.All)
        {
            Assert.That(UnitNames().Matches(block.Text).Select(m => m.Groups["name"].Value).Except(Units), Is.Empty, $"{block}");
            Assert.That(QueueNames().Matches(block.Text).Select(m => m.Groups["name"].Value).Except(Queues), Is.Empty, $"{block}");
            Assert.That(Psql().Matches(block.Code).Select(m => m.Groups["arguments"].Value), Is.All.Match("^-U verolux -d (verolux|postgres)$"), $"{block}");
        }
    }

    [Test]
    public void Addresses_are_those_of_the_stack()
    {
        var asked = new HashSet<string>();
        foreach (var block in Shell)
        {
            foreach (Match address in Addresses().Matches(block.Code))
            {
                var (host, port, path) = (address.Groups["host"].Value, address.Groups["port"].Value, address.Groups["path"].Value);
                if (host.StartsWith('$') || host == "10.0.0.11")
                    continue;
                Assert.That(host, Is.EqualTo("localhost").Or.EqualTo("verolux.example").Or.StartsWith("$MINIO_ROOT"), $"{block}: {address.Value}");
                if (port == "$port")
                    continue;
                Assert.That(Ports, Does.ContainKey(port), $"{block}: {address.Value}");
                if (path.Length > 0)
                    Assert.That(Ports[port], Has.Member(path), $"{block}: {address.Value}");
                asked.Add($"{port}{path}");
            }
            foreach (Match loop in PortLoops().Matches(block.Code))
                Assert.That(loop.Groups["ports"].Value.Split(' ').Except([.. Ports.Keys, "554", "80", "443"]), Is.Empty, $"{block}: {loop.Value}");
        }
        Assert.That(asked, Is.SupersetOf(new[] { "8000/health", "8000/health/cameras", "8000/status/production", "8001/stats/queue", "9090/api/v1/query" }));
    }

    [Test]
    public void Nothing_waits_for_ever_on_what_hangs()
    {
        foreach (var block in Shell)
        {
            foreach (Match curl in Curl().Matches(block.Code))
                Assert.That(curl.Value, Does.Match(@" -m \d+ "), $"{block}");
            Assert.That(Smi().Matches(block.Code), Is.Empty, $"{block}: a driver that hangs takes nvidia-smi with it: timeout 20 nvidia-smi");
            Assert.That(Ping().Matches(block.Code).Select(m => m.Value), Is.All.Match(" -c "), $"{block}");
        }
    }

    [Test]
    public void Inside_a_container_nothing_swallows_the_lines_that_follow()
    {
        // Without it, what is pasted behind the command goes to the container's standard input.
        foreach (var block in Shell)
            Assert.That(Exec().Matches(block.Code).Select(m => m.Value), Is.All.Match(@"</dev/null|^\||psql .*\\\\password"), $"{block}");
    }

    static IEnumerable<string> ServicesIn(string[] words)
    {
        var command = words[0];
        for (var i = 1; i < words.Length; i++)
        {
            var word = words[i].Trim('"', ')', '(', ';');
            if (word is "--since" or "--tail" or "-t" or "-e" or "--scale" or "--entrypoint")
                i++;
            else if (word.StartsWith('-'))
                continue;
            else if (word is "|" or "||" or "&&" or "do" || word.StartsWith('>') || word.StartsWith('<') || word.StartsWith("2>") || word.Length == 0)
                yield break;
            else
            {
                if (!word.StartsWith('$') && word != "SERVICE")
                    yield return word;
                if (command is "exec" or "run" || words[i].Contains(')') || words[i].Contains(';'))
                    yield break;
            }
        }
    }

    [GeneratedRegex(@"(?<search>find [^\n|]*?) -delete\b")]
    private static partial Regex Deletions();

    [GeneratedRegex(@"FLUSHALL|FLUSHDB|pg_resetwal|\bkill -(9|KILL)\b|\bdown\b.* -v\b|\b(volume|system) prune\b|\bvolume rm\b|purge_queue|delete_queue|\brm -\w*r|\bDROP\b|mkfs|--gpu-reset|force_reset|\bpull\b.*--force")]
    private static partial Regex Fatal();

    [GeneratedRegex(@"docker-compose(?!\.production\.yml)")]
    private static partial Regex Hyphenated();

    [GeneratedRegex(@"docker compose (?<rest>[^\n]*)")]
    private static partial Regex Compose();

    [GeneratedRegex(@"(?:systemctl [a-z-]+|journalctl -u) (?<name>[a-z][a-z-]+)")]
    private static partial Regex UnitNames();

    [GeneratedRegex("""(?:queue=|(?m:^ *)Q=)"?(?<name>[a-z]+)""")]
    private static partial Regex QueueNames();

    [GeneratedRegex(@"\bpsql (?<arguments>-U \S+ -d \S+)")]
    private static partial Regex Psql();

    [GeneratedRegex("""(?:http|https)://(?<host>[^:/\s"']+):?(?<port>\d+|\$port)?(?<path>/[^\s"';]*)?""")]
    private static partial Regex Addresses();

    [GeneratedRegex(@"for port in (?<ports>[\d ]+)(?=;)")]
    private static partial Regex PortLoops();

    [GeneratedRegex(@"\bcurl [^\n|]*")]
    private static partial Regex Curl();

    [GeneratedRegex(@"(?m)(?<!timeout 20 |sudo |\w)nvidia-smi\b")]
    private static partial Regex Smi();

    [GeneratedRegex(@"\bping -[^\n|]*")]
    private static partial Regex Ping();

    [GeneratedRegex(@"(?s)(?:\| )?docker (?:compose -f \S+ )?exec .*?(?<!\\)\n")]
    private static partial Regex Exec();
}
