using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Alerts.Api;

/// <summary>What tools read of the incidents, and do with them.</summary>
[CancelAfter(60_000)]
public class IncidentApiTests
{
    RunningExporter exporter = null!;

    [SetUp]
    public async Task Start() => exporter = await RunningExporter.StartAsync();

    [TearDown]
    public async Task Stop() => await exporter.DisposeAsync();

    [Test]
    public async Task An_incident_is_told_whole_by_its_number()
    {
        var receipt = (await exporter.ReceiptsAsync(Bodies.Alert()))[0];
        var number = receipt.GetProperty("incident").GetString()!;
        var incident = await GetAsync($"/api/v1/incidents/{number}");
        foreach (var same in (string[])["incident", "alertname", "severity", "fingerprint", "runbook_url", "response_sla_seconds"])
            Assert.That(incident.GetProperty(same).ToString(), Is.EqualTo(receipt.GetProperty(same).ToString()), same);
        Assert.That(incident.GetProperty("state").GetString(), Is.EqualTo("firing"));
        Assert.That(incident.GetProperty("respond_by").GetDateTimeOffset(), Is.EqualTo(receipt.GetProperty("respond_by").GetDateTimeOffset()).Within(TimeSpan.FromSeconds(1)));
        Assert.That(incident.GetProperty("alert").GetRawText(), Is.EqualTo(Bodies.Alert()));
        Assert.That(incident.GetProperty("deliveries").GetArrayLength(), Is.Zero, "there is no destination");
        Assert.That((await GetAsync($"/api/v1/incidents/{number.ToLowerInvariant()}")).GetProperty("incident").GetString(), Is.EqualTo(number));
    }

    [TestCase("VX-000000")]
    [TestCase("rubbish")]
    [TestCase("' OR 1=1")]
    public async Task There_is_no_other_incident(string number)
    {
        await exporter.ReceiptsAsync(Bodies.Alert());
        foreach (var path in (string[])["", "/timeline"])
            Assert.That((await SendAsync(HttpMethod.Get, $"/api/v1/incidents/{Uri.EscapeDataString(number)}{path}")).Status, Is.EqualTo(404));
        foreach (var action in (string[])["ack", "unack", "resolve", "escalate", "flags"])
            Assert.That((await ActAsync(number, action, "{}")).Status, Is.EqualTo(404), action);
    }

