using System.Text.RegularExpressions;
using NUnit.Framework;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>Every block that only looks, typed as it stands. One that complains, fails or prints nothing is of no use at three in the morning.</summary>
[CancelAfter(120_000)]
public partial class CommandRunTests
{
    /// <summary>What can't be run here, by a part of its text, and why.</summary>
    static readonly (string Part, string Why)[] NotRun =
    [
        ("celery -A", "there is no Celery application"),
        ("import torch", "there is no PyTorch"),
        ("${MODEL:?}", "the simulated back end has no model file"),
        ("mc du", "there is no MinIO"),
    ];

    static readonly string[] StackQueues = ["default", "heavy", "reports"];

    CommandHost host = null!;
    RabbitServer rabbit = null!;
    IConnection worker = null!;

    static bool CanRun(CommandBlock block) => !block.Changes && !NotRun.Any(n => block.Text.Contains(n.Part, StringComparison.Ordinal));

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        rabbit = await RabbitServer.StartAsync();
        foreach (var queue in StackQueues)
            await rabbit.PutAsync($"queues/%2F/{queue}", """{"durable":true}""", deadline.Token);
        await rabbit.PostAsync("exchanges/%2F/amq.default/publish", """{"properties":{"headers":{"task":"verolux.reports.daily","id":"1"}},"routing_key":"heavy","payload":"{}","payload_encoding":"string"}""", deadline.Token);
        worker = await rabbit.ConnectAsync(deadline.Token);
        var channel = await worker.CreateChannelAsync(cancellationToken: deadline.Token);
        await channel.BasicConsumeAsync("default", autoAck: false, new AsyncEventingBasicConsumer(channel), deadline.Token);
        host = await CommandHost.StartAsync(rabbit, deadline.Token);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await host.DisposeAsync();
        await worker.DisposeAsync();
        await rabbit.DisposeAsync();
    }

    [TestCaseSource(typeof(CommandBlock), nameof(CommandBlock.Files))]
    public async Task What_only_looks_runs_without_complaint_and_has_something_to_say(string file, CancellationToken cancellationToken)
    {
        var runs = await host.TypeAsync([.. CommandBlock.Shell.Where(b => b.File == file)], CanRun, cancellationToken);
        Assert.Multiple(() =>
        {
            foreach (var run in runs.Where(r => CanRun(r.Block)))
            {
                // A count of 0 is an answer, whatever grep thinks of it.
                Assert.That(Counted().Replace(run.Complaints, ""), Is.Empty, $"{run.Block} complains:\n{run.Block.Text}");
                // What only asks for a password has nothing to say.
                if (!run.Block.Text.TrimStart().StartsWith("read -rsp", StringComparison.Ordinal) || run.Block.Text.Trim().Contains('\n'))
                    Assert.That(run.Output.Trim(), Is.Not.Empty, $"{run.Block} is silent:\n{run.Block.Text}");
            }
        });
    }

    [Test]
    public void Nearly_everything_that_only_looks_is_run()
    {
        var looking = CommandBlock.Shell.Where(b => !b.Changes).ToList();
        foreach (var (part, why) in NotRun)
            Assert.That(looking.Count(b => b.Text.Contains(part, StringComparison.Ordinal)), Is.Positive, $"nothing says {part} any more ({why})");
        Assert.That(looking.Count(CanRun), Is.GreaterThan(looking.Count * 9 / 10));
    }

    [Test]
    public async Task A_command_that_is_wrong_is_noticed(
        [Values(
            "docker compose -f docker-compose.production.yml logs --snice 1h backend", "docker compose -f docker-compose.production.yml ps postgre", "docker compose -f docker-compose.production.yml exec -T redis psql -l </dev/null",
            "nvidia-smi --format=csv --query-gpu=utilisation.gpu", "nvidia-smi dmon -s x -c 1", "docker inspect --format '{{.Stat.Pid}}' verolux-backend-1", "journalctl -u verolux-exporters", "rm -f x", "false; true",
            "docker compose -f docker-compose.production.yml exec -T postgres psql -U verolux -d verolux -c 'SELECT nothing' </dev/null", "curl -fsS -m 10 http://localhost:8000/helth", "jq .x <<<'['")]
        string command,
        CancellationToken cancellationToken)
    {
        var block = new CommandBlock("RUNBOOK_X.md", 1, "Triage", "", "bash", command + "\n");
        var run = (await host.TypeAsync([block], _ => true, cancellationToken)).Single();
        Assert.That(run.Complaints, Is.Not.Empty);
    }

    [GeneratedRegex(@"(?m)^status 1 of: grep -c.*\n")]
    private static partial Regex Counted();
}
