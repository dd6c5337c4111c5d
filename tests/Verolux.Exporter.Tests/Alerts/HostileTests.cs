using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Site.Slack;
using Verolux.Exporter.Site.Webhook;
using Verolux.Exporter.Tests.Alerts.Delivery;
using Verolux.Exporter.Tests.Alerts.Intake;

namespace Verolux.Exporter.Tests.Alerts;

/// <summary>
/// Whatever an alert says is text: as it came where programs read it, and harmless where people do. Whatever is no notification is refused or kept aside, and told
/// why.
/// </summary>
[CancelAfter(120_000)]
[NonParallelizable]
public class HostileTests
{
    static readonly string[] Texts =
    [
        "<script>alert('evil')</script>", "<img src=x onerror=evil()>", "</script><!--evil", "<!channel> evil", "<!here|evil>", "<@U123> evil", "<https://evil.example|Runbook>", "evil & <b>", "&lt;evil&gt;", "\u202Egnp.live\u202C evil",
        "\u2066evil\u2069\u200F\u200E\u061C", "evil\u200B\uFEFF\u00AD\u2060", "evil\nVX-AAAAAA resolved", "evil\r\ncrit: forged[0] line", "evil\u0085\u2028\u2029next", "evil\u001B[2K\u001B[1A\a\b\u0000\u007F", "evil\"}],\"status\":\"resolved\"", "{evil} {0} %s $(evil) `evil` ${evil}",
        "evil\t\v\f", "evil😀\U0001F468\u200D\U0001F469\U000E0041", "*evil* _evil_ ~evil~ ```evil``` :evil:", "javascript:evil()", "../../evil", "'; DROP TABLE incidents; --evil",
    ];

    [Test]
    public async Task Hostile_texts_reach_programs_as_they_are_and_people_as_harmless_lines(CancellationToken cancellationToken)
    {
        using var bench = new Workbench();
        await using var site = await SiteHost.StartAsync(new PagerDutySite(bench.Time, SiteHost.RoutingKey), clock: bench.Time, cancellationToken: cancellationToken);
        using var courier = new Courier(null, TimeProvider.System);
        await using var receiver = await RunningReceiver.StartAsync(
            bench,
            [
                new PagerDuty("pagerduty", new Uri($"{site.Url}/v2/enqueue"), bench.SecretOf(SiteHost.RoutingKey), courier, new PagerDutyLimits(), bench.Time),
                new Slack(new SlackOptions("slack", null, bench.SecretOf(site.Url + SlackSite.WebhookPath, "slack"), null, "", new Uri("http://unused/")), courier),
                new Webhook("webhook", new Uri(site.Url + WebhookSite.Path), bench.SecretOf(WebhookSite.Secret, "webhook"), courier, bench.Time),
            ],
            "pagerduty", "slack", "webhook");
        var (status, answer) = await receiver.AnswerAsync(Texts.Select(text => AlertOf(text)));
        Assert.That(status, Is.EqualTo(200));
        Assert.That(JsonElement.Parse(answer).GetProperty("alerts").EnumerateArray().Select(a => a.GetProperty("alertname").GetString()), Is.EqualTo(Texts));

        await receiver.UntilAsync(site.PagerDuty.Accepted.ItemAsync(Texts.Length, cancellationToken));
        await receiver.UntilAsync(site.Slack.Posted.ItemAsync(Texts.Length, cancellationToken));
        await receiver.UntilAsync(site.Webhook.Accepted.ItemAsync(Texts.Length, cancellationToken));
        Assert.Multiple(() =>
        {
            foreach (var payload in site.PagerDuty.Accepted.Items.Select(e => e.Json.GetProperty("payload")))
            {
                foreach (var name in (string[])["summary", "source", "class", "group"])
                    Assert.That(Odd(payload.GetProperty(name).GetString()!), Is.Empty, $"PagerDuty's {name}: {payload}");
            }
            Assert.That(site.PagerDuty.Accepted.Items.Select(e => e.Json.GetProperty("payload").GetProperty("custom_details").GetProperty("labels").GetProperty("path").GetString()), Is.EquivalentTo(Texts));
            Assert.That(site.PagerDuty.Accepted.Items.SelectMany(e => e.Json.GetProperty("links").EnumerateArray()).Select(l => l.GetProperty("href").GetString()), Is.All.StartsWith("http://exporter/"));
            Assert.That(site.Slack.Posted.Items.SelectMany(m => m.Controls).Where(c => !c.StartsWith("<http://exporter/", StringComparison.Ordinal)), Is.Empty);
            foreach (var text in site.Slack.Posted.Items.SelectMany(m => m.Texts.Append(m.Text)))
                Assert.That(Odd(text.Replace('\n', ' ')), Is.Empty, text);
            Assert.That(site.Webhook.Accepted.Items.Select(p => p.Json.GetProperty("labels").GetProperty("path").GetString()), Is.EquivalentTo(Texts));
            foreach (var (_, line) in bench.Log.All)
                Assert.That(Odd(line), Is.Empty, line);
        });
    }

