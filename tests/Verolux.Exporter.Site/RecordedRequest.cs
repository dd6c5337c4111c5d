namespace Verolux.Exporter.Site;

/// <summary>One request as it came in, whatever became of it.</summary>
sealed class RecordedRequest(DateTimeOffset at, string body)
{
    public DateTimeOffset At { get; } = at;

    public string Body { get; } = body;

    /// <summary>What was answered; null before that and when the connection was closed without an answer.</summary>
    public int? Status { get; set; }
}
