using System.Text;
using Prometheus;
using Verolux.Exporter.Alerts.Alertmanagers;
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

    readonly Counter outcomes = own.CreateCounter(Tallies.SlaOutcomes, "Incidents by how they went for the response SLA, each counted once, when that is final.", ["severity", "outcome"]);
    readonly Histogram responses = own.CreateHistogram(
        Tallies.Responses, "From the start of an incident to its first acknowledgement.", ["severity"], new HistogramConfiguration { Buckets = Tallies.Seconds });
    readonly Histogram resolutions = own.CreateHistogram(
        Tallies.Resolutions, "From the start of an incident to its end.", ["severity"], new HistogramConfiguration { Buckets = Tallies.Seconds });
    readonly Gauge nextBreach = own.CreateGauge(
        "verolux_sla_next_breach_timestamp_seconds", "Until when someone has to respond to the most urgent incident that nobody has responded to, Unix time, in the past where that is breached; absent where there is none.",
        ["severity"], new GaugeConfiguration { SuppressInitialValue = true });
    readonly Counter escalations = own.CreateCounter(Tallies.Escalations, "Incidents that went to a higher level, by what brought them there.", ["level", "reason"]);
    readonly Gauge overdue = own.CreateGauge("verolux_escalations_overdue", "Open incidents whose time to go to the next level has passed without their going.");
    readonly Counter acks = own.CreateCounter(Tallies.Acknowledgements, "Acknowledgements by where they came from.", ["source"]);

    readonly Counter unmatched = own.CreateCounter(Tallies.Unmatched, "What people did in PagerDuty to an incident that is none of ours, or not to be recognised as ours.");
    readonly Counter feedback = own.CreateCounter(Tallies.Feedback, "What people said of the runbook that they followed.", ["runbook", "outcome"]);

    readonly Counter reconciled = own.CreateCounter(Tallies.Reconciled, "What the exporter did to its incidents because of what the Alertmanagers said when asked, and no webhook had.", ["action"]);
    readonly Gauge alertmanager = own.CreateGauge("verolux_alertmanager_up", "Whether the Alertmanager answers, and so that it can be believed.", ["alertmanager"]);
    readonly Gauge alertmanagerSkew = own.CreateGauge(
        "verolux_alertmanager_clock_skew_seconds", "By how much the Alertmanager's clock is ahead of the exporter's; absent where it tells no time.", ["alertmanager"]);
    readonly Gauge alertmanagerWatchdog = own.CreateGauge(
        "verolux_alertmanager_watchdog_timestamp_seconds", "When a Prometheus last told the Alertmanager that the always-firing Watchdog alert fires, Unix time; absent before the first.", ["alertmanager"]);
    readonly Gauge prometheusSkew = own.CreateGauge(
        "verolux_prometheus_clock_skew_seconds", "By how much Prometheus' clock is ahead of the exporter's; absent where it tells no time, and where it is not asked.",
        new GaugeConfiguration { SuppressInitialValue = true });
    readonly Gauge heartbeat = own.CreateGauge(
        "verolux_heartbeat_last_success_timestamp_seconds", "When the service that waits for the exporter's heartbeat last took one, Unix time; absent before the first.",
        new GaugeConfiguration { SuppressInitialValue = true });

    Counter.Child[] received = [];

    public void Answered(string route, int code, TimeSpan took)
    {
        requests.WithLabels(route, code.ToString(System.Globalization.CultureInfo.InvariantCulture)).Inc();
        duration.Observe(took.TotalSeconds);
    }

    /// <param name="how">How the alert's runbook was found; null for a drill, which needs none.</param>
    public void Received(Effect effect, MatchKind? how)
    {
        received[(int)effect].Inc();
        if (effect == Effect.Opened && how is { } kind)
            matched.WithLabels(kind.Label()).Inc();
    }

    public void Quarantined(int count)
    {
        if (count > 0)
            alerts.WithLabels("quarantined").Inc(count);
    }

    public void Attempt(string destination, string result) => attempts.WithLabels(destination, result).Inc();

    public void WatchdogSeen(DateTimeOffset at) => watchdog.Set(at.ToUnixTimeMilliseconds() / 1000.0);

    /// <summary>What an Alertmanager said when it was asked.</summary>
    public void Looked(View view)
    {
        alertmanager.WithLabels(view.Alertmanager).Set(view.Problem is null ? 1 : 0);
        if (view.Skew is { } skew)
            alertmanagerSkew.WithLabels(view.Alertmanager).Set(skew.TotalSeconds);
        else
            alertmanagerSkew.RemoveLabelled(view.Alertmanager);
        // It stays where there is none any more: it is known when that was.
        if (view.Watchdogs.Count > 0)
            alertmanagerWatchdog.WithLabels(view.Alertmanager).Set(view.Watchdogs.Max(w => w.UpdatedAt).ToUnixTimeMilliseconds() / 1000.0);
    }

    /// <param name="skew">By how much Prometheus' clock is ahead of ours; null where that is not known.</param>
    public void PrometheusClock(TimeSpan? skew)
    {
        if (skew is { } known)
            prometheusSkew.Set(known.TotalSeconds);
        else
            prometheusSkew.Unpublish();
    }

    public void HeartbeatSent(DateTimeOffset at) => heartbeat.Set(at.ToUnixTimeMilliseconds() / 1000.0);

    public void Committed(TimeSpan took) => commits.Observe(took.TotalSeconds);

    /// <summary>What the store has counted, now or before this process started.</summary>
    public void Counted(Tally tally)
    {
        switch (tally.Metric)
        {
            case Tallies.SlaOutcomes:
                outcomes.WithLabels(tally.First, tally.Second).Inc(tally.Count);
                break;
            case Tallies.Responses:
                responses.WithLabels(tally.First).Observe(tally.Sum / tally.Count, tally.Count);
                break;
            case Tallies.Resolutions:
                resolutions.WithLabels(tally.First).Observe(tally.Sum / tally.Count, tally.Count);
                break;
            case Tallies.Escalations:
                escalations.WithLabels(tally.First, tally.Second).Inc(tally.Count);
                break;
            case Tallies.Acknowledgements:
                acks.WithLabels(tally.First).Inc(tally.Count);
                break;
            case Tallies.Unmatched:
                unmatched.Inc(tally.Count);
                break;
            case Tallies.Reconciled:
                reconciled.WithLabels(tally.First).Inc(tally.Count);
                break;
            case Tallies.Feedback:
                feedback.WithLabels(tally.First, tally.Second).Inc(tally.Count);
                break;
        }
    }

    /// <summary>Starts every known child at 0, and reads at each scrape what is a state and not an event.</summary>
    /// <param name="open">What is open, read at each scrape; null where it can't be read.</param>
    /// <param name="runbooks">Names of those that people may be asked about.</param>
    public void Observe(Func<IReadOnlyList<OpenIncidents>?> open, IReadOnlyList<DeliveryLoop> deliveries, IEnumerable<string> runbooks)
    {
        foreach (var runbook in runbooks)
        {
            feedback.WithLabels(runbook, Feedback.Worked);
            feedback.WithLabels(runbook, Feedback.Failed);
        }
        foreach (var severity in Enum.GetValues<Severity>().Where(s => s <= Severity.Warning))
        {
            responses.WithLabels(severity.Label());
            resolutions.WithLabels(severity.Label());
            foreach (var outcome in Enum.GetValues<SlaOutcome>())
                outcomes.WithLabels(severity.Label(), outcome.Label());
        }
        foreach (var reason in Enum.GetValues<EscalationReason>())
        {
            for (var level = 2; level <= Escalation.Highest; level++)
                escalations.WithLabels($"L{level}", reason.Label());
        }
        foreach (var action in Trust.Reconciliation.Actions)
            reconciled.WithLabels(action);
        foreach (var source in Enum.GetValues<Source>())
            acks.WithLabels(source.Label());
        received = [.. Enum.GetValues<Effect>().Select(effect => alerts.WithLabels(Label(effect)))];
        alerts.WithLabels("quarantined");
        foreach (var how in Enum.GetValues<MatchKind>())
            matched.WithLabels(how.Label());
        registry.AddBeforeCollectCallback(() =>
        {
            if (open() is { } all)
                Observe(all);
            foreach (var delivery in deliveries)
                Observe(delivery);
        });
    }

    void Observe(IReadOnlyList<OpenIncidents> open)
    {
        foreach (var one in open)
        {
            foreach (var (state, count) in OpenIncidents.Labels.Zip(one.States))
                incidents.WithLabels(state, one.Severity.Label()).Set(count);
            if (one.NextBreach is { } at)
                nextBreach.WithLabels(one.Severity.Label()).Set(at.ToUnixTimeMilliseconds() / 1000.0);
            else
                nextBreach.RemoveLabelled(one.Severity.Label());
        }
        overdue.Set(open.Sum(o => o.Overdue));
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
