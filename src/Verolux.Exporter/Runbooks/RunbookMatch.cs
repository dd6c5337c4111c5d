namespace Verolux.Exporter.Runbooks;

/// <summary>How an alert's runbook was found. The first that holds, in this order, wins.</summary>
enum MatchKind
{
    /// <summary>The runbook is for an alert of exactly this name.</summary>
    Exact,

    /// <summary>The runbook lists the name among its aliases.</summary>
    Alias,

    /// <summary>The alert's label <c>runbook</c> names it.</summary>
    Label,

    /// <summary>It is the first of the decision tree with a symptom in the name.</summary>
    Tree,

    None,
}

/// <summary>The runbook for an alert, and how it was found.</summary>
/// <param name="Runbook">Null where none was found.</param>
/// <param name="By">What hit: the alert's name, the label's value or the symptom; null where nothing did. The first two come from outside.</param>
sealed record RunbookMatch(Runbook? Runbook, MatchKind How, string? By)
{
    public static RunbookMatch None { get; } = new(null, MatchKind.None, null);
}

static class MatchKindNames
{
    public static string Label(this MatchKind kind) => kind switch
    {
        MatchKind.Exact => "exact",
        MatchKind.Alias => "alias",
        MatchKind.Label => "label",
        MatchKind.Tree => "tree",
        _ => "none",
    };
}
