using System.Text;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.RabbitMq;

/// <summary>One broker that is watched.</summary>
/// <param name="Uri">How it is reached over AMQP, with user and password.</param>
/// <param name="VirtualHost">Not taken from the URI, because it becomes a label: those must not depend on a secret, nor show a part of one that is badly written.</param>
/// <param name="ManagementUrl">Where its management API begins, with a slash at the end; null where it is not asked.</param>
/// <param name="Tls">For an AMQP address of the scheme <c>amqps</c>, and a management API of the scheme <c>https</c>.</param>
/// <param name="QueueMessagesThreshold">Above so many messages a queue counts as backed up; null publishes none.</param>
sealed record Broker(string Name, string Site, Secret Uri, string VirtualHost, QueueNames Queues, Uri? ManagementUrl, ClientTls Tls, Pace Pace, double? QueueMessagesThreshold);

/// <summary>Names in the order written. Equal to others with the same names, as a list alone is not.</summary>
sealed record QueueNames(params IReadOnlyList<string> All)
{
    public bool Equals(QueueNames? other) => other is not null && All.SequenceEqual(other.All);

    public override int GetHashCode() => All.Count;
}

/// <summary>The section <c>rabbitmq</c>: <c>targets</c> is a list of brokers.</summary>
static class RabbitMqOptions
{
    /// <summary>Bytes of a queue's name; AMQP has one byte for the length.</summary>
    const int LongestName = 255;

    /// <param name="queueMessagesThreshold">What holds for a broker that sets none of its own.</param>
    public static IReadOnlyList<Broker> Read(Section rabbitMq, string site, double? queueMessagesThreshold) =>
        [.. rabbitMq.ReadTargets((target, name) => ReadTarget(target, name, site, queueMessagesThreshold)).OfType<Broker>()];

    static Broker? ReadTarget(Section target, string name, string site, double? queueMessagesThreshold)
    {
        var uri = target.Secret("uri");
        if (uri is null && !target.Has("uri"))
            target.Refuse("uri_file", "is missing", "name the file that holds the address, like amqp://USER:PASSWORD@rabbitmq:5672");
        var (vhost, queues, management) = (target.Text("vhost") ?? "/", QueuesOf(target), target.BaseUrl("management_url"));
        var (tls, pace, threshold) = (ClientTls.Read(target, new ClientTls())!, Pace.Read(target), target.Number("queue_messages_threshold", 0, 1e15));
        return uri is null ? null : new Broker(name, site, uri, vhost, queues, management, tls, pace, threshold ?? queueMessagesThreshold);
    }

    static QueueNames QueuesOf(Section target)
    {
        var names = target.Texts("queues");
        foreach (var name in names.Where(n => Encoding.UTF8.GetByteCount(n) > LongestName))
            target.Refuse("queues", $"\"{name[..20]}...\" is longer than the {LongestName} bytes that a queue's name may have", "correct it");
        foreach (var twice in names.GroupBy(n => n).Where(g => g.Skip(1).Any()))
            target.Refuse("queues", $"\"{twice.Key}\" is listed twice", "remove one of them");
        return new QueueNames([.. names.Distinct()]);
    }
}
