using System.Globalization;
using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Tests.Alerts.Intake;

public class AlertReaderTests
{
    readonly AlertReader reader = new(["replica"]);

    [Test]
    public void An_alert_is_read_as_Alertmanager_sends_it()
    {
        var alert = Read(Bodies.Alert());
        Assert.Multiple(() =>
        {
            Assert.That(alert.Name, Is.EqualTo("DiskFull"));
            Assert.That(alert.Severity, Is.EqualTo("warning"));
            Assert.That(alert.Firing, Is.True);
            Assert.That(alert.Fingerprint, Is.EqualTo(Bodies.Fingerprint));
            Assert.That(alert.StartsAt, Is.EqualTo(new DateTimeOffset(2026, 11, 24, 10, 0, 0, 123, TimeSpan.Zero)));
            Assert.That(alert.EndsAt, Is.Null, "Go's zero time is none");
            Assert.That(Encoding.UTF8.GetString(alert.Raw.Span), Is.EqualTo(Bodies.Alert()));
        });
    }

    [TestCase("""{"path":"/recordings","severity":"warning","alertname":"DiskFull"}""", TestName = "The_order_of_labels_makes_no_other_series")]
    [TestCase("""{"alertname":"DiskFull","path":"/recordings","severity":"critical"}""", TestName = "The_severity_makes_no_other_series")]
    [TestCase("""{"alertname":"DiskFull","path":"/recordings"}""", TestName = "The_lack_of_a_severity_makes_no_other_series")]
    [TestCase("""{"alertname":"DiskFull","replica":"b","path":"/recordings"}""", TestName = "An_ignored_label_makes_no_other_series")]
    [TestCase("""{"\u0061lertname":"Disk\u0046ull","p\u0061th":"\/recordings"}""", TestName = "Escapes_in_names_and_values_make_no_other_series")]
    [TestCase("""{ "alertname" : "DiskFull",  "path":	"/recordings" }""", TestName = "White_space_makes_no_other_series")]
    public void Same(string labels)
    {
        var alert = Read(Bodies.Alert(labels));
        Assert.That(alert.Series, Is.EqualTo(Read(Bodies.Alert()).Series));
        Assert.That(alert.Name, Is.EqualTo("DiskFull"));
    }

    [TestCase("""{"alertname":"DiskFull","path":"/"}""", TestName = "Another_value_is_another_series")]
    [TestCase("""{"alertname":"DiskFull"}""", TestName = "A_label_less_is_another_series")]
    [TestCase("""{"alertname":"DiskFull","path":"/recordings","site":""}""", TestName = "An_empty_label_more_is_another_series")]
    [TestCase("""{"alertname":"diskFull","path":"/recordings"}""", TestName = "Case_makes_another_series")]
    [TestCase("""{"alertname":"DiskFull","path":"/recordings","Replica":"b"}""", TestName = "An_ignored_label_is_matched_in_its_case")]
    public void Other(string labels) => Assert.That(Read(Bodies.Alert(labels)).Series, Is.Not.EqualTo(Read(Bodies.Alert()).Series));

    [TestCase("""{"alertname":"A","a":"bc"}""", """{"alertname":"A","ab":"c"}""")]
    [TestCase("""{"alertname":"A","a":"b","c":"d"}""", """{"alertname":"A","a":"bcd"}""")]
    [TestCase("""{"alertname":"A","a":"","b":"c"}""", """{"alertname":"A","a":"b","c":""}""")]
    [TestCase("""{"alertname":"A","a":"\u0000"}""", """{"alertname":"A","a":""}""")]
    [TestCase("""{"alertname":"A","a":"\u0000\u0000\u0000\u0001b"}""", """{"alertname":"A","a":"","b":""}""")]
    public void No_two_sets_of_labels_read_the_same(string one, string other) => Assert.That(Read(Bodies.Alert(one)).Series, Is.Not.EqualTo(Read(Bodies.Alert(other)).Series));

