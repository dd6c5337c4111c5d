using System.Net;
using NUnit.Framework;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>The whole way: a camera's stream is cut, somebody is paged with the runbook, the stream returns, and the page closes.</summary>
public class FromCameraToPageTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task A_camera_that_is_cut_is_paged_once_with_its_runbook_and_the_page_closes_when_the_stream_returns(CancellationToken cancellationToken)
    {
        await using var stack = await ShippedStack.StartAsync(cancellationToken);
        await HoldsAsync(stack, "verolux_camera_streaming{camera=\"gate_a1\"} == 1", cancellationToken);
        await HoldsAsync(stack, "verolux_camera_frames_per_second{camera=\"gate_a1\"} > 24.25 < 25.75", cancellationToken);

        stack.Camera.Cut();
        var trigger = await EventAsync(stack, "trigger", cancellationToken);
        var runbook = $"{stack.Exporter.Url}/runbooks/RUNBOOK_CAMERA_OFFLINE";
        var details = trigger.Json.GetProperty("payload").GetProperty("custom_details");
        Assert.That((trigger.Effect, trigger.Severity), Is.EqualTo((Effect.Opened, "critical")));
        Assert.That(trigger.Summary, Does.Contain("Camera gate_a1 at site north is offline."));
        Assert.That(trigger.Json.GetProperty("links")[0].GetProperty("href").GetString(), Is.EqualTo($"{runbook}#firmware-issue"));
        Assert.That(details.GetProperty("response_sla_seconds").GetInt32(), Is.EqualTo(900));
        Assert.That(details.GetProperty("labels").GetProperty("camera").GetString(), Is.EqualTo("gate_a1"));
        Assert.That((await ShippedStack.OpenAsync(runbook, cancellationToken)).Status, Is.EqualTo(HttpStatusCode.OK));

        // What the page's reader opens next says what is wrong, and where to go on.
        var (status, page) = await ShippedStack.OpenAsync($"{stack.Exporter.Url}/cameras/gate_a1", cancellationToken);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(page, Does.Contain("protocol: OPTIONS: the camera closed the connection without an answer").And.Contain("/runbooks/RUNBOOK_CAMERA_OFFLINE#firmware-issue"));

        stack.Camera.Restore();
        var resolve = await EventAsync(stack, "resolve", cancellationToken);
        Assert.That((resolve.DedupKey, resolve.Effect), Is.EqualTo((trigger.DedupKey, Effect.Resolved)));
        Assert.That(Sent(stack).Select(e => e.Action), Is.EqualTo(new[] { "trigger", "resolve" }));
        Assert.That(StoreFile.Incidents(stack.Store).Single(i => i.AlertName == "CameraOffline").State, Is.EqualTo("resolved"));
        await HoldsAsync(stack, "verolux_camera_reconnects_total{camera=\"gate_a1\"} == 1", cancellationToken);
    }

    static Task HoldsAsync(ShippedStack stack, string query, CancellationToken cancellationToken) => Eventually.FoundAsync(
        query, async () => await stack.Prometheus.QueryAsync(query, cancellationToken) is { Count: 1 } found ? found : null, cancellationToken, () => stack.Exporter.Program.LastLines);

    static async Task<AcceptedEvent> EventAsync(ShippedStack stack, string action, CancellationToken cancellationToken)
    {
        try
        {
            return await stack.Site.PagerDuty.Accepted.FirstAsync(e => e.RoutingKey == ShippedStack.ExportersKey && e.Action == action, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw stack.Exporter.Program.Failure($"sent no {action}");
        }
    }

    static IEnumerable<AcceptedEvent> Sent(ShippedStack stack) => stack.Site.PagerDuty.Accepted.Items.Where(e => e.RoutingKey == ShippedStack.ExportersKey);
}
