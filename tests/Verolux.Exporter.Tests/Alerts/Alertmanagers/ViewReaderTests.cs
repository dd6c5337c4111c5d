using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Tests.Alerts.Alertmanagers;

public class ViewReaderTests
{
    ViewReader reader = null!;

    [SetUp]
    public void Make() => reader = new ViewReader("us", new AlertReader(["replica"]));

    [Test]
    public void An_alert_is_what_the_webhook_would_have_brought()
    {
        var seen = Read(AlertmanagerBodies.Alert()).Alerts.Values.Single();
        Assert.That(Encoding.UTF8.GetString(seen.Alert.Raw.Span), Is.EqualTo(Bodies.Alert()));
        Assert.That((seen.Alert.Name, seen.Alert.Severity, seen.Alert.Fingerprint, seen.Alert.Firing, seen.Alert.EndsAt), Is.EqualTo(("DiskFull", "warning", Bodies.Fingerprint, true, (DateTimeOffset?)null)));
        Assert.That((seen.Alert.StartsAt, seen.UpdatedAt, seen.ValidUntil), Is.EqualTo(((DateTimeOffset?)At(0).AddMilliseconds(123), At(5), At(9))));
        Assert.That(seen.IsOurs, Is.True);
    }

    [TestCase("[]", false)]
    [TestCase("[{\"name\":\"other\"},{\"name\":\"us\"}]", true)]
    [TestCase("[{\"name\":\"us too\"}]", false)]
    public void It_is_ours_where_one_of_its_receivers_is(string receivers, bool ours) =>
        Assert.That(Read(AlertmanagerBodies.Alert(receivers: receivers)).Alerts.Values.Single().IsOurs, Is.EqualTo(ours));

    [Test]
    public void What_mutes_it_is_told_and_of_the_silences_only_those()
    {
        const string Silence = "\"createdBy\":\"ada\",\"comment\":\"\",\"startsAt\":\"2026-11-24T10:00:00.000Z\",\"endsAt\":\"2026-11-24T11:00:00.000Z\",\"updatedAt\":\"2026-11-24T10:01:00.000Z\",\"matchers\":[],\"status\":{\"state\":\"active\"}";
        var muted = AlertmanagerBodies.Alert(muted: "\"silencedBy\":[\"a\",\"b\"],\"inhibitedBy\":[\"0f\"]");
        Assert.That(reader.ReadAlerts(Utf8($"[{muted}]")), Is.Null);
        Assert.That(reader.ReadSilences(Utf8($"[{{\"id\":\"c\",{Silence}}},{{\"id\":\"a\",{Silence}}}]")), Is.Null);
        var view = reader.View("main", At(6), At(6));
        Assert.That(view.Alerts.Values.Single().SilencedBy, Is.EqualTo(["a", "b"]));
        Assert.That(view.Alerts.Values.Single().InhibitedBy, Is.EqualTo(["0f"]));
        Assert.That(view.Silences.Values, Is.EqualTo([new Silence("a", "ada", "", At(1), At(60))]));
    }

    [TestCase("\"alertname\":\"\",\"a\":\"b\"")]
    [TestCase("\"a\":\"b\"")]
    public void What_the_webhook_would_put_aside_is_left_out(string labels) =>
        Assert.That(Read(AlertmanagerBodies.Alert(labels: labels), AlertmanagerBodies.Alert("ff")).Alerts.Keys, Is.EqualTo(["ff"]));

    [Test]
    public void More_labels_than_an_alert_may_have_are_left_out_too()
    {
        var labels = string.Concat(Enumerable.Range(0, 256).Select(i => $",\"l{i}\":\"\""));
        Assert.That(Read(AlertmanagerBodies.Alert(labels: AlertmanagerBodies.Labels + labels)).Alerts, Is.Empty);
    }

    [Test]
    public void Watchdogs_are_told_whoever_receives_them()
    {
        var view = Read(AlertmanagerBodies.Alert(labels: "\"alertname\":\"Watchdog\",\"site\":\"north\"", receivers: "[{\"name\":\"others\"}]"), AlertmanagerBodies.Alert("ff"));
        var watchdog = view.Watchdogs.Single();
        Assert.That((watchdog.StartsAt, watchdog.UpdatedAt, watchdog.ValidUntil, watchdog.Labels["site"]), Is.EqualTo((At(0).AddMilliseconds(123), At(5), At(9), "north")));
    }

    [TestCase("\"labels\":{", "\"labels\":{}", "has no labels, or one that is not a text", true)]
    [TestCase("\"severity\":\"warning\"", "\"severity\":7", "has no labels, or one that is not a text")]
    [TestCase("\"labels\":{", "\"others\":{", "has no labels, or one that is not a text")]
    [TestCase("\"2026-11-24T10:00:00.123Z\"", "\"0001-01-01T00:00:00.000Z\"", "lacks a time, or has one that is none")]
    [TestCase("\"2026-11-24T10:05:00.000Z\"", "\"yesterday\"", "lacks a time, or has one that is none")]
    [TestCase("\"endsAt\":", "\"until\":", "lacks a time, or has one that is none")]
    [TestCase("\"2d51927bce8169b0\"", "\"\"", "has no fingerprint")]
    [TestCase("\"2d51927bce8169b0\"", "17", "has no fingerprint")]
    [TestCase("\"2d51927bce8169b0\"", "\"2d51927bce8169b02d51927bce8169b02d51927bce8169b02d51927bce8169b02d51927bce8169b0\"", "has a fingerprint of 80 characters")]
    [TestCase("[{\"name\":\"us\"},{\"name\":\"others\"}]", "null", "has no receivers")]
    [TestCase("{\"name\":\"others\"}", "{}", "has no receivers")]
    [TestCase("{\"name\":\"us\"}", "[]", "has no receivers")]
    [TestCase("\"silencedBy\":[]", "\"silencedBy\":null", "does not say what mutes it")]
    [TestCase("\"inhibitedBy\":[]", "\"inhibitedBy\":[7]", "does not say what mutes it")]
    [TestCase("\"status\":{", "\"state\":{", "does not say what mutes it")]
    public void An_alert_that_lacks_something_makes_the_rest_unbelievable(string sound, string odd, string why, bool toTheEnd = false)
    {
        var alert = AlertmanagerBodies.Alert();
        var at = alert.IndexOf(sound, StringComparison.Ordinal);
        alert = toTheEnd ? $"{alert[..at]}{odd}}}" : $"{alert[..at]}{odd}{alert[(at + sound.Length)..]}";
        Assert.That(reader.ReadAlerts(Utf8($"[{AlertmanagerBodies.Alert("ff")},{alert}]")), Is.EqualTo($"has as its item 2 one that {why}"));
    }

    [Test]
    public void Text_that_is_not_UTF_8_is_told() =>
        Assert.That(reader.ReadAlerts(Utf8($"[{AlertmanagerBodies.Alert("\\ud800")}]")), Is.EqualTo("holds text that is not UTF-8"));

    View Read(params string[] alerts)
    {
        Assert.That(reader.ReadAlerts(Utf8($"[{string.Join(',', alerts)}]")), Is.Null);
        return reader.View("main", At(6), At(6));
    }

    static DateTimeOffset At(int minute) => new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero).AddMinutes(minute);

    static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
