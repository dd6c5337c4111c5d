using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Alerts;
using Verolux.Exporter.Tests.Alerts.Delivery;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>What every destination must do whatever its vendor does.</summary>
[TestFixture(DestinationKind.PagerDuty)]
[TestFixture(DestinationKind.SlackWebhook)]
[TestFixture(DestinationKind.SlackApp)]
[TestFixture(DestinationKind.Webhook)]
[CancelAfter(30_000)]
public class DestinationContract(string kindName)
{
    readonly DestinationKind kind = DestinationKind.Of(kindName);
    readonly FakeTimeProvider time = new(Workbench.Now);
    readonly List<string> told = [];
    TemporaryFolder folder = null!;
    SiteHost site = null!;
    Courier courier = null!;

    string KeyFile => folder["key"];

    Uri Address => new(site.Url + kind.Path);

    FaultPlan Faulty => kind.Faults(site);

    Journal<RecordedRequest> Requests => kind.Requests(site);

    [SetUp]
    public async Task Start()
    {
        folder = new TemporaryFolder();
        site = await SiteHost.StartAsync(new PagerDutySite(TimeProvider.System, SiteHost.RoutingKey), clock: time);
        folder.Write("key", kind.Secret(Address) + "\n");
        courier = new Courier(null, time);
        told.Clear();
    }

    [TearDown]
    public async Task Stop()
    {
        courier.Dispose();
        await site.DisposeAsync();
        folder.Dispose();
        Assert.That(told, Has.None.Contains(kind.Credential), "the credential is told to nobody");
    }