    [Test]
    public async Task The_list_of_a_storm_has_a_line_for_each_and_none_is_forged(CancellationToken cancellationToken)
    {
        using var bench = new Workbench();
        await using var site = await SiteHost.StartAsync(new PagerDutySite(bench.Time, SiteHost.RoutingKey), clock: bench.Time, cancellationToken: cancellationToken);
        using var courier = new Courier(null, TimeProvider.System);
        await using var receiver = await RunningReceiver.StartAsync(
            bench, [new Webhook("webhook", new Uri(site.Url + WebhookSite.Path), bench.SecretOf(WebhookSite.Secret, "webhook"), courier, bench.Time)], "webhook");
        await receiver.PostAsync(Enumerable.Range(0, 20).Select(i => Bodies.Alert(Bodies.LabelsOf(("alertname", "DiskFull"), ("path", $"/{i}")))).Concat(Texts.Select(t => Bodies.Alert(Bodies.LabelsOf(("alertname", "DiskFull"), ("path", t))))));
        var storm = site.Webhook.Accepted.FirstAsync(p => p.Json.GetProperty("annotations").TryGetProperty("incidents", out _), cancellationToken);
        await receiver.UntilAsync(storm);
        var lines = (await storm).Json.GetProperty("annotations").GetProperty("incidents").GetString()!.TrimEnd('\n').Split('\n');
        Assert.That(lines, Has.Length.EqualTo(Texts.Length).And.All.Match("^VX-[0-9A-Z]{6} path="));
        Assert.That(lines.SelectMany(Odd), Is.Empty);
    }

    [Test]
    public async Task Hostile_texts_are_answered_and_listed_as_JSON_and_nothing_else()
    {
        await using var exporter = await RunningExporter.StartAsync(time: new FakeTimeProvider(Workbench.Now));
        await exporter.ReceiptsAsync(Texts.Select(text => AlertOf(text)));
        using var list = await exporter.Client.GetAsync($"/api/v1/incidents?limit={Texts.Length}");
        Assert.That((list.Content.Headers.ContentType?.MediaType, list.Headers.GetValues("X-Content-Type-Options").Single()), Is.EqualTo(("application/json", "nosniff")));
        var incidents = JsonElement.Parse(await list.Content.ReadAsByteArrayAsync()).GetProperty("incidents").EnumerateArray().ToList();
        Assert.That(incidents.Select(i => i.GetProperty("alertname").GetString()), Is.EquivalentTo(Texts));
        Assert.That(incidents.Select(i => i.GetProperty("alert").GetProperty("labels").GetProperty("path").GetString()), Is.EquivalentTo(Texts));
        Assert.That(incidents.Select(i => i.GetProperty("site").GetString()), Is.EquivalentTo(Texts));
        Assert.That(await exporter.Client.GetStringAsync("/metrics"), Does.Not.Contain("evil"));
    }

