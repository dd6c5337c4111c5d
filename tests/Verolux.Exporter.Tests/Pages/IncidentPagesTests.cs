using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Tests.Alerts;

namespace Verolux.Exporter.Tests.Pages;

/// <summary>What the forms of an incident's page do, and who may send them. Without scripts.</summary>
[CancelAfter(60_000)]
public class IncidentPagesTests
{
    RunningExporter exporter = null!;
    HttpClient browser = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        exporter = await RunningExporter.StartAsync();
        browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true }) { BaseAddress = exporter.Client.BaseAddress };
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        browser.Dispose();
        await exporter.DisposeAsync();
    }

    [Test]
    public async Task Everything_that_tools_can_do_a_form_can_do_and_it_says_who()
    {
        var number = await OpenAsync();
        await DoneAsync(number, "ack", ("by", "Kim"), ("note", "looking"));
        Assert.That(await PageAsync(number), Does.Contain("<bdi>Kim</bdi> is at it").And.Contain("Give back"));
        await DoneAsync(number, "unack", ("by", "Kim"));
        await DoneAsync(number, "notes", ("by", "Kim"), ("note", "the cable"));
        await DoneAsync(number, "flags", ("by", "Kim"), ("customer_facing", "on"));
        await DoneAsync(number, "escalate", ("by", "Kim"), ("level", "4"));
        await DoneAsync(number, "resolve", ("by", "Kim"), ("note", "new cable"), ("worked", "no"));
        Assert.That(await PageAsync(number), Does.Contain("resolved").And.Not.Contain("Acknowledge").And.Contain("Say so"));
        await DoneAsync(number, "feedback", ("worked", "yes"));
        var timeline = JsonElement.Parse(await exporter.Client.GetStringAsync($"/api/v1/incidents/{number}/timeline")).GetProperty("timeline").EnumerateArray();
        Assert.That(timeline.Select(t => $"{t.GetProperty("event")} {t.GetProperty("source")} {t.GetProperty("by")} {t.GetProperty("text")}".Trim()).Skip(2), Is.EqualTo(new[]
        {
            "acknowledged page Kim looking", "unacknowledged page Kim", "noted page Kim the cable", "flagged page Kim CustomerFacing", "escalated page Kim to level 3: customer_facing",
            "escalated page Kim to level 4: manual", "runbook_failed page Kim new cable", "resolved page Kim new cable", "ended   met_ack", "runbook_worked page anonymous",
        }));
        var (status, page) = await SendAsync(number, "ack");
        Assert.That((status, page.Contains("It is over, so nothing was done")), Is.EqualTo((HttpStatusCode.Conflict, true)));
    }

    [Test]
    public async Task An_acknowledgement_on_the_board_goes_back_to_the_board()
    {
        var number = await OpenAsync();
        using var answer = await PostAsync(number, "ack", ("from", "board"));
        Assert.That((answer.StatusCode, answer.Headers.Location?.ToString()), Is.EqualTo((HttpStatusCode.SeeOther, "/incidents")));
    }

    [TestCase("notes", "note", "", "the note is empty")]
    [TestCase("escalate", "level", "5", "the level is none from 2 to 4")]
    [TestCase("feedback", "note", "x", "say whether the runbook worked")]
    public async Task A_form_that_makes_no_sense_is_told_so_on_the_incidents_page(string action, string field, string value, string message)
    {
        var number = await OpenAsync();
        var (status, page) = await SendAsync(number, action, (field, value));
        Assert.That((status, page.Contains($"Nothing was done: {message}.")), Is.EqualTo((HttpStatusCode.BadRequest, true)));
    }

    [Test]
    public async Task Too_much_is_refused()
    {
        var number = await OpenAsync();
        Assert.That((await SendAsync(number, "notes", ("note", new string('x', 10_001)))).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await SendAsync(number, "notes", ("note", new string('x', 100_000)))).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        using var parts = new MultipartFormDataContent { { new StringContent("x"), "note" } };
        using var answer = await browser.PostAsync(new Uri($"/incidents/{number}/notes", UriKind.Relative), parts);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.SeeOther), "a form may come in parts too");
    }

    [Test]
    public async Task Nothing_is_done_by_looking_and_nothing_for_another_site()
    {
        var number = await OpenAsync();
        foreach (var action in (string[])["ack", "unack", "resolve", "escalate", "notes", "flags", "feedback"])
        {
            using var looked = await browser.GetAsync(new Uri($"/incidents/{number}/{action}", UriKind.Relative));
            Assert.That(looked.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed), action);
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/incidents/{number}/{action}") { Content = new FormUrlEncodedContent([]) };
            request.Headers.Add("Sec-Fetch-Site", "cross-site");
            using var refused = await browser.SendAsync(request);
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), action);
        }
        Assert.That(exporter.Rows("SELECT count(*) FROM timeline WHERE incident = (SELECT max(id) FROM incidents)"), Is.EqualTo(new[] { "0" }));
    }

    [TestCase("VX-000000")]
    [TestCase("<b>")]
    public async Task There_is_no_other_incident(string number)
    {
        using var answer = await browser.GetAsync(new Uri($"/incidents/{Uri.EscapeDataString(number)}", UriKind.Relative));
        Assert.That((answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Contains("<b>")), Is.EqualTo((HttpStatusCode.NotFound, false)));
        Assert.That((await SendAsync(Uri.EscapeDataString(number), "ack")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task The_board_has_what_nobody_is_at_first_and_of_a_storm_one_line()
    {
        await using var own = await RunningExporter.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        string Alert(string name, string severity, int minutesAgo) => Bodies.Alert(Bodies.LabelsOf(("alertname", name), ("severity", severity)), start: $"\"{now.AddMinutes(-minutesAgo):O}\"");
        var held = await OpenAsync(own, Alert("Held", "critical", 10));
        await own.Client.PostAsync($"/api/v1/incidents/{held}/ack", null);
        await OpenAsync(own, Alert("Later", "warning", 1));
        await OpenAsync(own, Alert("Soon", "critical", 10));
        await OpenAsync(own, Alert("Quiet", "info", 1));
        await own.ReceiptsAsync(Enumerable.Range(0, 22).Select(i => Bodies.Alert(Bodies.LabelsOf(("alertname", "Flood"), ("severity", "warning"), ("n", $"{i}")), start: $"\"{now.AddMinutes(-30):O}\"")));
        var html = await own.Client.GetStringAsync("/incidents");
        var names = System.Text.RegularExpressions.Regex.Matches(html, "<bdi>([A-Za-z]+)</bdi>( storm)? · <code>").Select(m => m.Groups[1].Value + m.Groups[2].Value).ToList();
        Assert.That(names.Distinct(), Is.EqualTo(new[] { "Soon", "Flood", "Flood storm", "Later", "Quiet", "Held" }));
        Assert.That((names.Count(n => n == "Flood"), names.Count(n => n == "Flood storm")), Is.EqualTo((20, 1)));
        Assert.That(html, Does.Contain("26 open incidents").And.Contain("And 2 more, which share a storm&#x27;s page").Or.Contain("And 2 more, which share a storm&#39;s page").Or.Contain("And 2 more, which share a storm's page"));
    }

    async Task<string> OpenAsync() => await OpenAsync(exporter, Bodies.Alert(Bodies.LabelsOf(("alertname", "DiskFull"), ("severity", "warning"), ("n", Guid.NewGuid().ToString())), start: $"\"{TimeProvider.System.GetUtcNow():O}\""));

    static async Task<string> OpenAsync(RunningExporter exporter, string alert) => (await exporter.ReceiptsAsync(alert))[0].GetProperty("incident").GetString()!;

    async Task<string> PageAsync(string number) => await browser.GetStringAsync(new Uri($"/incidents/{number}", UriKind.Relative));

    async Task DoneAsync(string number, string action, params (string, string)[] fields)
    {
        using var answer = await PostAsync(number, action, fields);
        Assert.That((answer.StatusCode, answer.Headers.Location?.ToString()), Is.EqualTo((HttpStatusCode.SeeOther, $"/incidents/{number}")), action);
    }

    async Task<(HttpStatusCode Status, string Page)> SendAsync(string number, string action, params (string, string)[] fields)
    {
        using var answer = await PostAsync(number, action, fields);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    Task<HttpResponseMessage> PostAsync(string number, string action, params (string Name, string Value)[] fields) =>
        browser.PostAsync(new Uri($"/incidents/{number}/{action}", UriKind.Relative), new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));
}