    [Test]
    public void The_order_of_many_labels_makes_no_other_series()
    {
        var random = new Random(1);
        var labels = Enumerable.Range(0, 200).Select(i => ($"label_{i}", $"ü{i}")).Append(("alertname", "A")).ToArray();
        var expected = Read(Bodies.Alert(Bodies.LabelsOf(labels))).Series;
        for (var round = 0; round < 50; round++)
        {
            random.Shuffle(labels);
            Assert.That(Read(Bodies.Alert(Bodies.LabelsOf(labels))).Series, Is.EqualTo(expected));
        }
    }

    [Test]
    public void Every_reader_finds_the_same_series_since_the_store_keeps_it()
    {
        // The value is part of the store's format: another one would orphan every open incident on an update.
        Assert.That(Read(Bodies.Alert()).Series.DedupKey(), Is.EqualTo("vx1-27026e668322055d8ecc7a882a8d8cbd"));
        Assert.That(SeriesKey.From(Read(Bodies.Alert()).Series.ToBytes()), Is.EqualTo(new AlertReader(["replica"]).Series(Bodies.Alert())));
    }

    [TestCase("\"2026-11-23T23:13:01.982753123Z\"", "2026-11-23T23:13:01.9827531Z")]
    [TestCase("\"2026-11-23T23:13:01Z\"", "2026-11-23T23:13:01Z")]
    [TestCase("\"2026-11-24T00:13:01.5+01:00\"", "2026-11-23T23:13:01.5Z")]
    public void Times_are_read_down_to_what_they_say(string start, string expected) =>
        Assert.That(Read(Bodies.Alert(start: start)).StartsAt, Is.EqualTo(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture)));

    [TestCase("\"0001-01-01T00:00:00Z\"")]
    [TestCase("\"\"")]
    [TestCase("\"yesterday\"")]
    [TestCase("\"2026-02-30T00:00:00Z\"")]
    [TestCase("\"99999-01-01T00:00:00Z\"")]
    [TestCase("\"\\ud800\"")]
    [TestCase("12345")]
    [TestCase("null")]
    [TestCase("{\"a\":[1]}")]
    public void A_time_that_is_none_is_left_out_and_not_the_alert(string start) => Assert.That(Read(Bodies.Alert(start: start)).StartsAt, Is.Null);

    [Test]
    public void Without_times_and_fingerprint_an_alert_is_one_all_the_same()
    {
        var alert = Read("""{"labels":{"alertname":"A"},"status":"resolved"}""");
        Assert.That((alert.StartsAt, alert.EndsAt, alert.Fingerprint, alert.Severity, alert.Firing), Is.EqualTo(((DateTimeOffset?)null, (DateTimeOffset?)null, "", (string?)null, false)));
    }

    [TestCase(""","new_field":{"deep":[[{}]]}""")]
    [TestCase(""","annotations":7""")]
    public void What_is_not_known_is_passed_over(string more) => Assert.That(Read(Bodies.Alert(more: more)).Name, Is.EqualTo("DiskFull"));

    [Test]
    public void The_label_runbook_is_read_and_one_that_is_too_long_to_be_a_name_is_left_out()
    {
        Assert.That(Read(Bodies.Alert()).Runbook, Is.Null);
        Assert.That(Read(Bodies.Alert("""{"alertname":"A","runbook":"RUNBOOK_DISK"}""")).Runbook, Is.EqualTo("RUNBOOK_DISK"));
        Assert.That(Read(Bodies.Alert($$"""{"alertname":"A","runbook":"{{new string('x', 512)}}"}""")).Runbook, Has.Length.EqualTo(512));
        Assert.That(Read(Bodies.Alert($$"""{"alertname":"A","runbook":"{{new string('x', 513)}}"}""")).Runbook, Is.Null);
    }

    [Test]
    public void The_runbook_of_an_earlier_object_of_labels_does_not_count() =>
        Assert.That(Read("""{"status":"firing","labels":{"alertname":"A","runbook":"R"},"labels":{"alertname":"A"}}""").Runbook, Is.Null);

    [Test]
    public void Long_labels_are_hashed_whole()
    {
        var text = new string('x', 100 * 1024);
        var one = Read(Bodies.Alert($$"""{"alertname":"A","a":"{{text}}"}"""));
        Assert.That(one.Series, Is.Not.EqualTo(Read(Bodies.Alert($$"""{"alertname":"A","a":"{{text}}y"}""")).Series));
        Assert.That(one.Series, Is.EqualTo(Read(Bodies.Alert($$"""{"a":"{{text}}","alertname":"A"}""")).Series));
        Assert.That(Read(Bodies.Alert($$"""{"alertname":"{{text}}","severity":"{{text}}"}""")).Name, Is.EqualTo(text));
    }

    [Test]
    public void Of_two_objects_of_labels_the_last_one_counts()
    {
        var alert = Read("""{"status":"firing","labels":{"alertname":"First","severity":"critical"},"labels":{"alertname":"Second"}}""");
        Assert.That((alert.Name, alert.Severity), Is.EqualTo(("Second", (string?)null)));
        Assert.That(WhyNot("""{"status":"firing","labels":{"alertname":"First"},"labels":{"a":"b"}}"""), Is.EqualTo("has no label alertname"));
    }

    [Test]
    public void A_label_given_twice_harms_nothing()
    {
        var twice = Read(Bodies.Alert("""{"alertname":"A","alertname":"B","x":"1","x":"2"}"""));
        var again = Read(Bodies.Alert("""{"alertname":"A","alertname":"B","x":"1","x":"2"}""", status: "resolved"));
        Assert.That(again.Series, Is.EqualTo(twice.Series));
    }

    [TestCase("7", "is not an object")]
    [TestCase("[]", "is not an object")]
    [TestCase("""{"status":"firing"}""", "has no labels")]
    [TestCase("""{"status":"firing","labels":{}}""", "has no label alertname")]
    [TestCase("""{"status":"firing","labels":{"alertname":""}}""", "has no label alertname")]
    [TestCase("""{"status":"firing","labels":[]}""", "has labels that are not an object")]
    [TestCase("""{"status":"firing","labels":null}""", "has labels that are not an object")]
    [TestCase("""{"status":"firing","labels":{"alertname":"A","b":7}}""", "has a label b that is not a text")]
    [TestCase("""{"labels":{"alertname":"A"}}""", "has no status that is firing or resolved")]
    [TestCase("""{"status":"suppressed","labels":{"alertname":"A"}}""", "has no status that is firing or resolved")]
    [TestCase("""{"status":true,"labels":{"alertname":"A"}}""", "has no status that is firing or resolved")]
    [TestCase("""{"status":"firing","labels":{"alertname":"\ud800"}}""", "holds text that is not UTF-8")]
    [TestCase("""{"status":"firing","labels":{"\udc00":"A"}}""", "holds text that is not UTF-8")]
    public void What_is_no_alert_is_told_why(string json, string why) => Assert.That(WhyNot(json), Is.EqualTo(why));

    [Test]
    public void Labels_that_are_not_UTF8_are_told_so()
    {
        var json = Bodies.Utf8(Bodies.Alert("""{"alertname":"A#"}"""));
        json[Array.IndexOf(json, (byte)'#')] = 0xFF;
        Assert.That(reader.Try(json, out _), Is.EqualTo("holds text that is not UTF-8"));
    }

    [Test]
    public void More_labels_than_anybody_uses_are_refused()
    {
        Assert.That(Read(Bodies.Alert(Many(256))).Name, Is.EqualTo("A"));
        Assert.That(WhyNot(Bodies.Alert(Many(300))), Is.EqualTo("has more than 256 labels"));

        static string Many(int count) => Bodies.LabelsOf(Enumerable.Range(1, count - 1).Select(i => ($"l{i}", "v")).Append(("alertname", "A")));
    }

    [Test]
    public void A_name_is_not_told_at_any_length() => Assert.That(WhyNot(Bodies.Alert($$"""{"{{new string('n', 100_000)}}":7}""")), Has.Length.LessThan(200));

    [Test]
    public void Reading_a_known_alert_again_makes_few_objects()
    {
        var json = Bodies.Utf8(Bodies.Alert());
        reader.Try(json, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            reader.Try(json, out _);
        // The fingerprint's text alone is new each time: 56 bytes.
        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / 100, Is.LessThanOrEqualTo(64));
    }

    Alert Read(string json) => reader.Try(Bodies.Utf8(json), out var alert) is { } why ? throw new AssertionException(why) : alert;

    string? WhyNot(string json) => reader.Try(Bodies.Utf8(json), out _);
}
