using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.RabbitMq;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.RabbitMq;

/// <summary>Brokers as somebody would configure them, and single looks at them.</summary>
static class Watching
{
    public const string Name = "main";

    /// <summary>Without TLS, queues and management API.</summary>
    public static Broker At(string uri) => new(
        Name, "north", Secret.FromEnvironment("RABBIT_URI", uri), "/", new QueueNames(), null, new ClientTls(), new Pace(Watch.DefaultInterval, Watch.DefaultTimeout), null);

    /// <summary>As the user that may do everything.</summary>
    public static Broker At(RabbitServer server, params IReadOnlyList<string> queues) => At(RabbitServer.UriOf(server.Port)) with { Queues = new QueueNames(queues) };

    public static Broker WithManagement(this Broker broker, Uri url) => broker with { ManagementUrl = url };

    /// <summary>One look, in real time.</summary>
    public static Task<Look> LookAsync(this Broker broker, CancellationToken cancellationToken) => broker.WatchOf().LookAsync(cancellationToken);

    public static Watch WatchOf(this Broker broker) => new RabbitMqCollector([broker]).Watches.Single();

    /// <summary>The value of the sample of this name, without <c>verolux_rabbitmq_</c>; null where there is none.</summary>
    public static double? Value(this Look look, string name, string? queue = null) =>
        look.Samples.Where(s => s.Family.Name == $"verolux_rabbitmq_{name}" && (queue is null || s.Labels[^1] == queue)).Select(s => (double?)s.Value).SingleOrDefault();

    public static string? Reason(this Look look) => look.Failure?.Reason.Name;

    /// <summary>Looks once, and expects that to fail for this reason, with a detail that gives no password away.</summary>
    public static async Task<Look> FailsAsync(this Broker broker, FailureReason reason, CancellationToken cancellationToken)
    {
        var look = await broker.LookAsync(cancellationToken);
        Assert.That(look.Failure?.Reason, Is.EqualTo(reason), look.Failure?.Detail);
        Assert.That(look.Failure!.Detail, Is.Not.Empty.And.Not.Contains(RabbitServer.Password).And.Not.Contains(Uri.EscapeDataString(RabbitServer.Password)));
        return look;
    }
}
