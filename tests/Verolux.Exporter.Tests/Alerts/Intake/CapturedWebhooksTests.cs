using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Intake;

/// <summary>What the real Alertmanager sends, in each version at hand and as later ones are documented, becomes the incidents that are meant.</summary>
[CancelAfter(60_000)]
public class CapturedWebhooksTests
{
    static IEnumerable<string> Kept => CapturedWebhooks.Kept;

    [Test]
    public async Task What_Alertmanager_sends_today_has_the_shape_of_what_is_kept([Values] Versions versions, CancellationToken cancellationToken)
    {
        var (version, bodies) = await CapturedWebhooks.CaptureAsync(versions, cancellationToken);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is not null)
            CapturedWebhooks.Keep(version, bodies);
        Assert.That(CapturedWebhooks.Kept, Does.Contain(version), "a version that is not kept yet: run this test once with UPDATE_GOLDEN=1, and look at what is new in it");
        foreach (var (name, body) in bodies)
            Assert.That(Shape(JsonElement.Parse(body)), Is.EqualTo(Shape(JsonElement.Parse(CapturedWebhooks.Read(version, name)))), $"{version}, {name}");
    }

    [TestCaseSource(nameof(Kept))]
    public async Task What_is_kept_becomes_the_incidents_that_are_meant(string version)
    {
        await using var intake = await IntakeBench.StartAsync();
        await ExpectAsync(intake, version, body => body);
        Assert.That(intake.Log.Warnings, Is.EqualTo(new[] { "Alertmanager cut 2 alert(s) off a notification; set max_alerts: 0 in its webhook_configs " }));
    }

    /// <summary>0.32 gives the reason of a notification and 0.34 the labels of its route; maps without an entry may be null; whatever else is new is passed over.</summary>
    [TestCaseSource(nameof(Kept))]
    public async Task What_later_versions_add_changes_nothing(string version)
    {
        await using var intake = await IntakeBench.StartAsync();
        await ExpectAsync(intake, version, body =>
        {
            var json = JsonNode.Parse(body)!.AsObject();
            (json["groupLabels"], json["commonLabels"], json["commonAnnotations"]) = (null, null, null);
            json["notification_reason"] = "new alerts added";
            json["routeLabels"] = new JsonObject { ["team"] = "sre" };
            json.Insert(0, "x", new JsonArray(new JsonObject { ["alerts"] = 1 }));
            foreach (var alert in json["alerts"]!.AsArray())
            {
                alert!["values"] = new JsonObject { ["labels"] = new JsonObject { ["alertname"] = "Other" } };
                alert["silenced_by"] = null;
            }
            json["version"] = "5";
            return json.ToJsonString();
        });
        Assert.That(intake.Log.Warnings.Count(w => w == "Alertmanager sends payload version 5; it is read as version 4 "), Is.EqualTo(1), "said once, and not each time");
        Assert.That(intake.Rows("SELECT 1 FROM quarantine"), Is.Empty);
    }

    static async Task ExpectAsync(IntakeBench intake, string version, Func<string, string> change)
    {
        Assert.That(await ResultsAsync("firing"), Is.EqualTo(new[] { "DiskFull firing opened", "DiskFull firing opened" }));
        Assert.That(await ResultsAsync("partly"), Is.EqualTo(new[] { "DiskFull firing updated", "DiskFull resolved resolved" }));
        Assert.That(await ResultsAsync("resolved"), Is.EqualTo(new[] { "DiskFull resolved resolved" }));
        Assert.That(await ResultsAsync("cut"), Is.EqualTo(new[] { "Cut firing opened" }));
        Assert.That(await ResultsAsync("texts"), Is.EqualTo(new[] { "Texts firing opened" }));
        Assert.That(intake.Rows("SELECT alertname, state, severity, strftime('%H:%M:%f', starts_at / 1000.0, 'unixepoch'), strftime('%H:%M:%f', ends_at / 1000.0, 'unixepoch'), json_extract(alert, '$.labels.path') FROM incidents ORDER BY id"), Is.EqualTo(new[]
        {
            "DiskFull|resolved|warning|10:00:00.123|10:04:00.500|/a",
            "DiskFull|resolved|warning|10:00:00.123|10:04:00.500|/b",
            "Cut|firing|warning|10:00:00.123||/a",
            "Texts|firing|warning|10:00:00.123||C:\\a \"b\" 'c' {d}",
        }));
        Assert.That(intake.Rows("SELECT site, json_extract(alert, '$.labels.lines'), json_extract(alert, '$.labels.markup'), json_extract(alert, '$.labels.turned') FROM incidents WHERE alertname = 'Texts'"), Is.EqualTo(new[]
        {
            "Zürich 北京 😀|one\ntwo\r\n\tthree|<b>&amp;</b>\u2028<!channel>|\u202Egnp.exe\u0001",
        }));

        async Task<IEnumerable<string>> ResultsAsync(string name)
        {
            var (status, answer) = await intake.PostAsync(change(CapturedWebhooks.Read(version, name)));
            Assert.That(status, Is.EqualTo(200), answer);
            return JsonElement.Parse(answer).GetProperty("alerts").EnumerateArray().Select(a => $"{a.GetProperty("alertname")} {a.GetProperty("status")} {a.GetProperty("result")}").ToList();
        }
    }

    /// <summary>The names of all fields, and of what kind each is.</summary>
    static SortedSet<string> Shape(JsonElement json)
    {
        var shape = new SortedSet<string>(StringComparer.Ordinal);
        Walk(json, "");
        return shape;

        void Walk(JsonElement at, string path)
        {
            shape.Add($"{path}: {at.ValueKind}");
            if (at.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in at.EnumerateObject())
                    Walk(property.Value, $"{path}.{property.Name}");
            }
            else if (at.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in at.EnumerateArray())
                    Walk(item, $"{path}[]");
            }
        }
    }
}
