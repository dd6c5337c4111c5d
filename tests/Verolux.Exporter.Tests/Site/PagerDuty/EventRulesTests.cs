using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Site.PagerDuty;

public class EventRulesTests
{
    Sender sender = null!;

    [SetUp]
    public async Task Start() => sender = await Sender.StartAsync();

    [TearDown]
    public ValueTask Stop() => sender.DisposeAsync();

    [Test]
    public async Task A_valid_event_is_answered_with_202_and_its_key()
    {
        var (status, body) = await sender.AnswerAsync(Sender.Trigger("camera-1"));
        Assert.That(status, Is.EqualTo(202));
        Assert.That(body.GetRawText(), Is.EqualTo("""{"status":"success","message":"Event processed","dedup_key":"camera-1"}"""));
    }

    [Test]
    public async Task A_trigger_without_a_key_is_given_one_of_its_own()
    {
        var (_, first) = await sender.AnswerAsync(Sender.Trigger(dedupKey: null));
        var (_, second) = await sender.AnswerAsync(Sender.Trigger(dedupKey: null));
        Assert.That(first.GetProperty("dedup_key").GetString(), Is.Not.Empty.And.Not.EqualTo(second.GetProperty("dedup_key").GetString()));
        Assert.That(sender.Site.PagerDuty.Alerts, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Everything_documented_is_accepted()
    {
        var (status, _) = await sender.AnswerAsync(Sender.Trigger(change: e =>
        {
            e["client"] = "Verolux";
            e["client_url"] = "https://verolux.example";
            e["links"] = JsonNode.Parse("""[{"href":"http://verolux.example/runbooks","text":"Runbook"},{"href":"https://verolux.example"}]""");
            e["images"] = JsonNode.Parse("""[{"src":"https://verolux.example/a.png","href":"http://verolux.example","alt":"a"}]""");
            foreach (var name in (string[])["component", "group", "class"])
                e["payload"]![name] = name;
            e["payload"]!["summary"] = string.Concat(Enumerable.Repeat("📷", 1024));
            e["payload"]!["custom_details"] = new JsonObject { ["sla"] = 900 };
        }));
        Assert.That(status, Is.EqualTo(202));
    }

    [TestCase("2015-07-17T08:42:58.315+0000", true)]
    [TestCase("2026-11-24T10:00:00Z", true)]
    [TestCase("2026-11-24T10:00:00.123456789-05:30", true)]
    [TestCase("2026-11-24T10:00:00", false)]
    [TestCase("2026-02-30T10:00:00Z", false)]
    [TestCase("2026-11-24 10:00:00Z", false)]
    [TestCase("yesterday", false)]
    public async Task A_timestamp_is_a_moment_in_ISO_8601(string text, bool valid)
    {
        var (status, _) = await sender.AnswerAsync(Sender.Trigger(change: e => e["payload"]!["timestamp"] = text));
        Assert.That(status, Is.EqualTo(valid ? 202 : 400));
    }

    [TestCase("routing_key", null, "'routing_key' is missing")]
    [TestCase("routing_key", "\"short\"", "'routing_key' must be 32 characters long")]
    [TestCase("routing_key", "\"ffffffffffffffffffffffffffffffff\"", "'routing_key' is not known")]
    [TestCase("routing_key", "7", "'routing_key' must be a string")]
    [TestCase("event_action", null, "'event_action' is missing")]
    [TestCase("event_action", "\"Trigger\"", "'event_action' must be one of trigger, acknowledge, resolve")]
    [TestCase("dedup_key", "null", "'dedup_key' must be a string")]
    [TestCase("payload", null, "'payload' is missing")]
    [TestCase("payload", "[]", "'payload' must be an object")]
    [TestCase("client", "1", "'client' must be a string")]
    [TestCase("client_url", "\"verolux\"", "'client_url' must be an absolute URL (http, https)")]
    [TestCase("links", "{}", "'links' must be an array")]
    [TestCase("links", "[1]", "'links[0]' must be an object")]
    [TestCase("links", "[{}]", "'links[0].href' is missing")]
    [TestCase("links", """[{"href":"https://a"},{"href":"/runbooks"}]""", "'links[1].href' must be an absolute URL (http, https)")]
    [TestCase("links", """[{"href":"https://a","text":1}]""", "'links[0].text' must be a string")]
    [TestCase("images", """[{"src":"http://a"}]""", "'images[0].src' must be an absolute URL (https)")]
    [TestCase("images", """[{"src":"https://a","href":"ftp://a"}]""", "'images[0].href' must be an absolute URL (http, https)")]
    [TestCase("images", """[{"src":"https://a","alt":1}]""", "'images[0].alt' must be a string")]
    public async Task A_wrong_field_is_named(string field, string? value, string error) =>
        Assert.That(await sender.ErrorsAsync(Sender.Trigger(change: e => Set(e, field, value))), Is.EqualTo([error]));

    [TestCase("summary", null, "'payload.summary' is missing")]
    [TestCase("summary", "\"\"", "'payload.summary' must not be empty")]
    [TestCase("source", null, "'payload.source' is missing")]
    [TestCase("source", "\"\"", "'payload.source' must not be empty")]
    [TestCase("severity", null, "'payload.severity' is missing")]
    [TestCase("severity", "\"fatal\"", "'payload.severity' must be one of critical, error, warning, info")]
    [TestCase("timestamp", "1732440000", "'payload.timestamp' must be a string")]
    [TestCase("component", "1", "'payload.component' must be a string")]
    [TestCase("group", "1", "'payload.group' must be a string")]
    [TestCase("class", "1", "'payload.class' must be a string")]
    [TestCase("custom_details", "\"text\"", "'payload.custom_details' must be an object")]
    public async Task A_wrong_field_of_the_payload_is_named(string field, string? value, string error) =>
        Assert.That(await sender.ErrorsAsync(Sender.Trigger(change: e => Set(e["payload"]!.AsObject(), field, value))), Is.EqualTo([error]));

    [Test]
    public async Task A_summary_has_at_most_1024_characters() => Assert.That(
        await sender.ErrorsAsync(Sender.Trigger(change: e => e["payload"]!["summary"] = new string('x', 1025))),
        Is.EqualTo(["'payload.summary' is longer than 1024 characters"]));

    [TestCase(255, 202)]
    [TestCase(256, 400)]
    public async Task A_key_has_at_most_255_characters(int length, int status) =>
        Assert.That((await sender.AnswerAsync(Sender.Trigger(new string('k', length)))).Status, Is.EqualTo(status));

    [TestCase("acknowledge")]
    [TestCase("resolve")]
    public async Task What_follows_a_trigger_must_name_its_key(string action)
    {
        var sent = Sender.Follow(action);
        sent.Remove("dedup_key");
        Assert.That(await sender.ErrorsAsync(sent), Is.EqualTo(["'dedup_key' is missing"]));
    }

    [Test]
    public async Task All_errors_are_listed_at_once()
    {
        var sent = JsonNode.Parse("""{"event_action":"trigger","payload":{"severity":"bad"},"links":[{}]}""")!;
        var (status, body) = await sender.AnswerAsync(sent);
        Assert.That(status, Is.EqualTo(400));
        Assert.That(body.GetRawText(), Does.StartWith("""{"status":"invalid event","message":"Event object is invalid","errors":["""));
        Assert.That(body.GetProperty("errors").GetArrayLength(), Is.EqualTo(5));
    }

    static void Set(JsonObject json, string field, string? value)
    {
        json.Remove(field);
        if (value is not null)
            json[field] = JsonNode.Parse(value);
    }
}
