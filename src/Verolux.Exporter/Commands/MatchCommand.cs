using System.CommandLine;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Commands;

/// <summary>
/// <c>verolux-exporter match ALERTNAME [LABEL=VALUE …] [--config FILE]</c>: which runbook an alert gets, why, and how urgent it is. Exit status 0 with a
/// runbook, 1 without one, 2 where nothing could be looked up.
/// </summary>
static class MatchCommand
{
    const int NotLookedUp = 2;
    const string RunbookLabel = "runbook";
    const string SeverityLabel = "severity";

    public static void AddTo(RootCommand root)
    {
        // Not required here: the command line itself would end with 1, as if there were no runbook.
        var name = new Argument<string?>("ALERTNAME") { Description = "The alert's name, as in its rule.", Arity = ArgumentArity.ZeroOrOne };
        var labels = new Argument<string[]>("LABEL=VALUE") { Description = "Labels of the alert; runbook and severity count.", Arity = ArgumentArity.ZeroOrMore };
        var config = new Option<string?>("--config") { Description = "Configuration file that names the runbooks and the public URL; without it those of the defaults." };
        var command = new Command("match", "Tell which runbook an alert gets, why, and within what time someone has to respond.") { name, labels, config };
        command.SetAction(a => Match(a.GetValue(name), a.GetValue(labels)!, a.GetValue(config)));
        root.Subcommands.Add(command);
    }

    static int Match(string? alertname, IReadOnlyList<string> pairs, string? config)
    {
        if (string.IsNullOrEmpty(alertname))
            return Refuse("ALERTNAME is missing", "write the alert's name behind match, as it stands in its rule");
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var parts = pair.Split('=', 2);
            if (parts.Length < 2 || parts[0].Length == 0)
                return Refuse($"LABEL=VALUE: \"{Printable.Line(pair)}\" is not a label with its value", "write it like severity=critical");
            if (!labels.TryAdd(parts[0], parts[1]))
                return Refuse($"LABEL=VALUE: {Printable.Line(parts[0])} is there twice", "remove one");
        }
        var options = ExporterOptions.Load(config, TimeProvider.System);
        var catalogue = options.Catalogue;
        var mistakes = options.Problems.Count > 0 || catalogue.Runbooks.Count == 0;
        // What is wrong with a runbook may be why it is not found; the others serve, here as in the service.
        if (mistakes || catalogue.Problems.Count > 0)
            CheckConfigCommand.Report([.. options.Problems, .. catalogue.Problems]);
        if (mistakes)
            return NotLookedUp;
        var match = catalogue.Match(alertname, labels.GetValueOrDefault(RunbookLabel));
        Tell("alert", alertname);
        Tell("runbook", match.Runbook is { } found ? $"{found.Name}.md, {found.Title}" : "none");
        Tell("because", Because(alertname, labels, match));
        Tell("link", ResponsePlan.LinkOf(match.Runbook, options.PublicUrl));
        Tell("severity", SeverityAndWhy(labels.GetValueOrDefault(SeverityLabel), match.Runbook, out var severity));
        Tell("respond", catalogue.Policy.ResponseSla.TryGetValue(severity, out var within) ? $"within {Durations.Format(within)}" : "no SLA: it is recorded and never delivered");
        if (match.Runbook is null)
            Advise(alertname, catalogue);
        return match.Runbook is null ? 1 : 0;
    }

    static string Because(string alertname, Dictionary<string, string> labels, RunbookMatch match) => match.How switch
    {
        MatchKind.Exact => "it is for the alert of exactly this name",
        MatchKind.Alias => "it lists this name among its aliases",
        MatchKind.Label => $"the label {RunbookLabel}=\"{match.By}\" names it",
        MatchKind.Tree => $"it is the first of the decision tree with a symptom in this name: {match.By}",
        _ => "no runbook has this name as its alert or alias, "
            + (labels.TryGetValue(RunbookLabel, out var named) ? $"the label {RunbookLabel}=\"{named}\" names none" : $"there is no label {RunbookLabel}")
            + (alertname.Length > DecisionTree.LongestName ? $", and a name of more than {DecisionTree.LongestName} characters is not searched for symptoms" : ", and no symptom is in the name"),
    };

    static string SeverityAndWhy(string? label, Runbook? runbook, out Severity severity)
    {
        severity = ResponsePlan.SeverityOf(label, runbook);
        var why = (label, runbook) switch
        {
            (null or "", null) => "as there is neither a label severity nor a runbook",
            (null or "", _) => "the runbook's",
            _ when SeverityNames.TryParse(label, out _) => "the label's",
            _ => $"as the label's \"{label}\" is none of: {SeverityNames.All}",
        };
        return $"{severity.Label()}, {why}";
    }

    static void Advise(string alertname, Catalogue catalogue)
    {
        Console.WriteLine($"\nIf one of these helps whoever is paged, add \"{Printable.Line(alertname)}\" to the aliases in its front matter, or give the rule the label {RunbookLabel}: NAME.\n");
        foreach (var runbook in catalogue.Runbooks)
            Console.WriteLine($"  {runbook.Name}.md  {runbook.Title}");
    }

    static void Tell(string what, string text) => Console.WriteLine($"{what,-8}  {Printable.Line(text)}");

    static int Refuse(string what, string remedy)
    {
        Console.Error.WriteLine($"{what}; {remedy}.");
        return NotLookedUp;
    }
}
