namespace Verolux.Exporter.Runbooks;

/// <summary>The symptoms of all runbooks in the order of the README's decision tree, for alerts whose name nobody listed.</summary>
sealed class DecisionTree
{
    /// <summary>Far beyond any rule's name. What is longer was not written by a person, and is not searched.</summary>
    public const int LongestName = 256;

    readonly Runbook[] runbooks;

    /// <param name="order">Names of runbooks; those it lacks come last, in the order in which they are given.</param>
    public DecisionTree(IReadOnlyList<Runbook> runbooks, IReadOnlyList<string> order)
    {
        var places = order.Distinct(StringComparer.Ordinal).Index().ToDictionary(o => o.Item, o => o.Index, StringComparer.Ordinal);
        this.runbooks = [.. runbooks.OrderBy(r => places.GetValueOrDefault(r.Name, int.MaxValue))];
    }

    /// <summary>The first runbook with a symptom in the name, and that symptom. Spaces and hyphens, which some systems have in names, count as <c>_</c>.</summary>
    public RunbookMatch? Match(string alertname)
    {
        if (alertname.Length > LongestName)
            return null;
        alertname = alertname.Replace(' ', '_').Replace('-', '_');
        foreach (var runbook in runbooks)
        {
            if (runbook.Symptoms.In(alertname) is { } symptom)
                return new RunbookMatch(runbook, MatchKind.Tree, symptom);
        }
        return null;
    }
}