    [TestCase("Trigger")]
    [TestCase("Acknowledge")]
    [TestCase("Resolve")]
    public async Task What_is_taken_is_delivered_once(string action)
    {
        Assert.That(await SendAsync(PageSamples.Sample with { Action = Enum.Parse<PageAction>(action) }), Is.TypeOf<Outcome.Delivered>());
        Assert.That((kind.Delivered(site), Requests.Items.Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task What_is_invalid_is_sent_once_more_in_a_smaller_form()
    {
        Faulty.Next(Faults.Answer(400, $$"""{"status":"invalid event","errors":["{{kind.Credential}} is wrong"]}"""));
        Assert.That(await SendAsync(), Is.TypeOf<Outcome.Delivered>());
        Assert.That(Requests.Items, Has.Count.EqualTo(2));
        Assert.That(Requests.Items[1].Body, Has.Length.LessThan(Requests.Items[0].Body.Length));
    }

    [TestCase(400)]
    [TestCase(413)]
    public async Task What_is_invalid_in_its_smaller_form_too_is_refused(int status)
    {
        Faulty.Always(Faults.Answer(status, $"because of {kind.Credential}\r\nand so on"));
        Assert.That(await SendAsync(), Is.EqualTo(new Outcome.Refused("rejected", $"answered {status}: because of <secret>  and so on")));
        Assert.That(Requests.Items, Has.Count.EqualTo(2));
    }

    [TestCase(401, "unauthorized")]
    [TestCase(403, "unauthorized")]
    [TestCase(404, "unexpected")]
    [TestCase(500, "server_error")]
    [TestCase(502, "server_error")]
    [TestCase(503, "server_error")]
    [TestCase(429, "rate_limited")]
    [TestCase(302, "unexpected")]
    public async Task Whatever_else_is_answered_is_tried_again(int status, string result)
    {
        Faulty.Next(Faults.Answer(status, kind.Credential));
        Assert.That(await SendAsync(), Is.EqualTo(new Outcome.Retry(result, $"answered {status}: <secret>")));
        Assert.That(Requests.Items, Has.Count.EqualTo(1));
    }

    [TestCase(429)]
    [TestCase(503)]
    public async Task A_time_to_come_back_at_is_passed_on(int status)
    {
        Faulty.Next(Faults.Answer(status, retryAfter: "7"));
        Assert.That((await RetryAsync()).After, Is.EqualTo(TimeSpan.FromSeconds(7)));
        Faulty.Next(Faults.Answer(status, retryAfter: time.GetUtcNow().AddSeconds(30).ToString("R")));
        Assert.That((await RetryAsync()).After, Is.EqualTo(TimeSpan.FromSeconds(30)));
        Faulty.Next(Faults.Answer(status, retryAfter: "soon"));
        Assert.That((await RetryAsync()).After, Is.Null);
    }

    [Test]
    public async Task A_redirect_is_never_followed()
    {
        Faulty.Next(Faults.Answer(307, location: $"{site.Url}{kind.Path}"));
        Assert.That(await SendAsync(), Is.TypeOf<Outcome.Retry>());
        Assert.That((Requests.Items.Count, kind.Delivered(site)), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Somebody_else_s_OK_is_not_taken_for_the_vendor_s()
    {
        if (kind.TakesAnyOk)
            Assert.Ignore("every 2xx is its OK");
        // A proxy's page is answered with 200.
        Faulty.Next(Faults.Answer(200, "<html>"));
        Assert.That(await SendAsync(), Is.EqualTo(new Outcome.Retry("unexpected", "answered 200: <html>")));
    }

    [Test]
    public async Task Who_hangs_is_given_up_after_the_deadline(CancellationToken cancellationToken)
    {
        Faulty.Next(Faults.Hang(new Gate()));
        var sending = SendAsync(cancellation: cancellationToken);
        await Requests.ItemAsync(1, cancellationToken);
        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.That(sending.IsCompleted, Is.False);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.That(await sending, Is.EqualTo(new Outcome.Retry("timeout", "no answer within 10 s")));
    }

    [Test]
    public async Task Cancelling_is_no_outcome(CancellationToken cancellationToken)
    {
        using var cancel = new CancellationTokenSource();
        Faulty.Next(Faults.Hang(new Gate()));
        var sending = SendAsync(cancellation: cancel.Token);
        await Requests.ItemAsync(1, cancellationToken);
        await cancel.CancelAsync();
        await Assert.ThatAsync(() => sending, Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase("reset")]
    [TestCase("garbage")]
    [TestCase("lost")]
    public async Task A_broken_connection_is_tried_again(string fault)
    {
        Faulty.Next(fault switch { "reset" => Faults.Reset(), "garbage" => Faults.Garbage(), _ => Faults.LoseAnswer() });
        Assert.That(await SendAsync(), Is.TypeOf<Outcome.Retry>().With.Property("Result").EqualTo("network"));
    }

    [TestCase("http://127.0.0.1:{0}", "ConnectionError")]
    [TestCase("https://no-such-host.invalid", "NameResolutionError")]
    public async Task Who_can_t_be_reached_is_tried_again(string address, string kindOfError) => Assert.That(
        await SendAsync(at: new Uri(string.Format(address, FreePort.Next()) + kind.Path)), Is.EqualTo(new Outcome.Retry("network", kindOfError)));

    [Test]
    public async Task Nothing_is_told_to_who_has_the_wrong_certificate()
    {
        using var authority = Pem.Authority("nobody knows");
        using var certificate = Pem.Leaf(authority, "impostor");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, 0, l => l.UseHttps(certificate)));
        await using var impostor = builder.Build();
        var heard = 0;
        impostor.Run(_ =>
        {
            heard++;
            return Task.CompletedTask;
        });
        await impostor.StartAsync();
        var at = new Uri(impostor.Urls.Single() + kind.Path);
        Assert.That(await SendAsync(at: at), Is.EqualTo(new Outcome.Retry(
            "network", "SecureConnectionError: the server's certificate is signed by nobody whom we trust: name the certificate of who signed it in tls.ca_file")));
        Assert.That(heard, Is.Zero);
        courier.Dispose();
        courier = new Courier(new ClientTls(folder["gone.pem"]), time);
        Assert.That((await SendAsync(at: at)).Detail, Does.StartWith("SecureConnectionError: the file ").And.Contains("gone.pem"));
        Assert.That(heard, Is.Zero);
        courier.Dispose();
        courier = new Courier(new ClientTls(folder.Write("authority.pem", authority.ExportCertificatePem())), time);
        await SendAsync(at: at);
        Assert.That(heard, Is.EqualTo(1), "who is known is trusted");
    }

    [Test]
    public async Task A_credential_that_can_t_be_read_is_waited_for()
    {
        File.Delete(KeyFile);
        Assert.That(await SendAsync(), Is.TypeOf<Outcome.Retry>().With.Property("Result").EqualTo("config").And.Property("Detail").Contains(KeyFile));
        File.WriteAllText(KeyFile, "\n");
        Assert.That(await SendAsync(), Is.TypeOf<Outcome.Retry>().With.Property("Result").EqualTo("config"));
        Assert.That(Requests.Items, Is.Empty);
        File.WriteAllText(KeyFile, kind.Secret(Address));
        Assert.That(await SendAsync(), Is.TypeOf<Outcome.Delivered>());
    }

    [Test]
    public async Task A_long_answer_is_cut_and_with_it_no_part_of_the_credential_remains()
    {
        for (var shift = 0; shift <= kind.Credential.Length; shift++)
        {
            Faulty.Next(Faults.Answer(500, new string('-', 4096 - shift) + kind.Credential + new string('-', 100_000)));
            var outcome = await SendAsync();
            Assert.That(outcome.Detail, Has.Length.LessThan(4200).And.Not.Contains(kind.Credential[..2]), $"shifted by {shift}");
        }
    }

    [Test]
    public async Task Hostile_texts_harm_nobody()
    {
        string[] texts =
        [
            "<!channel>", "<!here|here>", "<@U012345>", "<#C012345>", "<http://evil.example|Runbook>", "<https://evil.example>", "&lt;!channel&gt;", "@channel @here", "\u202Egnp.exe", "a\u200Bb\uFEFF", "\u0000\u0007\u001B[31m",
            "\uD800", "\uDC00x", "*b* _i_ ~s~ `c` ```", ":rotating_light:", "</script><script>alert(1)</script>", "\"}],\"x\":[{\"", "\r\nX-Header: 1", "javascript:alert(1)", "",
        ];
        foreach (var text in texts)
        {
            var outcome = await SendAsync(PageSamples.Sample with
            {
                AlertName = text.Length > 0 ? text : "x",
                Labels = PageSamples.Texts(("site", text), ("path", text), ($"l{text}", text)),
                Annotations = PageSamples.Texts(("summary", text), ("dashboard_url", text), ("runbook_url", text)),
                GeneratorUrl = text,
                Diagnosis = new Diagnosis("exact", "b", text, [text], [text, text]),
            });
            Assert.That(outcome, Is.TypeOf<Outcome.Delivered>(), text);
            time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.That(kind.Delivered(site), Is.EqualTo(texts.Length));
        Assert.That(kind.Harm(site), Is.Empty);
    }

    [TestCase("x")]
    [TestCase("&")]
    [TestCase("😀")]
    [TestCase("\u0001")]
    [TestCase("<!channel> ")]
    public async Task However_much_an_alert_says_it_stays_within_the_limits(string text)
    {
        var much = string.Concat(Enumerable.Repeat(text, 60_000));
        foreach (var shift in (int[])[0, 1, 2])
        {
            var all = new string('y', shift) + much;
            var outcome = await SendAsync(PageSamples.Sample with
            {
                AlertName = all,
                Labels = PageSamples.Texts([("site", all), .. Enumerable.Range(0, 60).Select(i => ($"label_{i}", all))]),
                Annotations = PageSamples.Texts(("summary", all), ("dashboard_url", "http://h/" + new string('ü', 2000))),
                GeneratorUrl = "http://h/?" + new string('&', 2000),
                Diagnosis = new Diagnosis("exact", "b", all, [all, all], [.. Enumerable.Repeat(all, 20)]),
            });
            Assert.That(outcome, Is.TypeOf<Outcome.Delivered>(), $"shifted by {shift}");
            Assert.That(Requests.Items, Has.Count.EqualTo(shift + 1), "taken as it was");
        }
        Assert.That(kind.Harm(site), Is.Empty);
    }

    async Task<Outcome.Retry> RetryAsync() => (Outcome.Retry)await SendAsync();

    async Task<Outcome> SendAsync(Page? page = null, Uri? at = null, CancellationToken cancellation = default)
    {
        if (at is not null)
            folder.Write("key", kind.Secret(at));
        var destination = kind.Make(at ?? Address, Secret.FromFile(KeyFile), courier, time);
        var outcome = await destination.SendAsync(page ?? PageSamples.Sample, cancellation);
        told.Add($"{destination} {outcome}");
        return outcome;
    }
}
