namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>Somewhere that pages go. It makes one attempt and says what came of it; when to try again is not its business.</summary>
interface IDestination
{
    /// <summary>Its name in the configuration, and the label <c>destination</c>.</summary>
    string Name { get; }

    /// <summary>How much it takes of us, and when; null where it has no limit. One attempt takes one token.</summary>
    TokenBucket? Limit => null;

    /// <summary>Whether it wakes people, so that it must not be told what nobody has to act on.</summary>
    bool Wakes => false;

    /// <summary>Sends a page. Throws only on cancellation.</summary>
    Task<Outcome> SendAsync(Page page, CancellationToken cancellation);
}

/// <summary>What came of one attempt.</summary>
/// <param name="Result">The label <c>result</c> of <c>verolux_outbox_attempts_total</c>.</param>
/// <param name="Detail">For people; without credentials.</param>
abstract record Outcome(string Result, string Detail)
{
    /// <summary>The result of a <see cref="Retry"/> after which nothing more is to be sent for a while.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>The other side has taken it.</summary>
    /// <param name="Reference">What the other side calls it, where what follows can refer to it.</param>
    public sealed record Delivered(string? Reference = null) : Outcome("delivered", "");

    /// <summary>Another attempt may help.</summary>
    /// <param name="After">Not earlier than this, if the other side said so.</param>
    public sealed record Retry(string Result, string Detail, TimeSpan? After = null) : Outcome(Result, Detail);

    /// <summary>The other side will never take this one.</summary>
    public sealed record Refused(string Result, string Detail) : Outcome(Result, Detail);
}