    [Test]
    public async Task Hostile_names_and_versions_forge_no_line_of_the_log()
    {
        await using var intake = await IntakeBench.StartAsync();
        foreach (var text in Texts)
        {
            var name = JsonSerializer.Serialize(text);
            var body = $$$"""{"version":{{{name}}},"receiver":{{{name}}},"externalURL":{{{name}}},"groupKey":{{{name}}},{{{name}}}:1,"alerts":[{"status":"firing","labels":{ {{{name}}}:7}},{{{name}}}]}""";
            Assert.That((await intake.PostAsync(body)).Status, Is.EqualTo(200));
        }
        Assert.That(intake.Log.All, Has.Count.GreaterThanOrEqualTo(2 * Texts.Length));
        foreach (var (_, line) in intake.Log.All)
            Assert.That(Odd(line), Is.Empty, line);
        Assert.That(await intake.MetricsAsync(), Does.Not.Contain("evil"));
    }

    [Test]
    public async Task Texts_of_a_megabyte_are_taken_and_told_within_the_limits(CancellationToken cancellationToken)
    {
        using var bench = new Workbench();
        await using var site = await SiteHost.StartAsync(new PagerDutySite(bench.Time, SiteHost.RoutingKey), clock: bench.Time, cancellationToken: cancellationToken);
        using var courier = new Courier(null, TimeProvider.System);
        await using var receiver = await RunningReceiver.StartAsync(
            bench, [new PagerDuty("pagerduty", new Uri($"{site.Url}/v2/enqueue"), bench.SecretOf(SiteHost.RoutingKey), courier, new PagerDutyLimits(), bench.Time)], "pagerduty");
        foreach (var text in (string[])[new('x', 1 << 20), string.Concat(Enumerable.Repeat("\u202E😀\n", 1 << 18)), new('\u200B', 1 << 19)])
        {
            var json = JsonSerializer.Serialize(text);
            var named = Bodies.Alert($$"""{"alertname":{{json}}}""");
            var valued = Bodies.Alert(Bodies.LabelsOf(("alertname", "A"), ("path", text)), more: $$""","annotations":{"summary":{{json}}}""");
            var labelled = Bodies.Alert($$"""{"alertname":"A",{{json}}:"v"}""");
            Assert.That(await receiver.PostAsync(named, valued, labelled), Is.EqualTo(200));
        }
        await receiver.UntilAsync(site.PagerDuty.Accepted.ItemAsync(9, cancellationToken));
        Assert.That(site.PagerDuty.Requests.Items.Select(r => r.Status), Is.All.EqualTo(202), "none was refused and sent again");
        Assert.That(site.PagerDuty.Accepted.Items.Select(e => e.Summary), Is.All.Matches<string?>(s => s is { Length: <= 1024 } && s.Contains("[VX-", StringComparison.Ordinal) && s.EndsWith(" min left", StringComparison.Ordinal)));
    }

