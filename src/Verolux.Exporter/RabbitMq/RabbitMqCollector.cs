using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.RabbitMq;

/// <summary>Whether the message brokers answer, how much waits in their queues, and whether anyone takes it.</summary>
sealed class RabbitMqCollector(IReadOnlyList<Broker> brokers) : ICollector
{
    public string Slice => "rabbitmq";

    public string TargetLabel => "broker";

    public IReadOnlyList<FailureReason> Reasons => RabbitMqReasons.All;

    public IReadOnlyList<Family> Families => RabbitMqFamilies.All;

    public IReadOnlyList<Watch> Watches { get; } = [.. brokers.Select(WatchOf)];

    static Watch WatchOf(Broker broker)
    {
        var target = new Target(broker.Name, broker.Site);
        return new Watch
        {
            Target = target,
            Options = broker,
            Interval = broker.Pace.Interval,
            Timeout = broker.Pace.Timeout,
            Constants = broker.QueueMessagesThreshold is { } threshold
                ? [.. broker.Queues.All.Select(queue => new Sample(RabbitMqFamilies.MessagesThreshold, [.. target.Labels, broker.VirtualHost, queue], threshold))]
                : [],
            LookAsync = cancellation => LookAsync(broker, target, cancellation),
        };
    }

    static async Task<Look> LookAsync(Broker broker, Target target, CancellationToken cancellation)
    {
        if (BrokerAddress.TryRead(broker.Uri, broker.VirtualHost, out var address) is { } problem)
            return Look.Failed(FailureReason.Config, problem);
        var (queues, failure) = await Amqp.ReadAsync(broker, address, cancellation);
        if (failure is not null)
            return new Look([], failure);
        if (broker.ManagementUrl is null)
            return Told(queues.Select(ReadyAlone), null, null);
        var there = queues.Where(q => q.Exists).Select(q => q.Name);
        var (alarms, statistics, silence) = await ManagementApi.ReadAsync(broker, address, there, cancellation);
        // The broker itself has answered, and a backlog that is seen in what is ready alone must not be lost from sight with the statistics.
        if (silence is not null)
            return Told(queues.Select(ReadyAlone), null, silence);
        var rest = new Queue<QueueStatistics>(statistics);
        return Told(queues.Select(q => q.Exists && rest.Dequeue() is var s ? q with { Messages = s.Messages, Unacknowledged = s.MessagesUnacknowledged } : q), alarms, null);

        Look Told(IEnumerable<QueueReading> read, Alarms? alarms, Failure? failure) => new(RabbitMqFamilies.Describe([.. read], alarms, target, broker.VirtualHost), failure);
        static QueueReading ReadyAlone(QueueReading queue) => queue with { Messages = queue.Ready };
    }
}
