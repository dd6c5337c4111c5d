using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Delivery;

namespace Verolux.Exporter.Commands;

/// <summary>The destinations that are configured, each over connections of its own.</summary>
sealed class Destinations : IDisposable
{
    readonly List<Courier> couriers = [];

    public Destinations(IReadOnlyList<DestinationOptions> options, TimeProvider time)
    {
        var limits = new PagerDutyLimits();
        All = [.. options.Select(o => Make(o, limits, time))];
    }

    public IReadOnlyList<IDestination> All { get; }

    public void Dispose()
    {
        foreach (var courier in couriers)
            courier.Dispose();
    }

    IDestination Make(DestinationOptions options, PagerDutyLimits limits, TimeProvider time)
    {
        var courier = new Courier(options.Tls, time);
        couriers.Add(courier);
        return options switch
        {
            PagerDutyOptions pagerDuty => new PagerDuty(pagerDuty.Name, pagerDuty.Url, pagerDuty.RoutingKey, courier, limits, time),
            SlackOptions slack => new Slack(slack, courier),
            WebhookOptions webhook => new Webhook(webhook.Name, webhook.Url, webhook.Secret, courier, time),
            _ => throw new ArgumentException($"{options.GetType()} is not a kind of destination", nameof(options)),
        };
    }
}
