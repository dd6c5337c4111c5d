using System.Text;
using Prometheus;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts;

/// <summary>What the receiver says about itself. Every label's values are a closed set: nothing that comes from outside becomes a label.</summary>
sealed class ReceiverMetrics(IMetricFactory own, CollectorRegistry registry)
{
    // 0.5 ms to 10 s. Alertmanager gives up after 10 s at the earliest.
    static readonly double[] Seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    readonly Counter requests = own.CreateCounter("verolux_webhook_requests_total", "Webhook requests by route and status code answered.", ["route", "code"]);
    readonly Histogram duration = own.CreateHistogram("verolux_webhook_duration_seconds", "How long a webhook request took, the commit included.", new HistogramConfiguration { Buckets = Seconds });
    readonly Counter alerts = own.CreateCounter("verolux_webhook_alerts_total", "Alerts received, by what came of them.", ["result"]);
    readonly Counter matched = own.CreateCounter("verolux_webhook_matched_total", "Incidents opened, by how their runbook was found.", ["match"]);
    readonly Gauge incidents = own.CreateGauge("verolux_incidents", "Incidents that are not closed.", ["state", "severity"]);
    readonly Gauge pending = own.CreateGauge("verolux_outbox_pending", "Deliveries that are waiting.", ["destination"]);
    readonly Gauge oldest = own.CreateGauge(
        "verolux_outbox_oldest_timestamp_seconds", "When the oldest waiting delivery was put there, Unix time; absent when none waits.", ["destination"], new GaugeConfiguration { SuppressInitialValue = true });
    readonly Gauge dead = own.CreateGauge("verolux_outbox_dead_letters", "Deliveries that the destination has refused for good.", ["destination"]);
    readonly Counter attempts = own.CreateCounter("verolux_outbox_attempts_total", "Attempts at delivery, by what came of them.", ["destination", "result"]);
    readonly Gauge watchdog = own.CreateGauge(
        "verolux_watchdog_last_seen_timestamp_seconds", "When the always-firing Watchdog alert last arrived, Unix time; absent before the first.", new GaugeConfiguration { SuppressInitialValue = true });
    readonly Histogram commits = own.CreateHistogram("verolux_store_commit_duration_seconds", "How long a commit of the store took, the flush to disk included.", new HistogramConfiguration { Buckets = Seconds });

    Counter.Child[] received = [];

    public void Answered(string route, int code, TimeSpan took)
    {
        requests.WithLabels(route, code.ToString(System.Globalization.CultureInfo.InvariantCulture)).Inc();
        duration.Observe(took.TotalSeconds);
    }

    /// <param name="how">How the alert's runbook was found.</param>
    public void Received(Effect effect, MatchKind how)
    {
        received[(int)effect].Inc();
        if (effect == Effect.Opened)
            matched.WithLabels(how.Label()).Inc();
    }

    public void Quarantined(int count)
    {
        if (count > 0)
            alerts.WithLabels("quarantined").Inc(count);
    }

    public void Attempt(string destination, string result) => attempts.WithLabels(destination, result).Inc();

    public void WatchdogSeen(DateTimeOffset at) => watchdog.Set(at.ToUnixTimeMilliseconds() / 1000.0);

    public void Committed(TimeSpan took) => commits.Observe(took.TotalSeconds);

    /// <summary>Starts every known child at 0, and reads at each scrape what is a state and not an event.</summary>
    public void Observe(Ledger ledger, IReadOnlyList<DeliveryLoop> deliveries)
    {
        received = [.. Enum.GetValues<Effect>().Select(effect => alerts.WithLabels(Label(effect)))];
        alerts.WithLabels("quarantined");
        foreach (var how in Enum.GetValues<MatchKind>())
            matched.WithLabels(how.Label());
        registry.AddBeforeCollectCallback(() =>
        {
            foreach (var severity in Enum.GetValues<Severity>())
                incidents.WithLabels("firing", severity.Label()).Set(ledger.OpenOf(severity));
            foreach (var delivery in deliveries)
                Observe(delivery);
        });
    }

    static string Label(Effect effect) => Encoding.ASCII.GetString(Intake.Receipt.Label(effect));

    void Observe(DeliveryLoop delivery)
    {
        var (count, since, refused) = delivery.State;
        pending.WithLabels(delivery.Destination).Set(count);
        dead.WithLabels(delivery.Destination).Set(refused);
        if (since is { } at)
            oldest.WithLabels(delivery.Destination).Set(at.ToUnixTimeMilliseconds() / 1000.0);
        else
            oldest.RemoveLabelled(delivery.Destination);
    }
}