    [Test]
    public async Task The_list_has_the_newest_first_and_goes_on_where_it_stopped()
    {
        await exporter.ReceiptsAsync(Enumerable.Range(0, 120).Select(i => Bodies.Resolved(Bodies.LabelsOf(("alertname", "Unheard"), ("n", $"{i}")))));
        var (path, seen) = ((string?)"/api/v1/incidents?limit=50&state=missed", new List<int>());
        while (path is not null)
        {
            var page = await GetAsync(path);
            seen.AddRange(page.GetProperty("incidents").EnumerateArray().Select(i => int.Parse(i.GetProperty("alert").GetProperty("labels").GetProperty("n").GetString()!)));
            path = page.GetProperty("next").GetString();
        }
        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 120).Reverse()));
    }

    [TestCase("state=firing", 1)]
    [TestCase("state=missed", 1)]
    [TestCase("severity=critical", 1)]
    [TestCase("severity=warning&state=firing", 0)]
    [TestCase("alertname=DiskFull", 1)]
    [TestCase("alertname=diskfull", 0)]
    [TestCase("site=north", 1)]
    [TestCase("", 2)]
    public async Task The_list_is_filtered(string query, int found)
    {
        await exporter.ReceiptsAsync(Bodies.Alert("""{"alertname":"DiskFull","site":"north","severity":"critical"}"""), Bodies.Resolved("""{"alertname":"Other"}"""));
        Assert.That((await GetAsync($"/api/v1/incidents?{query}")).GetProperty("incidents").GetArrayLength(), Is.EqualTo(found));
    }

    [TestCase("state=closed", "state: \"closed\" is none; write open, firing, resolving, unverified, resolved, missed")]
    [TestCase("limit=0", "limit: \"0\" is none; write a number from 1 to 200")]
    [TestCase("limit=201", "limit: \"201\" is none; write a number from 1 to 200")]
    [TestCase("before=7", "before: \"7\" is no incident's number; write one such as VX-K3Q7M2")]
    [TestCase("page=2", "there is no parameter \"page\"; write state, severity, alertname, site, limit or before")]
    public async Task A_query_that_makes_no_sense_is_told_what_would(string query, string detail)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, $"/api/v1/incidents?{query}");
        Assert.That((status, JsonElement.Parse(body).GetProperty("detail").GetString()), Is.EqualTo((400, detail)));
    }

    [Test]
    public async Task It_is_acknowledged_escalated_noted_and_resolved_and_all_of_it_is_on_its_timeline()
    {
        var number = await OpenAsync();
        Assert.That((await DoneAsync(number, "ack", """{"by":"Kim","note":"looking"}""")).GetProperty("acknowledged_by").GetString(), Is.EqualTo("Kim"));
        Assert.That((await DoneAsync(number, "unack", "")).GetProperty("acknowledged_at").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That((await DoneAsync(number, "escalate", """{"level":3}""")).GetProperty("level").GetInt32(), Is.EqualTo(3));
        Assert.That((await DoneAsync(number, "flags", """{"security":true}""")).GetProperty("security").GetBoolean(), Is.True);
        Assert.That((await DoneAsync(number, "flags", """{"security":false,"customer_facing":true}""")).GetProperty("customer_facing").GetBoolean(), Is.True);
        await DoneAsync(number, "notes", """{"note":"it is the cable"}""");
        Assert.That((await DoneAsync(number, "resolve", """{"by":"Robin"}""")).GetProperty("sla_outcome").GetString(), Is.EqualTo("met_ack"));
        var timeline = (await GetAsync($"/api/v1/incidents/{number}/timeline")).GetProperty("timeline").EnumerateArray().Select(t => $"{t.GetProperty("event")} {t.GetProperty("by")} {t.GetProperty("text")}".TrimEnd()).ToList();
        Assert.That(timeline, Is.EqualTo(new[]
        {
            "started  DiskFull (warning)", "opened", "acknowledged Kim looking", "unacknowledged anonymous", "escalated anonymous to level 3: manual", "flagged anonymous Security",
            "escalated anonymous to level 4: security", "flagged anonymous CustomerFacing", "noted anonymous it is the cable", "resolved Robin", "ended  met_ack",
        }));
        Assert.That((await ActAsync(number, "ack", "{}")).Status, Is.EqualTo(409));
    }

    [Test]
    public async Task Acknowledged_twice_it_is_as_acknowledged_once()
    {
        var number = await OpenAsync();
        var first = await DoneAsync(number, "ack", """{"by":"Kim"}""");
        var second = await DoneAsync(number, "ack", """{"by":"Robin"}""");
        Assert.That((second.GetProperty("acknowledged_by").GetString(), second.GetProperty("acknowledged_at").GetString()), Is.EqualTo(("Kim", first.GetProperty("acknowledged_at").GetString())));
    }

    [TestCase("ack", "[]", 400, "the body is no JSON object")]
    [TestCase("ack", "{", 400, "the body is not JSON")]
    [TestCase("ack", """{"who":"Kim"}""", 400, "there is no field \"who\"; write by, note")]
    [TestCase("ack", """{"by":7}""", 400, "\"by\" is 7; write a text")]
    [TestCase("ack", """{"by":"\ud800"}""", 400, "\"by\" is")]
    [TestCase("escalate", """{"level":5}""", 400, "\"level\" is 5; write a number from 2 to 4")]
    [TestCase("flags", """{"security":"yes"}""", 400, "\"security\" is \"yes\"; write true or false")]
    [TestCase("notes", "{}", 400, "\"note\" is missing; write what is to be noted")]
    public async Task What_makes_no_sense_is_told_what_would(string action, string body, int status, string detail)
    {
        var answer = await ActAsync(await OpenAsync(), action, body);
        Assert.That((answer.Status, JsonElement.Parse(answer.Body).GetProperty("detail").GetString()), Is.EqualTo((status, detail)).Using<(int Status, string Detail)>((a, b) => a.Status == b.Status && a.Detail.StartsWith(b.Detail)));
    }

    [Test]
    public async Task What_is_too_long_is_refused()
    {
        var number = await OpenAsync();
        Assert.That((await ActAsync(number, "notes", $$"""{"note":"{{new string('x', 10_001)}}"}""")).Status, Is.EqualTo(400));
        Assert.That((await ActAsync(number, "notes", $$"""{"note":"{{new string('x', 100_000)}}"}""")).Status, Is.EqualTo(413));
    }

    [Test]
    public async Task A_page_of_another_site_and_a_form_change_nothing()
    {
        var number = await OpenAsync();
        using var cross = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/incidents/{number}/ack") { Content = JsonContent.Create(new { by = "x" }) };
        cross.Headers.Add("Origin", "http://evil.example");
        Assert.That((int)(await exporter.Client.SendAsync(cross)).StatusCode, Is.EqualTo(403));
        using var form = new FormUrlEncodedContent([new("by", "x")]);
        Assert.That((int)(await exporter.Client.PostAsync($"/api/v1/incidents/{number}/ack", form)).StatusCode, Is.EqualTo(415));
        Assert.That((await SendAsync(HttpMethod.Get, $"/api/v1/incidents/{number}/ack")).Status, Is.EqualTo(405), "nothing changes on GET");
        Assert.That((await GetAsync($"/api/v1/incidents/{number}")).GetProperty("acknowledged_at").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Whoever_listens_hears_which_incident_changes(CancellationToken cancellationToken)
    {
        using var answer = await exporter.Client.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/event-stream"));
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        Assert.That(await lines.ReadLineAsync(cancellationToken), Does.StartWith(":"));
        var number = await OpenAsync();
        Assert.That(await EventAsync(lines, cancellationToken), Is.EqualTo(number));
        await DoneAsync(number, "ack", "{}");
        Assert.That(await EventAsync(lines, cancellationToken), Is.EqualTo(number));
    }

    [Test]
    public async Task The_document_names_every_address_and_what_each_answers()
    {
        var document = await GetAsync("/api/v1/openapi.json");
        var number = await OpenAsync();
        await DoneAsync(number, "ack", "{}");
        var paths = document.GetProperty("paths");
        foreach (var path in paths.EnumerateObject())
        {
            foreach (var method in path.Value.EnumerateObject().Where(_ => path.Name is not ("/api/v1/events" or "/api/v1/dead-letters/{delivery}/resend")))
                Assert.That((await SendAsync(new HttpMethod(method.Name.ToUpperInvariant()), path.Name.Replace("{number}", number))).Status, Is.Not.EqualTo(404).And.Not.EqualTo(405), path.Name);
        }
        var schemas = document.GetProperty("components").GetProperty("schemas");
        AssertIs(schemas.GetProperty("IncidentWithDeliveries"), await GetAsync($"/api/v1/incidents/{number}"));
        AssertIs(schemas.GetProperty("Incident"), (await GetAsync("/api/v1/incidents")).GetProperty("incidents")[0]);
        foreach (var happened in (await GetAsync($"/api/v1/incidents/{number}/timeline")).GetProperty("timeline").EnumerateArray())
            AssertIs(schemas.GetProperty("Happened"), happened);
        AssertIs(schemas.GetProperty("Problem"), JsonElement.Parse((await SendAsync(HttpMethod.Get, "/api/v1/incidents/x")).Body));
    }

    /// <summary>It has exactly the schema's fields, each of a type that it allows, and of a closed set one of its values.</summary>
    static void AssertIs(JsonElement schema, JsonElement value)
    {
        var properties = schema.GetProperty("properties");
        Assert.That(value.EnumerateObject().Select(p => p.Name), Is.EquivalentTo(properties.EnumerateObject().Select(p => p.Name)));
        foreach (var field in value.EnumerateObject())
        {
            var property = properties.GetProperty(field.Name);
            var type = property.GetProperty("type");
            var types = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()).ToList() : [type.GetString()];
            var actual = field.Value.ValueKind switch
            {
                JsonValueKind.String => "string",
                JsonValueKind.Number => "integer",
                JsonValueKind.True or JsonValueKind.False => "boolean",
                JsonValueKind.Null => "null",
                JsonValueKind.Array => "array",
                _ => "object",
            };
            Assert.That(types, Has.Member(actual), field.Name);
            if (property.TryGetProperty("enum", out var values))
                Assert.That(values.EnumerateArray().Select(v => v.ToString()), Has.Member(field.Value.ToString()), field.Name);
        }
    }

    async Task<string> OpenAsync() => (await exporter.ReceiptsAsync(Bodies.Alert(start: $"\"{TimeProvider.System.GetUtcNow():O}\"")))[0].GetProperty("incident").GetString()!;

    static async Task<string> EventAsync(StreamReader lines, CancellationToken cancellation)
    {
        while (await lines.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                return line["data: ".Length..];
        }
        throw new EndOfStreamException();
    }

    async Task<JsonElement> DoneAsync(string number, string action, string body)
    {
        var (status, answer) = await ActAsync(number, action, body);
        Assert.That(status, Is.EqualTo(200), answer);
        return JsonElement.Parse(answer);
    }

    Task<(int Status, string Body)> ActAsync(string number, string action, string body) =>
        SendAsync(HttpMethod.Post, $"/api/v1/incidents/{Uri.EscapeDataString(number)}/{action}", new StringContent(body, Encoding.UTF8, "application/json"));

    async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using var answer = await exporter.Client.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    async Task<JsonElement> GetAsync(string path) => JsonElement.Parse(await exporter.Client.GetStringAsync(new Uri(path, UriKind.Relative)));
}
