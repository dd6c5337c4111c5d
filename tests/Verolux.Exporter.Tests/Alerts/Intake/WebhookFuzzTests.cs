using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Intake;

/// <summary>
/// Whatever is sent in the place of a notification is either told not to be JSON or read, with every alert found or kept as it came, in little memory; and what was
/// read can be stored, answered and shown.
/// </summary>
public class WebhookFuzzTests
{
    /// <summary>Bytes that reading one body may allocate, beside so many for each of its own: now and then the table of known names grows.</summary>
    const int MostMemory = 1024 * 1024;
    const int MostMemoryPerByte = 16;

    /// <summary>How many bodies, evenly taken from all, go through HTTP into a store.</summary>
    const int Posted = 2000;
    const int SmallestStride = 20;

    static readonly BrokenJson Broken = new(CapturedWebhooks.All);

    [Test]
    public async Task Notifications_are_read_and_stored()
    {
        var reader = new AlertReader(["replica"]);
        await using var exporter = await RunningExporter.StartAsync(time: new FakeTimeProvider(Workbench.Now));
        var stride = Math.Max(SmallestStride, Fuzz.Inputs / Posted);
        var (read, refused) = (0, 0);
        await Fuzz.RunAsync("webhook", Broken.Make, async (input, _, body) =>
        {
            var alerts = Read(body, reader);
            (read, refused) = (read + (alerts is null ? 0 : 1), refused + (alerts is null ? 1 : 0));
            if (input % stride == 0)
                await PostAsync(exporter, body, alerts);
        });
        Assert.That(Math.Min(read, refused), Is.GreaterThan(Fuzz.Inputs / 10), "both happen often, or the changes would test nothing");
        await LookAsync(exporter);
    }

    /// <returns>How many alerts there are in it; null where it is no JSON.</returns>
    static int? Read(byte[] body, AlertReader reader)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Notification notification;
        try
        {
            notification = Notification.Parse(body, reader);
        }
        catch (JsonException)
        {
            return null;
        }
        if (GC.GetAllocatedBytesForCurrentThread() - before is var taken && taken > MostMemory + (MostMemoryPerByte * body.Length))
            throw new InvalidOperationException($"took {taken} bytes for {body.Length}");
        foreach (var alert in notification.Alerts)
        {
            Must(alert.Name.Length > 0, "an alert with a name");
            using var raw = JsonDocument.Parse(alert.Raw);
            Must(AlertJson.Texts(raw.RootElement, "labels").ContainsKey("alertname"), "an alert whose labels can be read again");
            _ = AlertJson.Texts(raw.RootElement, "annotations");
            _ = AlertJson.Text(raw.RootElement, "generatorURL");
        }
        foreach (var part in notification.Unreadable)
            Must(part.Why.Length is > 0 and < 200 && !part.Why.Any(char.IsControl), "a reason of one line");
        return notification.Alerts.Count;
    }

    static async Task PostAsync(RunningExporter exporter, byte[] body, int? alerts)
    {
        var (status, answer) = await exporter.PostAsync(new ByteArrayContent(body));
        Must(status == (alerts is null ? 400 : 200), $"what is answered {status}: {answer}");
        if (alerts is { } count)
            Must(JsonElement.Parse(answer).GetProperty("alerts").GetArrayLength() == count, "an answer for each alert");
    }

    /// <summary>What became of those that were stored can be shown.</summary>
    static async Task LookAsync(RunningExporter exporter)
    {
        foreach (var code in (int[])[500, 503])
            Assert.That(await exporter.MetricAsync($$"""verolux_webhook_requests_total{route="alertmanager",code="{{code}}"}"""), Is.Null);
        var numbers = exporter.Rows("SELECT id FROM incidents").Select(long.Parse).Select(Exporter.Alerts.Incidents.IncidentNumber.Format).ToList();
        Assert.That(numbers, Has.Count.GreaterThan(10));
        foreach (var number in numbers)
        {
            using var whole = await exporter.Client.GetAsync($"/api/v1/incidents/{number}");
            Assert.That((int)whole.StatusCode, Is.EqualTo(200), number);
            JsonElement.Parse(await whole.Content.ReadAsByteArrayAsync());
        }
    }

    // Not the framework's: it would write down each of a million.
    static void Must(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"this is not {what}");
    }
}
