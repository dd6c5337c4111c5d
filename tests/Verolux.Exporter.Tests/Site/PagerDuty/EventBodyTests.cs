using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Site.PagerDuty;

public class EventBodyTests
{
    Sender sender = null!;

    [SetUp]
    public async Task Start() => sender = await Sender.StartAsync();

    [TearDown]
    public ValueTask Stop() => sender.DisposeAsync();

    [TestCase("{", "application/json", "JSON parse error")]
    [TestCase("", "application/json", "JSON parse error")]
    [TestCase("""{"routing_key":"\ud83d"}""", "application/json", "JSON parse error")]
    [TestCase("[]", "application/json", "the event must be a JSON object")]
    [TestCase("{}", "text/plain", "Content-Type must be application/json")]
    public async Task What_is_no_event_at_all_is_unrecognized(string body, string contentType, string error)
    {
        using var response = await sender.PostAsync(Encoding.UTF8.GetBytes(body), contentType);
        Assert.That((int)response.StatusCode, Is.EqualTo(400));
        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(answer.GetProperty("status").GetString(), Is.EqualTo("Unrecognized object"));
        Assert.That(answer.GetProperty("errors")[0].GetString(), Is.EqualTo(error));
    }

    [Test]
    public async Task The_content_type_may_name_a_charset()
    {
        using var response = await sender.PostAsync(Encoding.UTF8.GetBytes(Sender.Trigger().ToJsonString()), "application/json; charset=utf-8");
        Assert.That((int)response.StatusCode, Is.EqualTo(202));
    }

    [TestCase(512_000, 202)]
    [TestCase(512_001, 413)]
    public async Task An_event_has_at_most_512_KB(int size, int status)
    {
        var sent = Sender.Trigger(change: e => e["payload"]!["custom_details"] = new JsonObject { ["text"] = "" });
        sent["payload"]!["custom_details"]!["text"] = new string('x', size - sent.ToJsonString().Length);
        Assert.That((await sender.AnswerAsync(sent)).Status, Is.EqualTo(status));
    }
}
