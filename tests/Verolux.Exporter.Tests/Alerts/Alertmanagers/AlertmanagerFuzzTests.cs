using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Alertmanagers;

/// <summary>Whatever an Alertmanager answers is either not believed, with a reason of one line, or is a list of alerts that can all be used.</summary>
public class AlertmanagerFuzzTests
{
    const string Silence = """{"id":"b7","createdBy":"ada","comment":"it is\nrepaired","startsAt":"2026-11-24T10:00:00.000Z","endsAt":"2026-11-24T11:00:00.000Z","updatedAt":"2026-11-24T10:01:00.000Z","matchers":[{"name":"a","value":"b"}],"status":{"state":"active"}}""";

    static readonly BrokenJson Alerts = new(((string[])
    [
        $"[{AlertmanagerBodies.Alert()},{AlertmanagerBodies.Alert("0f", muted: "\"silencedBy\":[\"b7\"],\"inhibitedBy\":[\"2d51927bce8169b0\"]")}]",
        $"[{AlertmanagerBodies.Alert("1f", "\"alertname\":\"Watchdog\",\"site\":\"Zürich 北京 \\\"x\\\"\"", receivers: "[{\"name\":\"others\"}]")}]",
    ]).Select(Encoding.UTF8.GetBytes));

    static readonly BrokenJson Silences = new([Encoding.UTF8.GetBytes($"[{Silence}]")]);
    static readonly byte[] Muted = Encoding.UTF8.GetBytes($"[{AlertmanagerBodies.Alert(muted: "\"silencedBy\":[\"b7\"],\"inhibitedBy\":[]")}]");

    [Test]
    public async Task What_an_Alertmanager_answers_is_believed_or_not()
    {
        var alerts = new AlertReader(["replica"]);
        var (believed, refused) = (0, 0);
        await Fuzz.RunAsync("alertmanager", random => random.Next(4) > 0 ? Alerts.Make(random) : [.. "s"u8, .. Silences.Make(random)], (_, _, body) =>
        {
            var reader = new ViewReader("us", alerts);
            var areSilences = body is [(byte)'s', ..];
            if (areSilences && reader.ReadAlerts(Muted) is not null)
                throw new InvalidOperationException("the sound one is refused");
            var why = areSilences ? reader.ReadSilences(body.AsMemory(1)) : reader.ReadAlerts(body);
            (believed, refused) = (believed + (why is null ? 1 : 0), refused + (why is null ? 0 : 1));
            if (why is null)
                Use(reader.View("main", default, default));
            else if (why.Length > 300 || why.Any(char.IsControl))
                throw new InvalidOperationException($"this is no reason of one line: {why}");
            return Task.CompletedTask;
        });
        Assert.That(Math.Min(believed, refused), Is.GreaterThan(Fuzz.Inputs / 10), "both happen often, or the changes would test nothing");
    }

    static void Use(View view)
    {
        foreach (var (fingerprint, seen) in view.Alerts)
        {
            using var raw = JsonDocument.Parse(seen.Alert.Raw);
            var labels = AlertJson.Texts(raw.RootElement, "labels");
            _ = AlertJson.Texts(raw.RootElement, "annotations");
            _ = view.IsFreshFor(labels);
            if (seen.Alert.Name.Length == 0 || seen.Alert.Fingerprint != fingerprint || fingerprint.Length == 0 || !labels.ContainsKey("alertname") || seen.Alert.StartsAt is null || !seen.Alert.Firing)
                throw new InvalidOperationException("this is no alert that can be used");
        }
    }
}