    [TestCase("labels", 200, "has more than 256 labels", TestName = "Ten_thousand_labels_are_kept_aside")]
    [TestCase("depth", 400, "The body is not JSON (line 1, byte ", TestName = "Ten_thousand_levels_are_refused")]
    [TestCase("depth in an alert", 400, "The body is not JSON (line 1, byte ", TestName = "Ten_thousand_levels_within_an_alert_are_refused")]
    [TestCase("gzip", 400, "The body is not JSON (line 1, byte 0)", TestName = "A_bomb_of_gzip_is_refused_unopened")]
    [TestCase("gzip named", 400, "The body is not JSON (line 1, byte 0)", TestName = "A_bomb_of_gzip_that_says_so_is_refused_unopened")]
    [TestCase("largest", 200, "\"result\":\"opened\"", TestName = "A_body_of_32_MiB_is_taken")]
    [TestCase("larger", 413, "The body is larger than 32 MiB", TestName = "A_body_of_32_MiB_and_a_byte_is_too_large")]
    public async Task Bombs(string bomb, int status, string sentence)
    {
        await using var exporter = await RunningExporter.StartAsync(time: new FakeTimeProvider(Workbench.Now));
        var body = BombOf(bomb);
        var before = GC.GetTotalAllocatedBytes();
        var (answered, answer) = await exporter.PostAsync(body);
        var taken = GC.GetTotalAllocatedBytes() - before;
        Assert.That(answered, Is.EqualTo(status), answer);
        Assert.That(answer, Does.Contain(sentence));
        // By the sender as well, which is this process; what is largest is held a few times over at most.
        Assert.That(taken, Is.LessThan((bomb == "largest" ? 512L : 64) * 1024 * 1024));
        Assert.That((await exporter.ReceiptsAsync(Bodies.Alert()))[0].GetProperty("result").GetString(), Is.EqualTo("opened"), "it goes on");
    }

    [Test]
    public async Task A_body_without_end_is_answered_before_it_ends(CancellationToken cancellationToken)
    {
        await using var exporter = await RunningExporter.StartAsync(time: new FakeTimeProvider(Workbench.Now));
        using var sender = await ConnectAsync(exporter, cancellationToken);
        var (chunk, sending) = (Encoding.ASCII.GetBytes($"10000\r\n{new string(' ', 0x10000)}\r\n"), true);
        await sender.SendAsync(Encoding.ASCII.GetBytes("POST /api/v1/alertmanager HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"), cancellationToken);
        var forever = Task.Run(
            async () =>
            {
                while (sending)
                    await sender.SendAsync(chunk, cancellationToken);
            },
            cancellationToken);
        Assert.That(await StatusAsync(sender, cancellationToken), Is.EqualTo("HTTP/1.1 413"));
        sending = false;
        sender.Close();
        await forever.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.That((await exporter.ReceiptsAsync(Bodies.Alert()))[0].GetProperty("result").GetString(), Is.EqualTo("opened"), "it goes on");
    }

    [TestCase("Transfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400", TestName = "A_chunk_without_a_length_is_refused")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n5\r\n{\"alerts\":[]}\r\n0\r\n\r\n", "HTTP/1.1 400", TestName = "A_chunk_that_is_longer_than_it_says_is_refused")]
    [TestCase("Content-Length: 13\r\nContent-Length: 14\r\n\r\n{\"alerts\":[]}", "HTTP/1.1 400", TestName = "Two_lengths_are_refused")]
    [TestCase("Content-Length: -1\r\n\r\n", "HTTP/1.1 400", TestName = "A_length_below_nothing_is_refused")]
    [TestCase("Content-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 400", TestName = "A_length_beyond_numbers_is_refused")]
    [TestCase("Content-Length: 9223372036854775807\r\n\r\n", "HTTP/1.1 413", TestName = "The_greatest_length_is_too_large")]
    [TestCase("Content-Type: application/json; charset=utf-16\r\nContent-Length: 13\r\n\r\n{\"alerts\":[]}", "HTTP/1.1 200", TestName = "What_it_says_to_be_matters_less_than_what_it_is")]
    public async Task Broken(string request, string status, CancellationToken cancellationToken)
    {
        await using var exporter = await RunningExporter.StartAsync(time: new FakeTimeProvider(Workbench.Now));
        using var sender = await ConnectAsync(exporter, cancellationToken);
        await sender.SendAsync(Encoding.ASCII.GetBytes($"POST /api/v1/alertmanager HTTP/1.1\r\nHost: 127.0.0.1\r\n{request}"), cancellationToken);
        Assert.That(await StatusAsync(sender, cancellationToken), Is.EqualTo(status));
        Assert.That(exporter.Rows("SELECT 1 FROM quarantine"), Is.Empty);
        Assert.That((await exporter.ReceiptsAsync(Bodies.Alert()))[0].GetProperty("result").GetString(), Is.EqualTo("opened"), "it goes on");
    }

