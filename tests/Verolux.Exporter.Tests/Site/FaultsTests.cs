using System.Net.Sockets;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Site.PagerDuty;

namespace Verolux.Exporter.Tests.Site;

[CancelAfter(30_000)]
public class FaultsTests
{
    Sender sender = null!;

    PagerDutySite PagerDuty => sender.Site.PagerDuty;

    [SetUp]
    public async Task Start() => sender = await Sender.StartAsync();

    [TearDown]
    public ValueTask Stop() => sender.DisposeAsync();

    [TestCase(500)]
    [TestCase(503)]
    [TestCase(429)]
    [TestCase(400)]
    [TestCase(401)]
    [TestCase(413)]
    public async Task The_next_requests_are_answered_with_a_status_and_do_nothing(int status)
    {
        PagerDuty.Faults.Next(Faults.Answer(status), requests: 2);
        Assert.That(await StatusesAsync(3), Is.EqualTo([status, status, 202]));
        Assert.That(PagerDuty.Accepted.Items, Has.Count.EqualTo(1));
        Assert.That(PagerDuty.Requests.Items.Select(r => r.Status), Is.EqualTo([status, status, 202]));
    }

    [Test]
    public async Task An_answer_may_ask_to_come_back_later()
    {
        PagerDuty.Faults.Next(Faults.Answer(429, retryAfter: "7"));
        using var response = await sender.PostAsync(Sender.Trigger());
        Assert.That(response.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(7)));
    }

    [Test]
    public async Task An_answer_may_point_elsewhere()
    {
        PagerDuty.Faults.Next(Faults.Answer(302, location: "http://127.0.0.1:9/"));
        using var response = await sender.PostAsync(Sender.Trigger());
        Assert.That((int)response.StatusCode, Is.EqualTo(302));
        Assert.That(response.Headers.Location, Is.EqualTo(new Uri("http://127.0.0.1:9/")));
    }

    [Test]
    public async Task An_answer_may_have_a_senseless_body()
    {
        PagerDuty.Faults.Next(Faults.Answer(202, "<html>"));
        using var response = await sender.PostAsync(Sender.Trigger());
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("<html>"));
    }

    [Test]
    public async Task A_standing_fault_lasts_until_it_is_cleared()
    {
        PagerDuty.Faults.Always(Faults.Answer(503));
        PagerDuty.Faults.Next(Faults.Answer(500));
        Assert.That(await StatusesAsync(3), Is.EqualTo([500, 503, 503]));
        PagerDuty.Faults.Clear();
        Assert.That(await StatusesAsync(1), Is.EqualTo([202]));
    }

    [Test]
    public async Task A_hanging_request_has_arrived_and_is_never_answered(CancellationToken cancellationToken)
    {
        var gate = new Gate();
        PagerDuty.Faults.Next(Faults.Hang(gate));
        var sending = sender.PostAsync(Sender.Trigger());
        var request = await PagerDuty.Requests.ItemAsync(1, cancellationToken);
        // A second request overtakes the first: whoever hangs keeps nobody else waiting.
        Assert.That(await StatusesAsync(1), Is.EqualTo([202]));
        Assert.That(sending.IsCompleted, Is.False);
        gate.Open();
        Assert.That(async () => await sending, Throws.InstanceOf<HttpRequestException>());
        Assert.That(request.Status, Is.Null);
        Assert.That(PagerDuty.Accepted.Items, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_hanging_request_does_not_hold_up_the_end(CancellationToken cancellationToken)
    {
        PagerDuty.Faults.Next(Faults.Hang(new Gate()));
        var sending = sender.PostAsync(Sender.Trigger());
        await PagerDuty.Requests.ItemAsync(1, cancellationToken);
        await sender.Site.DisposeAsync();
        Assert.That(async () => await sending, Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task A_delayed_request_is_answered_once_it_is_released(CancellationToken cancellationToken)
    {
        var gate = new Gate();
        PagerDuty.Faults.Next(Faults.Delay(gate));
        var sending = sender.PostAsync(Sender.Trigger());
        await PagerDuty.Requests.ItemAsync(1, cancellationToken);
        Assert.That(PagerDuty.Accepted.Items, Is.Empty);
        gate.Open();
        using var response = await sending;
        Assert.That((int)response.StatusCode, Is.EqualTo(202));
        Assert.That(PagerDuty.Accepted.Items, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_connection_can_be_reset()
    {
        PagerDuty.Faults.Next(Faults.Reset());
        Assert.That(
            async () => await sender.PostAsync(Sender.Trigger()),
            Throws.InstanceOf<HttpRequestException>()
                .With.InnerException.InnerException.Property(nameof(SocketException.SocketErrorCode)).EqualTo(SocketError.ConnectionReset));
        Assert.That(PagerDuty.Accepted.Items, Is.Empty);
    }

    [Test]
    public async Task A_lost_answer_leaves_its_effect()
    {
        PagerDuty.Faults.Next(Faults.LoseAnswer());
        Assert.That(async () => await sender.PostAsync(Sender.Trigger()), Throws.InstanceOf<HttpRequestException>());
        Assert.That(await StatusesAsync(1), Is.EqualTo([202]));
        Assert.That(PagerDuty.Alerts.Single().Occurrences, Is.EqualTo(2));
        Assert.That(PagerDuty.Requests.Items.Select(r => r.Status), Is.EqualTo([null, (int?)202]));
    }

    [Test]
    public void Garbage_is_no_answer()
    {
        PagerDuty.Faults.Next(Faults.Garbage());
        Assert.That(
            async () => await sender.PostAsync(Sender.Trigger()),
            Throws.InstanceOf<HttpRequestException>().With.Property(nameof(HttpRequestException.HttpRequestError)).EqualTo(HttpRequestError.InvalidResponse));
    }

    async Task<IReadOnlyList<int>> StatusesAsync(int requests)
    {
        List<int> statuses = [];
        for (var i = 0; i < requests; i++)
        {
            using var response = await sender.PostAsync(Sender.Trigger());
            statuses.Add((int)response.StatusCode);
        }
        return statuses;
    }
}
