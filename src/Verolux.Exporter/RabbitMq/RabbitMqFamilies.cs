using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.RabbitMq;

/// <summary>The families beyond health, and what of a reading becomes a sample.</summary>
static class RabbitMqFamilies
{
    /// <summary>The metric that the Queue Backlog runbook puts a number to.</summary>
    public const string MessagesMetric = "verolux_rabbitmq_queue_messages";

    public static readonly Family MessagesThreshold = Family.Gauge($"{MessagesMetric}_threshold", "Above so many messages the queue counts as backed up.", "broker", "vhost", "queue");

    static readonly Family Messages = Family.Gauge(
        MessagesMetric,
        "Messages in the queue, ready and unacknowledged: from the management API, whose statistics are at most one statistics interval old (5 s unless the broker is told otherwise), absent until it has some. "
        + "Without a management API, or while it fails, those that are ready alone, at the moment of the look.",
        "broker", "vhost", "queue");

    static readonly Family Ready = Family.Gauge($"{MessagesMetric}_ready", "Messages that wait to be delivered, at the moment of the look.", "broker", "vhost", "queue");

    static readonly Family Unacknowledged = Family.Gauge(
        $"{MessagesMetric}_unacknowledged",
        "Messages that consumers have taken and not yet acknowledged, at most one statistics interval old (5 s unless the broker is told otherwise); absent without the management API.",
        "broker", "vhost", "queue");

    static readonly Family Consumers = Family.Gauge("verolux_rabbitmq_queue_consumers", "Consumers of the queue, at the moment of the look.", "broker", "vhost", "queue");

    static readonly Family Exists = Family.Gauge("verolux_rabbitmq_queue_exists", "Whether the configured queue is there: 1 yes, 0 no.", "broker", "vhost", "queue");

    static readonly Family MemoryAlarm = Family.Gauge(
        "verolux_rabbitmq_memory_alarm", "Whether a node of the cluster has run short of memory, so that publishers are blocked: 1 yes, 0 no; absent without the management API.", "broker");

    static readonly Family DiskAlarm = Family.Gauge(
        "verolux_rabbitmq_disk_alarm", "Whether a node of the cluster has run short of disk space, so that publishers are blocked: 1 yes, 0 no; absent without the management API.", "broker");

    public static readonly IReadOnlyList<Family> All = [Messages, MessagesThreshold, Ready, Unacknowledged, Consumers, Exists, MemoryAlarm, DiskAlarm];

    public static IReadOnlyList<Sample> Describe(IReadOnlyList<QueueReading> queues, Alarms? alarms, Target target, string virtualHost)
    {
        var samples = new List<Sample>();
        foreach (var queue in queues)
        {
            string[] labels = [.. target.Labels, virtualHost, queue.Name];
            samples.Add(new Sample(Exists, labels, queue.Exists ? 1 : 0));
            foreach (var (family, value) in ((Family, double?)[])[(Messages, queue.Messages), (Ready, queue.Ready), (Unacknowledged, queue.Unacknowledged), (Consumers, queue.Consumers)])
            {
                if (value is { } known)
                    samples.Add(new Sample(family, labels, known));
            }
        }
        if (alarms is not null)
            samples.AddRange([new Sample(MemoryAlarm, target.Labels, alarms.Memory ? 1 : 0), new Sample(DiskAlarm, target.Labels, alarms.Disk ? 1 : 0)]);
        return samples;
    }
}
