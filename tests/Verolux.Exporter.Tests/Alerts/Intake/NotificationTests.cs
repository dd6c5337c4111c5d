using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Alerts.Intake;

public class NotificationTests
{
    [Test]
    public void A_body_is_read_as_Alertmanager_sends_it()
    {
        var notification = Reading.Parse(Bodies.Of(Bodies.Alert(), Bodies.Resolved()));
        Assert.Multiple(() =>
        {
            Assert.That(notification.Alerts.Select(a => a.Firing), Is.EqualTo([true, false]));
            Assert.That(notification.Unreadable, Is.Empty);
            Assert.That(notification.Version, Is.EqualTo("4"));
            Assert.That(notification.ExternalUrl, Is.EqualTo("http://am:9093"));
            Assert.That(notification.Receiver, Is.EqualTo("verolux.exporter"));
            Assert.That(notification.Truncated, Is.Zero);
        });
    }

    [TestCase("\"routeLabels\":{\"a\":\"b\"},\"notification_reason\":\"new alerts added\",")]
    [TestCase("\"status\":{\"alerts\":[1,2]},\"more\":[[],{}],")]
    [TestCase("\"\\ud800lerts\":[],\"\\ud800\":{},\"\\udc00ersion\":\"5\",\"v\\ud800rsion\":1,")]
    [TestCase("\"version\":{\"major\":4},\"externalURL\":[],\"truncatedAlerts\":\"many\",")]
    [TestCase("\"version\":\"\\ud800\",\"externalURL\":\"\\udfff\",\"truncatedAlerts\":1e99,")]
    public void Fields_that_are_new_or_odd_are_passed_over(string more) => Assert.That(Reading.Parse(Bodies.With(more, Bodies.Alert())).Alerts, Has.Count.EqualTo(1));

    [Test]
    public void Alerts_cut_off_are_counted() =>
        Assert.That(Reading.Parse("""{"truncatedAlerts":12,"alerts":[]}""").Truncated, Is.EqualTo(12));

    [Test]
    public void Escaped_names_are_the_same_names() =>
        Assert.That(Reading.Parse($$"""{"\u0061lerts":[{{Bodies.Alert()}}],"v\u0065rsion":"9"}"""), Has.Property("Version").EqualTo("9").And.Property("Alerts").Count.EqualTo(1));

    [Test]
    public void Two_lists_of_alerts_are_both_read() =>
        Assert.That(Reading.Parse($$"""{"alerts":[{{Bodies.Alert()}}],"alerts":[{{Bodies.Alert()}}]}""").Alerts, Has.Count.EqualTo(2));

    [TestCase("null")]
    [TestCase("7")]
    [TestCase("\"alerts\"")]
    [TestCase("[]")]
    [TestCase("[{\"alerts\":[]}]")]
    [TestCase("{}")]
    [TestCase("{\"version\":\"4\"}")]
    [TestCase("{\"alerts\":{}}")]
    [TestCase("{\"alerts\":null}")]
    public void A_body_without_a_list_of_alerts_is_kept_whole(string body)
    {
        var notification = Reading.Parse(body);
        Assert.That(notification.Alerts, Is.Empty);
        Assert.That(notification.Unreadable.Select(u => (u.Why, Encoding.UTF8.GetString(u.Raw.Span))), Is.EqualTo([("holds no list \"alerts\"", body)]));
    }

    [TestCase("7")]
    [TestCase("null")]
    [TestCase("[[1],{\"labels\":{}}]")]
    [TestCase("{\"labels\":[{\"a\":{}}]}")]
    [TestCase("{\"status\":\"firing\",\"labels\":{\"alertname\":\"\\ud800\"},\"x\":[1,[2]]}")]
    public void A_bad_alert_is_kept_and_takes_no_good_one_along(string bad)
    {
        var notification = Reading.Parse(Bodies.Of(Bodies.Alert(), bad, Bodies.Resolved()));
        Assert.That(notification.Alerts.Select(a => a.Firing), Is.EqualTo([true, false]));
        Assert.That(notification.Unreadable.Select(u => Encoding.UTF8.GetString(u.Raw.Span)), Is.EqualTo([bad]));
    }

    [Test]
    public void Text_that_is_not_UTF8_harms_one_alert_only_where_it_matters()
    {
        var body = Bodies.Utf8(Bodies.Of(Bodies.Alert("""{"alertname":"A#"}"""), Bodies.Alert().Replace("nearly", "n#arly"), Bodies.Alert()));
        for (var i = 0; i < body.Length; i++)
            body[i] = body[i] == '#' ? (byte)0xC3 : body[i];
        var notification = Reading.Parse(body);
        Assert.That(notification.Unreadable.Select(u => u.Why), Is.EqualTo(["holds text that is not UTF-8"]));
        Assert.That(notification.Alerts, Has.Count.EqualTo(2));
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("hello")]
    [TestCase("{")]
    [TestCase("{\"alerts\":[")]
    [TestCase("{\"alerts\":[{}")]
    [TestCase("{\"alerts\":[]} {}")]
    [TestCase("{\"alerts\":[]}x")]
    [TestCase("{'alerts':[]}")]
    [TestCase("{\"alerts\":[],}")]
    [TestCase("alert=1&status=firing")]
    public void What_is_not_JSON_is_told_apart(string body) => Assert.That(() => Reading.Parse(body), Throws.InstanceOf<JsonException>());

    [Test]
    public void Nesting_without_end_is_refused_and_not_followed() =>
        Assert.That(() => Reading.Parse("{\"alerts\":" + new string('[', 1_000_000)), Throws.InstanceOf<JsonException>());
}
