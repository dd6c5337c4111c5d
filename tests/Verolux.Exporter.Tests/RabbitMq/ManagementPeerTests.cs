using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.RabbitMq;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.RabbitMq;

/// <summary>A real broker whose management API is as one may find it.</summary>
[CancelAfter(120_000)]
public class ManagementPeerTests
{
    const string Ok = "HTTP/1.1 200 OK";
    const string Calm = """{"status":"ok"}""";
    RabbitServer server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await RabbitServer.SharedAsync();
        await server.PutAsync("queues/%2F/default", "{\"durable\":true}", CancellationToken.None);
    }

    static string Answer(string status, string body) => $"{status}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{body}";

    /// <summary>Answers well for the alarms, and so for the queue.</summary>
    static ScriptedServer Telling(string queue) => ScriptedServer.Http(path => Answer(Ok, path.EndsWith("/alarms") ? Calm : queue));

    [TestCase("{}")]
    [TestCase("""{"name":"default","garbage_collection":{"minor_gcs":-1}}""")]
    [TestCase("""{"messages":null}""")]
    public async Task Statistics_that_are_not_there_yet_are_unknown_and_not_0(string queue, CancellationToken cancellationToken)
    {
        await using var management = Telling(queue);
        var look = await At(management).LookAsync(cancellationToken);
        Assert.That(look.Failure, Is.Null);
        Assert.That((look.Value("queue_messages"), look.Value("queue_messages_unacknowledged")), Is.EqualTo(((double?)null, (double?)null)));
        Assert.That((look.Value("queue_messages_ready"), look.Value("queue_consumers"), look.Value("queue_exists"), look.Value("memory_alarm")), Is.EqualTo((0d, 0d, 1d, 0d)));
    }

    [Test]
    public async Task A_queue_that_is_deleted_between_the_two_is_unknown(CancellationToken cancellationToken)
    {
        await using var management = ScriptedServer.Http(path => path.EndsWith("/alarms") ? Answer(Ok, Calm) : Answer("HTTP/1.1 404 Not Found", """{"error":"Object Not Found","reason":"Not Found"}"""));
        var look = await At(management).LookAsync(cancellationToken);
        Assert.That((look.Failure, look.Value("queue_messages")), Is.EqualTo(((Failure?)null, (double?)null)));
    }

    static IEnumerable<TestCaseData> Broken =>
    [
        Case("a page of another program", "protocol", Answer(Ok, "<html>")),
        Case("JSON of another program", "protocol", Answer(Ok, "{}")),
        Case("a list", "protocol", Answer(Ok, "[]")),
        Case("null", "protocol", Answer(Ok, "null")),
        Case("nothing", "protocol", ""),
        Case("no HTTP", "protocol", "220 mail.example ESMTP\r\n"),
        Case("a body that breaks off", "protocol", $"{Ok}\r\nContent-Length: 1000\r\n\r\n{{"),
        Case("a proxy whose server is away", "protocol", Answer("HTTP/1.1 503 Service Unavailable", "<html>")),
        Case("a broken server", "protocol", Answer("HTTP/1.1 500 Internal Server Error", "{}")),
        Case("another address", "protocol", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
        Case("a body without end", "protocol", Answer(Ok, new string(' ', 1_000_000))),
        Case("a header without end", "protocol", $"{Ok}\r\nX: {new string('x', 1_000_000)}\r\n\r\n"),
        Case("no management API", "not_found", Answer("HTTP/1.1 404 Not Found", "")),
        Case("a user that it does not take", "permission", Answer("HTTP/1.1 401 Unauthorized", """{"error":"not_authorised","reason":"Not management user"}""")),
        Case("a user that it forbids", "permission", Answer("HTTP/1.1 403 Forbidden", "")),
    ];

    static TestCaseData Case(string name, string reason, string answer) => new TestCaseData(reason, answer).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Broken))]
    public async Task One_that_is_broken_is_a_failure_and_takes_nothing_away_from_what_AMQP_tells(string reason, string answer, CancellationToken cancellationToken)
    {
        await using var management = ScriptedServer.Http(_ => answer);
        AssertOnlyAmqp(await At(management).FailsAsync(RabbitMqReasons.All.Single(r => r.Name == reason), cancellationToken));
    }

    [TestCase("""{"messages":"many"}""")]
    [TestCase("""{"messages":[1]}""")]
    [TestCase("""{"messages":1""")]
    [TestCase("null")]
    public async Task Statistics_that_are_none_are_a_failure(string queue, CancellationToken cancellationToken)
    {
        await using var management = Telling(queue);
        AssertOnlyAmqp(await At(management).FailsAsync(NetworkFailure.Protocol, cancellationToken));
    }

    [Test]
    public async Task One_that_is_off_is_a_failure_and_takes_nothing_away_from_what_AMQP_tells(CancellationToken cancellationToken) =>
        AssertOnlyAmqp(await Watching.At(server, "default").WithManagement(new Uri($"http://127.0.0.1:{FreePort.Next()}/")).FailsAsync(NetworkFailure.Refused, cancellationToken));

    [Test]
    public async Task One_that_drips_ends_with_the_cancellation(CancellationToken cancellationToken)
    {
        await using var management = ScriptedServer.Saying("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"u8.ToArray());
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var look = At(management).LookAsync(cancellation.Token);
        await Eventually.FoundAsync("the request", () => management.Open == 1 ? management : null, cancellationToken);
        await cancellation.CancelAsync();
        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());
        await Eventually.FoundAsync("the end of the connection", () => management.Open == 0 ? management : null, cancellationToken);
    }

    [Test]
    public async Task It_is_found_under_a_path_and_asked_for_each_queue_by_name(CancellationToken cancellationToken)
    {
        var asked = new List<string>();
        await using var management = ScriptedServer.Http(path =>
        {
            asked.Add(path);
            return Answer(Ok, path.EndsWith("/alarms") ? Calm : """{"messages":7,"messages_unacknowledged":4,"more":{}}""");
        });
        var look = await Watching.At(server, "missing", "default").WithManagement(new Uri($"http://127.0.0.1:{management.Port}/rabbit/")).LookAsync(cancellationToken);
        Assert.That((look.Value("queue_messages"), look.Value("queue_messages_unacknowledged"), look.Value("queue_messages_ready", "default")), Is.EqualTo((7d, 4d, 0d)));
        Assert.That(asked, Is.EqualTo(new[] { "/rabbit/api/health/checks/alarms", "/rabbit/api/queues/%2F/default?columns=name,messages,messages_unacknowledged" }));
    }

    static void AssertOnlyAmqp(Look look)
    {
        Assert.That((look.Value("queue_exists"), look.Value("queue_messages_ready"), look.Value("queue_messages")), Is.EqualTo((1d, 0d, 0d)), "what is ready stands for the depth");
        Assert.That(look.Samples.Select(s => s.Family.Name), Has.None.Contains("alarm").And.None.Contains("unacknowledged"));
    }

    Broker At(ScriptedServer management) => Watching.At(server, "default").WithManagement(new Uri($"http://127.0.0.1:{management.Port}/"));
}
