using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>What tools read of the incidents.</summary>
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
        using var answer = await exporter.Client.GetAsync(new Uri($"/api/v1/incidents/{Uri.EscapeDataString(number)}", UriKind.Relative));
        Assert.That((int)answer.StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task What_fires_comes_first_in_the_list_which_is_bounded()
    {
        var fires = (await exporter.ReceiptsAsync(Bodies.Alert()))[0].GetProperty("incident").GetString();
        var unheard = Enumerable.Range(0, IncidentApi.Longest + 5).Select(i => Bodies.Resolved(Bodies.LabelsOf(("alertname", "Unheard"), ("n", $"{i}")))).ToArray();
        await exporter.ReceiptsAsync(unheard);
        var listed = (await GetAsync("/api/v1/incidents")).GetProperty("incidents").EnumerateArray().ToList();
        Assert.That(listed, Has.Count.EqualTo(IncidentApi.Longest));
        Assert.That(listed[0].GetProperty("incident").GetString(), Is.EqualTo(fires));
        Assert.That(listed.Skip(1).Select(i => i.GetProperty("state").GetString()), Is.All.EqualTo("missed"));
        Assert.That(listed[1].GetProperty("alert").GetProperty("labels").GetProperty("n").GetString(), Is.EqualTo($"{IncidentApi.Longest + 4}"));
    }

    async Task<JsonElement> GetAsync(string path) => JsonElement.Parse(await exporter.Client.GetStringAsync(new Uri(path, UriKind.Relative)));
}
