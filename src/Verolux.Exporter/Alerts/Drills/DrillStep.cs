namespace Verolux.Exporter.Alerts.Drills;

/// <summary>One hop of the alerting path, as a drill has found it.</summary>
/// <param name="Name">One of <see cref="Names"/>.</param>
/// <param name="What">What happened, for people; parts of it may come from outside.</param>
/// <param name="Remedy">What to change; null where nothing is to be.</param>
sealed record DrillStep(string Name, bool Ok, TimeSpan Took, string What, string? Remedy = null)
{
    /// <summary>An Alertmanager takes the alert.</summary>
    public const string Accepts = "accepts";

    /// <summary>It routes the alert here.</summary>
    public const string Routes = "routes";

    /// <summary>Its webhook has come.</summary>
    public const string Received = "received";

    /// <summary>The alert was handed to the exporter here, since none has come.</summary>
    public const string Given = "given";

    public const string Stored = "stored";

    public const string Matched = "matched";

    /// <summary>A destination was told of the start.</summary>
    public const string Delivered = "delivered";

    /// <summary>The end was told, and the incident is over.</summary>
    public const string Ended = "ended";

    /// <summary>A destination was told of the end.</summary>
    public const string Resolved = "resolved";

    /// <summary>The drill itself has come to a halt.</summary>
    public const string Halted = "halted";

    /// <summary>In the order in which they are taken.</summary>
    public static readonly IReadOnlyList<string> Names = [Accepts, Routes, Received, Given, Stored, Matched, Delivered, Ended, Resolved, Halted];

    /// <summary>With a digit less from ten on.</summary>
    public string Seconds => Took.TotalSeconds.ToString(Took.TotalSeconds < 10 ? "0.00" : "0.0", System.Globalization.CultureInfo.InvariantCulture);
}
