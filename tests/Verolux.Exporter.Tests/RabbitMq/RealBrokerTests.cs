using System.Text;
using NUnit.Framework;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.RabbitMq;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.RabbitMq;

[CancelAfter(120_000)]
public class RealBrokerTests
{
    const string Least = "monitor";
    RabbitServer server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await RabbitServer.StartAsync();

    [OneTimeTearDown]
    public async Task EndAsync() => await server.DisposeAsync();

    [Test]
    public async Task The_depth_is_what_is_ready_and_what_is_unacknowledged(CancellationToken cancellationToken)
    {
        await using var worker = await server.ConnectAsync(cancellationToken);
        await using var channel = await worker.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync("heavy", true, false, false, cancellationToken: cancellationToken);
        for (var i = 0; i < 12_000; i++)
            await channel.BasicPublishAsync("", "heavy", Encoding.UTF8.GetBytes($"job {i}"), cancellationToken);
        await channel.BasicQosAsync(0, 700, false, cancellationToken);
        await channel.BasicConsumeAsync("heavy", false, new AsyncEventingBasicConsumer(channel), cancellationToken);

        var broker = Watching.At(server, "heavy").WithManagement(server.ManagementUrl);
        var look = await Eventually.FoundAsync(
            "the statistics", async () => await broker.LookAsync(cancellationToken) is var l && l.Value("queue_messages") == 12_000 && l.Value("queue_messages_unacknowledged") == 700 ? l : null, cancellationToken);
        Assert.That(look.Failure, Is.Null);
        Assert.That((look.Value("queue_messages_ready"), look.Value("queue_consumers"), look.Value("queue_exists")), Is.EqualTo((11_300d, 1d, 1d)));
        Assert.That((look.Value("memory_alarm"), look.Value("disk_alarm")), Is.EqualTo((0d, 0d)));

        var withoutManagement = await Watching.At(server, "heavy").LookAsync(cancellationToken);
        Assert.That((withoutManagement.Value("queue_messages"), withoutManagement.Value("queue_messages_ready")), Is.EqualTo((11_300d, 11_300d)));
        Assert.That(withoutManagement.Samples.Select(s => s.Family.Name), Has.None.Contains("unacknowledged").And.None.Contains("alarm"));
        await server.DeleteAsync("queues/%2F/heavy", cancellationToken);
    }

    [Test]
    public async Task A_missing_queue_is_no_dead_broker(CancellationToken cancellationToken)
    {
        await server.PutAsync("queues/%2F/default", "{\"durable\":true}", cancellationToken);
        var look = await Watching.At(server, "missing", "default", "gone").WithManagement(server.ManagementUrl).LookAsync(cancellationToken);

        Assert.That(look.Failure, Is.Null);
        Assert.That(new[] { "missing", "default", "gone" }.Select(q => look.Value("queue_exists", q)), Is.EqualTo(new[] { 0d, 1d, 0d }));
        Assert.That(look.Samples.Where(s => s.Labels[^1] == "missing").Select(s => s.Family.Name), Is.EqualTo(new[] { "verolux_rabbitmq_queue_exists" }));
        Assert.That(look.Value("queue_messages_ready", "default"), Is.Zero);
        Assert.That(look.Samples[0].Labels, Is.EqualTo(new[] { "north", "main", "/", "missing" }));
    }

    [Test]
    public async Task A_queue_that_is_anothers_alone_is_there_and_its_depth_is_known_to_the_management_api(CancellationToken cancellationToken)
    {
        await using var worker = await server.ConnectAsync(cancellationToken);
        await using var channel = await worker.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync("private", false, true, true, cancellationToken: cancellationToken);
        await channel.BasicPublishAsync("", "private", new byte[1], cancellationToken);
        var broker = Watching.At(server, "private", "missing").WithManagement(server.ManagementUrl);
        var look = await Eventually.FoundAsync("the statistics", async () => await broker.LookAsync(cancellationToken) is var l && l.Value("queue_messages", "private") == 1 ? l : null, cancellationToken);

        Assert.That(look.Failure, Is.Null);
        Assert.That((look.Value("queue_exists", "private"), look.Value("queue_exists", "missing")), Is.EqualTo((1d, 0d)));
        Assert.That(look.Value("queue_messages_ready", "private"), Is.Null);
    }

