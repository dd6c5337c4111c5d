namespace Verolux.Exporter.Collecting;

/// <summary>What becomes of a family's series when a look fails.</summary>
enum FamilyKind
{
    /// <summary>A measurement: withdrawn, because what could not be looked at is unknown.</summary>
    Gauge,

    /// <summary>When something last happened, in Unix seconds: stays, because its age is the news.</summary>
    LastEvent,

    /// <summary>What is configured or stated, such as a threshold of something that a look came upon: stays, because it holds while the target is down too.</summary>
    Setting,

    /// <summary>A running total: stays, because <c>increase()</c> breaks on a counter that vanishes.</summary>
    Counter,
}

/// <summary>A metric family. Its name and labels are a published contract; the first label is always <c>site</c>.</summary>
sealed class Family
{
    Family(FamilyKind kind, string name, string help, string[] labels) => (Kind, Name, Help, Labels) = (kind, name, help, ["site", .. labels]);

    public FamilyKind Kind { get; }

    public string Name { get; }

    public string Help { get; }

    public IReadOnlyList<string> Labels { get; }

    public static Family Gauge(string name, string help, params string[] labels) => new(FamilyKind.Gauge, name, help, labels);

    public static Family LastEvent(string name, string help, params string[] labels) => new(FamilyKind.LastEvent, name, help, labels);

    public static Family Setting(string name, string help, params string[] labels) => new(FamilyKind.Setting, name, help, labels);

    public static Family Counter(string name, string help, params string[] labels) => new(FamilyKind.Counter, name, help, labels);
}

/// <summary>One value of one series.</summary>
/// <param name="Labels">The values of the family's labels in their order, <c>site</c> first. Never changed afterwards; targets share one array among their samples.</param>
/// <param name="Value">In base units. Not a number means unknown, and unknown is not published.</param>
readonly record struct Sample(Family Family, string[] Labels, double Value);