    [Test]
    public async Task What_can_t_be_read_is_told_why_and_counted(CancellationToken cancellationToken)
    {
        await using var exporter = await RunningExporter.StartAsync(time: new FakeTimeProvider(Workbench.Now));
        using var sender = await ConnectAsync(exporter, cancellationToken);
        await sender.SendAsync("POST /api/v1/alertmanager HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"u8.ToArray(), cancellationToken);
        using var answer = new StreamReader(new NetworkStream(sender));
        Assert.That(await answer.ReadToEndAsync(cancellationToken), Does.Contain("The body can't be read: Bad chunk size data."));
        Assert.That(await exporter.MetricAsync("""verolux_webhook_requests_total{route="alertmanager",code="400"}"""), Is.EqualTo("1"));
    }

    static string AlertOf(string text)
    {
        var json = JsonSerializer.Serialize(text);
        return $$"""{"status":"firing","labels":{"alertname":{{json}},"path":{{json}},"site":{{json}}},"annotations":{"summary":{{json}},"dashboard_url":{{json}},"runbook_url":{{json}}},"startsAt":"2026-11-24T10:00:00Z","generatorURL":{{json}},"fingerprint":{{json}}}""";
    }

    /// <summary>What begins a line, moves the cursor or turns the direction of writing around.</summary>
    static IEnumerable<string> Odd(string text) => text.EnumerateRunes()
        .Where(r => Rune.GetUnicodeCategory(r) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator).Select(r => $"U+{r.Value:X4}");

    static ByteArrayContent BombOf(string bomb)
    {
        switch (bomb)
        {
            case "labels":
                return Json(Bodies.Of(Bodies.Alert(Bodies.LabelsOf(Enumerable.Range(0, 10_000).Select(i => ($"l{i}", "v")).Append(("alertname", "A"))))));
            case "depth":
                return Json($$"""{"alerts":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}""");
            case "depth in an alert":
                return Json(Bodies.Of(Bodies.Alert(more: $",\"deep\":{string.Concat(Enumerable.Repeat("{\"a\":", 10_000))}1{new string('}', 10_000)}")));
            case "gzip":
                return new ByteArrayContent(Zipped());
            case "gzip named":
                return new ByteArrayContent(Zipped()) { Headers = { { "Content-Encoding", "gzip" } } };
            default:
                var rest = Exporter.Alerts.Intake.Body.Largest - Bodies.Utf8(Bodies.Of(Bodies.Alert("""{"alertname":"Large","a":""}"""))).Length + (bomb == "larger" ? 1 : 0);
                return Json(Bodies.Of(Bodies.Alert($$"""{"alertname":"Large","a":"{{new string('x', rest)}}"}""")));
        }
    }

    static ByteArrayContent Json(string json) => new(Bodies.Utf8(json));

    /// <summary>A gigabyte in a few megabytes.</summary>
    static byte[] Zipped()
    {
        using var small = new MemoryStream();
        using (var gzip = new GZipStream(small, CompressionLevel.Fastest))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 1024; i++)
                gzip.Write(zeros);
        }
        return small.ToArray();
    }

    static async Task<Socket> ConnectAsync(RunningExporter exporter, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, exporter.Client.BaseAddress!.Port, cancellation);
        return socket;
    }

    static async Task<string> StatusAsync(Socket socket, CancellationToken cancellation)
    {
        var status = new byte["HTTP/1.1 200".Length];
        for (var length = 0; length < status.Length;)
        {
            if (await socket.ReceiveAsync(status.AsMemory(length), cancellation) is > 0 and var read)
                length += read;
            else
                return "closed";
        }
        return Encoding.ASCII.GetString(status);
    }
}