    [Test]
    public async Task Names_may_hold_any_sign(CancellationToken cancellationToken)
    {
        const string Queue = "a/b c?d#e%2F\u00e4";
        await server.PutAsync("vhosts/v%2Fx%20y", "{}", cancellationToken);
        await server.PutAsync($"queues/v%2Fx%20y/{Uri.EscapeDataString(Queue)}", "{}", cancellationToken);
        var broker = Watching.At(server, Queue).WithManagement(server.ManagementUrl) with { VirtualHost = "v/x y" };
        var look = await Eventually.FoundAsync("the statistics", async () => await broker.LookAsync(cancellationToken) is var l && l.Value("queue_messages") == 0 ? l : null, cancellationToken);
        Assert.That(look.Value("queue_exists"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_user_without_any_right_but_to_the_virtual_host_is_enough(CancellationToken cancellationToken)
    {
        await server.PutAsync("queues/%2F/default", "{\"durable\":true}", cancellationToken);
        await MakeLeastAsync("monitoring", cancellationToken);
        var broker = AsLeast("default").WithManagement(server.ManagementUrl);
        var look = await Eventually.FoundAsync("the statistics", async () => await broker.LookAsync(cancellationToken) is var l && l.Value("queue_messages") == 0 ? l : null, cancellationToken);

        Assert.That(look.Failure, Is.Null);
        Assert.That((look.Value("queue_consumers"), look.Value("queue_exists"), look.Value("memory_alarm")), Is.EqualTo((0d, 1d, 0d)));
    }

    [Test]
    public async Task Whoever_may_not_use_the_management_api_still_sees_what_AMQP_tells(CancellationToken cancellationToken)
    {
        await server.PutAsync("queues/%2F/default", "{\"durable\":true}", cancellationToken);
        await MakeLeastAsync("", cancellationToken);
        var look = await AsLeast("default").WithManagement(server.ManagementUrl).FailsAsync(NetworkFailure.Permission, cancellationToken);
        Assert.That(look.Failure!.Detail, Does.Contain("needs the tag monitoring"));
        Assert.That((look.Value("queue_messages"), look.Value("queue_messages_ready"), look.Value("queue_exists")), Is.EqualTo((0d, 0d, 1d)));
        Assert.That((look.Value("queue_messages_unacknowledged"), look.Value("memory_alarm")), Is.EqualTo(((double?)null, (double?)null)));
        Assert.That((await AsLeast("default").LookAsync(cancellationToken)).Failure, Is.Null);
    }

    [Test]
    public async Task Credentials_that_are_not_taken_are_told_from_rights_that_are_missing(CancellationToken cancellationToken)
    {
        await MakeLeastAsync("", cancellationToken);
        await server.PutAsync("vhosts/foreign", "{}", cancellationToken);
        await Watching.At(RabbitServer.UriOf(server.Port, Least, "wrong")).FailsAsync(NetworkFailure.Auth, cancellationToken);
        await Watching.At(RabbitServer.UriOf(server.Port, "nobody")).FailsAsync(NetworkFailure.Auth, cancellationToken);
        await (AsLeast() with { VirtualHost = "foreign" }).FailsAsync(NetworkFailure.Permission, cancellationToken);
        await (AsLeast() with { VirtualHost = "none" }).FailsAsync(NetworkFailure.NotFound, cancellationToken);
    }

    [Test]
    public async Task What_is_revoked_is_seen_at_the_next_look_and_so_is_what_is_granted_again(CancellationToken cancellationToken)
    {
        await MakeLeastAsync("", cancellationToken);
        Assert.That((await AsLeast().LookAsync(cancellationToken)).Failure, Is.Null);
        await server.DeleteAsync($"permissions/%2F/{Least}", cancellationToken);
        await AsLeast().FailsAsync(NetworkFailure.Permission, cancellationToken);
        await server.PutAsync($"users/{Least}", "{\"password\":\"another\",\"tags\":\"\"}", cancellationToken);
        await AsLeast().FailsAsync(NetworkFailure.Auth, cancellationToken);
        await MakeLeastAsync("", cancellationToken);
        Assert.That((await AsLeast().LookAsync(cancellationToken)).Failure, Is.Null);
    }

    [Test]
    public async Task A_virtual_host_that_is_full_of_connections_is_named(CancellationToken cancellationToken)
    {
        await server.PutAsync("vhosts/full", "{}", cancellationToken);
        await server.PutAsync("vhost-limits/full/max-connections", "{\"value\":0}", cancellationToken);
        var broker = Watching.At(server) with { VirtualHost = "full" };
        await broker.FailsAsync(NetworkFailure.TooManyConnections, cancellationToken);
        await server.DeleteAsync("vhost-limits/full/max-connections", cancellationToken);
        Assert.That((await broker.LookAsync(cancellationToken)).Failure, Is.Null);
    }

    [Test]
    public async Task Alarms_are_seen_at_once_and_are_no_failure(CancellationToken cancellationToken)
    {
        await server.PutAsync("queues/%2F/default", "{\"durable\":true}", cancellationToken);
        var broker = Watching.At(server, "default").WithManagement(server.ManagementUrl);
        try
        {
            server.Control("set_vm_memory_high_watermark", "0");
            var starved = await broker.LookAsync(cancellationToken);
            Assert.That((starved.Failure, starved.Value("memory_alarm"), starved.Value("disk_alarm")), Is.EqualTo(((Failure?)null, 1d, 0d)));
            server.Control("set_disk_free_limit", "1000000000000000");
            var full = await Eventually.FoundAsync("the disk alarm", async () => await broker.LookAsync(cancellationToken) is var l && l.Value("disk_alarm") == 1 ? l : null, cancellationToken);
            Assert.That((full.Failure, full.Value("memory_alarm"), full.Value("queue_messages_ready")), Is.EqualTo(((Failure?)null, 1d, 0d)));
        }
        finally
        {
            server.Control("set_vm_memory_high_watermark", "absolute", "1GB");
            server.Control("set_disk_free_limit", "50MB");
        }
        await Eventually.FoundAsync("the end of the alarms", async () => await broker.LookAsync(cancellationToken) is var l && (l.Value("memory_alarm"), l.Value("disk_alarm")) == (0d, 0d) ? l : null, cancellationToken);
    }

    [Test]
    public async Task After_an_outage_it_comes_back_by_itself_with_what_is_durable(CancellationToken cancellationToken)
    {
        await using var engine = new Engine();
        await server.PutAsync("queues/%2F/kept", "{\"durable\":true}", cancellationToken);
        await using (var worker = await server.ConnectAsync(cancellationToken))
        await using (var channel = await worker.CreateChannelAsync(new CreateChannelOptions(true, true), cancellationToken))
            await channel.BasicPublishAsync("", "kept", false, new BasicProperties { Persistent = true }, new byte[1], cancellationToken);
        await engine.ApplyAsync(new RabbitMqCollector([Watching.At(server, "kept") with { QueueMessagesThreshold = 10_000 }]));
        await engine.Time.TurnsAsync();
        Assert.That((await engine.ScrapeAsync()).Of("verolux_rabbitmq_queue_messages"), Is.EqualTo(new[] { 1d }));

        server.Suspend();
        await engine.PassAsync(15);
        Assert.That((await engine.ScrapeAsync()).Series, Has.One.Match("^verolux_rabbitmq_failure{.*reason=\"refused\""));
        server.Resume();
        await engine.PassAsync(15);
        Assert.That((await engine.ScrapeAsync()).Of("verolux_rabbitmq_up"), Is.EqualTo(new[] { 1d }));

        await server.StopAsync();
        await engine.PassAsync(15);
        var down = await engine.ScrapeAsync();
        Assert.That(down.Of("verolux_rabbitmq_up"), Is.EqualTo(new[] { 0d }));
        Assert.That(down.Of("verolux_rabbitmq_queue_messages_threshold"), Is.EqualTo(new[] { 10_000d }));
        Assert.That(down.Of("verolux_rabbitmq_queue_messages"), Is.Empty);
        await server.RunAsync(cancellationToken);
        // It lets clients in a moment before it has counted what its queues kept.
        await Eventually.FoundAsync(
            "what the queue kept",
            async () =>
            {
                await engine.PassAsync(15);
                return (await engine.ScrapeAsync()).Of("verolux_rabbitmq_queue_messages").SequenceEqual([1d]) ? "it" : null;
            },
            cancellationToken,
            () => $"{engine.Loop.Watches.Single().Newest?.Failure}");
    }

    [Test]
    public async Task A_broken_broker_delays_no_other(CancellationToken cancellationToken)
    {
        using var silent = new SilentServer();
        await using var engine = new Engine();
        await engine.ApplyAsync(new RabbitMqCollector([Watching.At(server) with { Name = "good" }, Watching.At(RabbitServer.UriOf(silent.Port)) with { Name = "bad" }]));
        await engine.Time.TurnsAsync();
        // The second of two starts half an interval later, and stays away until its timeout.
        engine.Time.Advance(TimeSpan.FromSeconds(7.5));
        await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 1);
        Assert.That((await engine.ScrapeAsync())["verolux_rabbitmq_up{site=\"north\",broker=\"bad\"}"], Is.Null);
        await engine.Loop.Watches.Single(w => w.Name == "good").LookNowAsync();
        var page = await engine.ScrapeAsync();
        Assert.That(page["verolux_rabbitmq_up{site=\"north\",broker=\"good\"}"], Is.EqualTo(1));
        Assert.That(page.Of("verolux_exporter_looks_in_flight"), Is.EqualTo(new[] { 1d }));
    }

    Broker AsLeast(params IReadOnlyList<string> queues) => Watching.At(RabbitServer.UriOf(server.Port, Least)) with { Queues = new QueueNames(queues) };

    async Task MakeLeastAsync(string tags, CancellationToken cancellationToken)
    {
        await server.PutAsync($"users/{Least}", $$"""{"password":"{{RabbitServer.Password}}","tags":"{{tags}}"}""", cancellationToken);
        await server.PutAsync($"permissions/%2F/{Least}", """{"configure":"^$","write":"^$","read":"^$"}""", cancellationToken);
    }
}
