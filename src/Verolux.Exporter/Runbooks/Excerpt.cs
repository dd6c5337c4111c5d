using System.Collections.Frozen;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Verolux.Exporter.Runbooks;

/// <summary>
/// What stands under one heading of a runbook, for the page of an incident: without anchors of its own, its links leading to the runbook's page, and the target that its
/// commands name as an example replaced by the alert's own, so that they can be copied as they stand.
/// </summary>
static partial class Excerpt
{
    /// <summary>The anchor of the section that a person begins with where no scenario is known to fit.</summary>
    public const string Triage = "triage";

    static readonly HtmlParser Parser = new();

    /// <summary>Labels that say what an alert is about. Any other, such as <c>host</c>, <c>pid</c> or <c>reason</c>, would aim a command or a question at something else.</summary>
    static readonly FrozenSet<string> Targets = FrozenSet.Create(StringComparer.Ordinal, "site", "camera", "path", "server", "kind", "queue", "broker", "vhost", "backend", "gpu");

    /// <summary>The system's own folders: a command that deletes is not made ready for them.</summary>
    static readonly FrozenSet<string> SystemFolders = FrozenSet.Create(
        StringComparer.Ordinal, "", "bin", "boot", "dev", "etc", "home", "lib", "lib64", "opt", "proc", "root", "run", "sbin", "sys", "tmp", "usr", "var");

    /// <param name="anchor">Of the heading.</param>
    /// <param name="page">The address of the runbook's page.</param>
    /// <param name="labels">The alert's. From outside: a value that a shell or PromQL could take for anything but a word replaces nothing, and neither does a path where no path is meant.</param>
    /// <returns>
    /// What a terminal has to be told before any of the runbook's commands runs in it, its variables that stand for the alert's target, such as <c>C=gate_a1</c>; and safe HTML. Either is empty where there is none.
    /// </returns>
    public static (string Variables, string Html) Of(Runbook runbook, string anchor, string page, IReadOnlyDictionary<string, string> labels)
    {
        using var document = Parser.ParseDocument(runbook.Html);
        var known = Known.Of(document, labels);
        var variables = string.Join("; ", document.QuerySelectorAll("code").SelectMany(c => Assignment().Matches(c.TextContent))
            .Select(m => (Name: m.Groups["name"].Value, Value: known.ValueOf(m))).Where(v => v.Value is { Length: > 0 }).Select(v => $"{v.Name}={v.Value}").Distinct());
        if (document.GetElementById(anchor) is not IHtmlHeadingElement heading)
            return (variables, "");
        var part = document.CreateElement("div");
        while (heading.NextElementSibling is { } next && !(next is IHtmlHeadingElement && Level(next) <= Level(heading)))
            part.AppendChild(next);
        foreach (var element in part.QuerySelectorAll("[id]"))
            element.RemoveAttribute("id");
        foreach (var link in part.QuerySelectorAll("a[href^='#']"))
            link.SetAttribute("href", page + link.GetAttribute("href"));
        foreach (var code in part.QuerySelectorAll("code"))
            code.TextContent = known.Fill(code.TextContent);
        return (variables, part.InnerHtml);
    }

    static int Level(IElement heading) => heading.LocalName[1] - '0';

    [GeneratedRegex(@"\b(?<label>[a-z_]+)(?<operator>=~?)""(?<value>[^""]*)""")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"(?<=^|[;\s])(?<name>[A-Z_]+)=(?<value>[^\s;$""'(]+)(?=$|[\s;])", RegexOptions.Multiline)]
    private static partial Regex Assignment();

    /// <summary>A command that deletes, and a variable of it that it refuses to be without.</summary>
    [GeneratedRegex(@"^(?=.*(?:\s-delete|\brm|\btruncate)\b)(?:.*?\$\{(?<name>[A-Z_]+):\?)+", RegexOptions.Multiline)]
    private static partial Regex Deletion();

    [GeneratedRegex(@"\A(?!(?:.*/)?\.\.?(?:/|\z))[A-Za-z0-9_/](?:[A-Za-z0-9_./:-]{0,200}[A-Za-z0-9_/])?\z")]
    private static partial Regex Word();

    /// <summary>What the examples of a runbook stand for in one alert.</summary>
    /// <param name="labels">The alert's own that can be used.</param>
    /// <param name="examples">Of each the value that it mostly has in the runbook's queries.</param>
    /// <param name="deleting">Variables that say where something is deleted.</param>
    sealed class Known(Dictionary<string, string> labels, List<(string Label, string Example, string Value)> examples, HashSet<string> deleting)
    {
        public static Known Of(IDocument document, IReadOnlyDictionary<string, string> labels)
        {
            var codes = document.QuerySelectorAll("code").Select(c => c.TextContent).ToList();
            var plain = labels.Where(l => Targets.Contains(l.Key) && Word().IsMatch(l.Value)).ToDictionary(StringComparer.Ordinal);
            var named = codes.SelectMany(c => Matcher().Matches(c)).Select(m => (Label: m.Groups["label"].Value, Value: m.Groups["value"].Value))
                .GroupBy(m => m.Label, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.CountBy(m => m.Value).MaxBy(c => c.Value).Key, StringComparer.Ordinal);
            return new Known(
                plain,
                [.. plain.Where(l => named.TryGetValue(l.Key, out var example) && Fits(l.Value, example)).Select(l => (l.Key, named[l.Key], l.Value))],
                codes.SelectMany(c => Deletion().Matches(c)).SelectMany(m => m.Groups["name"].Captures).Select(c => c.Value).ToHashSet(StringComparer.Ordinal));
        }

        public string Fill(string code)
        {
            code = Matcher().Replace(code, m => examples.Find(e => e.Label == m.Groups["label"].Value && e.Example == m.Groups["value"].Value) is { Label: not null } known
                ? $"{known.Label}{m.Groups["operator"].Value}\"{(m.Groups["operator"].Value == "=" ? known.Value : known.Value.Replace(".", "\\\\.", StringComparison.Ordinal))}\"" : m.Value);
            return Assignment().Replace(code, m => ValueOf(m) is { } value ? $"{m.Groups["name"].Value}={value}" : m.Value);
        }

        /// <summary>A shell variable is known by a label's name, or else by its value, which must be no other label's.</summary>
        /// <returns>Empty where whoever runs the command is to say it: it then refuses.</returns>
        public string? ValueOf(Match assignment)
        {
            var (name, example) = (assignment.Groups["name"].Value, assignment.Groups["value"].Value);
            var meant = examples.FindAll(e => e.Example == example);
            if (!labels.TryGetValue(name.ToLowerInvariant(), out var value))
                value = meant.Count == 1 ? meant[0].Value : null;
            return value is null || !Fits(value, example) ? null : deleting.Contains(name) && IsOfTheSystem(value) ? "" : value;
        }

        /// <summary>A path is no camera's name.</summary>
        static bool Fits(string value, string example) => value[0] != '/' || example is ['/', ..];

        static bool IsOfTheSystem(string value) => value[0] == '/' && SystemFolders.Contains(value.TrimStart('/').Split('/')[0]);
    }
}
