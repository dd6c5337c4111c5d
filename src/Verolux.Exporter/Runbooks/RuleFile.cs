using System.Globalization;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Runbooks;

/// <summary>Writes what runbooks state into Prometheus rules, so that a number or a duration stands in the runbook alone.</summary>
static partial class RuleFile
{
    /// <summary>
    /// Answers the text of a rules file with these set, and everything else, comments and layout included, as it was:
    /// in each alert that a runbook is for, <c>for</c>, <c>keep_firing_for</c>, <c>severity</c>, <c>runbook_url</c> (the runbook's page) and every number
    /// behind <c>* 0 + </c>, which is the threshold where none is published; in one whose label <c>runbook</c> names a runbook, that link and those numbers;
    /// in every other alert, <c>runbook_url</c> (the index of runbooks).
    /// </summary>
    /// <remarks>
    /// <para>Which of a runbook's thresholds: the first whose metric (or its <c>_threshold</c>) occurs in the rule's expression, and the first of all where
    /// none does, as in a rule for another exporter's metrics. A rule with several numbers has each from the threshold whose metric occurs last before it.</para>
    /// <para>A threshold <c>below: 1</c> is a state's, known good or known bad: its rule compares with <c>== 0</c> and needs no number.</para>
    /// <para>Rules are in block style, two spaces a level, each beginning with <c>- alert:</c>. Recording rules are left alone.</para>
    /// </remarks>
    /// <param name="publicUrl">What links to the exporter's pages start with.</param>
    /// <param name="speed">
    /// How many times faster than in production, for tests and demonstrations: divides every duration (to no less than 1s) and every range window (to no
    /// less than 5s) of every alert. The windows are the file's own: make a fast copy from the file, not from another fast copy. 1 leaves them, and is idempotent.
    /// </param>
    /// <exception cref="FormatException">A rule lacks a field that it should be given, or names a runbook that is not there; the message names the alert and the field.</exception>
    public static string Rewrite(string rules, IReadOnlyList<Runbook> runbooks, Uri publicUrl, double speed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(speed, 1);
        var index = $"{publicUrl.AbsoluteUri.TrimEnd('/')}/runbooks";
        return Alert().Replace(rules, match =>
        {
            var rule = new AlertRule(match);
            if (runbooks.FirstOrDefault(runbook => runbook.Alert == rule.Name) is { } own)
                State(rule, own, PageOf(own));
            else if (rule.Runbook is { } name)
                Refer(rule, runbooks.FirstOrDefault(runbook => runbook.Name == name) ?? throw new FormatException($"alert {rule.Name}: there is no runbook {name}, which its field `labels.runbook` names"));
            else
                rule.Set("annotations", "runbook_url", index);
            if (speed > 1)
                rule.Accelerate(speed);
            return rule.Text;
        });

        void Refer(AlertRule rule, Runbook runbook)
        {
            rule.Set("annotations", "runbook_url", PageOf(runbook));
            SetNumbers(rule, runbook, runbook.Thresholds is [var first, ..] ? first : null);
        }

        string PageOf(Runbook runbook) => $"{index}/{Uri.EscapeDataString(runbook.Name)}";
    }

    static void State(AlertRule rule, Runbook runbook, string page)
    {
        if (runbook.Thresholds.Count == 0)
            throw new FormatException($"alert {rule.Name}: its runbook {runbook.Name} states no threshold, so there is nothing to set `for` from");
        var expression = rule.Expression;
        var threshold = Metrics(expression).Select(metric => Of(runbook, metric)).FirstOrDefault(found => found is not null) ?? runbook.Thresholds[0];
        rule.Set("for", threshold.For);
        rule.Set("keep_firing_for", threshold.KeepFiringFor);
        rule.Set("labels", "severity", runbook.Severity.ToString().ToLowerInvariant());
        rule.Set("annotations", "runbook_url", page);
        if (threshold is not { Bound: Bound.Below, Value: 1 } && !AlertRule.HasNumber(expression))
            throw new FormatException($"alert {rule.Name}: no number behind `* 0 + ` in its field `expr`");
        SetNumbers(rule, runbook, threshold);
    }

    /// <param name="otherwise">For a number with none of the runbook's metrics before it.</param>
    static void SetNumbers(AlertRule rule, Runbook runbook, Threshold? otherwise) => rule.SetNumbers(before =>
    {
        var stated = Metrics(before).Select(metric => Of(runbook, metric)).LastOrDefault(found => found is not null) ?? otherwise
            ?? throw new FormatException($"alert {rule.Name}: its runbook {runbook.Name} states no threshold, so there is no number to set");
        return stated.Value.ToString(CultureInfo.InvariantCulture);
    });

    static Threshold? Of(Runbook runbook, string metric) =>
        runbook.Thresholds.FirstOrDefault(threshold => metric == threshold.Metric || metric == $"{threshold.Metric}_threshold");

    static IEnumerable<string> Metrics(string text) => Identifier().Matches(text).Select(match => match.Value);

    // An alert's text reaches as far as its lines are indented deeper than its dash; comments and empty lines between don't end it.
    [GeneratedRegex("""^(?<dash>[ ]*)- alert:[ ]*(?<quote>["']?)(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\k<quote>[^\n]*(?:\n\k<dash>[ ]+[^\n]*|\n[ ]*\#[^\n]*|\n[ \t\r]*(?=\n|\z))*""", RegexOptions.Multiline)]
    private static partial Regex Alert();

    [GeneratedRegex("[a-zA-Z_:][a-zA-Z0-9_:]*")]
    private static partial Regex Identifier();
}
