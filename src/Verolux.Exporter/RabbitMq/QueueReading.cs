namespace Verolux.Exporter.RabbitMq;

/// <summary>What a broker said of one queue. Null is unknown.</summary>
/// <param name="Messages">Ready and unacknowledged.</param>
/// <param name="Ready">Waiting to be delivered.</param>
/// <param name="Unacknowledged">Delivered to consumers that have not said that they are done.</param>
sealed record QueueReading(string Name, bool Exists, double? Messages = null, double? Ready = null, double? Unacknowledged = null, double? Consumers = null);

/// <summary>Why publishers are blocked, anywhere in the cluster.</summary>
sealed record Alarms(bool Memory, bool Disk);
