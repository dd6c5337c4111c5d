using System.Globalization;
using RabbitMQ.Client;

namespace Verolux.Exporter.Site.Queues;

/// <summary>The back end's part that gives the workers something to do: too much, when it is told to.</summary>
static class Producer
{
    const string Usage = """
        POST /publish?uri=amqp://USER:PASSWORD@HOST:PORT&queue=heavy&messages=12000   into a queue that is there

        """;

    public static void MapProducer(this IEndpointRouteBuilder routes) => routes.MapPost("/publish", async context =>
    {
        var reply = await PublishAsync(context.Request.Query, context.RequestAborted);
        await reply.SendAsync(context.Response);
    });

    static async Task<Reply> PublishAsync(IQueryCollection query, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(query["uri"], UriKind.Absolute, out var uri) || uri.Scheme != "amqp" || (string?)query["queue"] is not { } queue
            || !int.TryParse(query["messages"], NumberStyles.None, CultureInfo.InvariantCulture, out var messages))
            return new Reply(400, Usage);
        await PublishAsync(uri, queue, messages, cancellationToken);
        return new Reply(200, Usage);
    }

    /// <exception cref="RabbitMQ.Client.Exceptions.OperationInterruptedException">There is no such queue.</exception>
    public static async Task PublishAsync(Uri broker, string queue, int messages, CancellationToken cancellationToken)
    {
        await using var connection = await new ConnectionFactory { Uri = broker, AutomaticRecoveryEnabled = false }.CreateConnectionAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false), cancellationToken);
        await channel.QueueDeclarePassiveAsync(queue, cancellationToken);
        for (var i = 0; i < messages; i++)
            await channel.BasicPublishAsync("", queue, "work"u8.ToArray(), cancellationToken);
        // Closed in good order, the channel has delivered everything.
        await channel.CloseAsync(cancellationToken);
    }
}
