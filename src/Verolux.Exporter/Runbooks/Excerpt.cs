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

    /// <param name="anchor">Of the heading.</param>
    /// <param name="page">The address of the runbook's page.</param>
    /// <param name="labels">The alert's. From outside: a value that a shell or PromQL could take for anything but a word replaces nothing.</param>
    /// <returns>Safe HTML; empty where there is no such heading.</returns>
    public static string Of(Runbook runbook, string anchor, string page, IReadOnlyDictionary<string, string> labels)
    {
        using var document = Parser.ParseDocument(runbook.Html);
        if (document.GetElementById(anchor) is not IHtmlHeadingElement heading)
            return "";
        var plain = Plain(labels);
        var examples = Examples(document, plain);
        var part = document.CreateElement("div");
        while (heading.NextElementSibling is { } next && !(next is IHtmlHeadingElement && Level(next) <= Level(heading)))
            part.AppendChild(next);
        foreach (var element in part.QuerySelectorAll("[id]"))
            element.RemoveAttribute("id");
        foreach (var link in part.QuerySelectorAll("a[href^='#']"))
            link.SetAttribute("href", page + link.GetAttribute("href"));
        foreach (var code in part.QuerySelectorAll("code"))
            code.TextContent = Filled(code.TextContent, examples, plain);
        return part.InnerHtml;
    }

    /// <summary>What a terminal has to be told before any of the runbook's commands runs in it: its variables that stand for the alert's target.</summary>
    /// <returns>Such as <c>C=gate_a1</c>; empty where there are none.</returns>
    public static string Variables(Runbook runbook, IReadOnlyDictionary<string, string> labels)
    {
        using var document = Parser.ParseDocument(runbook.Html);
        var plain = Plain(labels);
        var examples = Examples(document, plain);
        return string.Join("; ", document.QuerySelectorAll("code").SelectMany(c => Assignment().Matches(c.TextContent))
            .Select(m => (m.Groups["name"].Value, Value: ValueOf(m, examples, plain))).Where(v => v.Value is not null).Select(v => $"{v.Item1}={v.Value}").Distinct());
    }

    static Dictionary<string, string> Plain(IReadOnlyDictionary<string, string> labels) => labels.Where(l => Word().IsMatch(l.Value)).ToDictionary(StringComparer.Ordinal);

    /// <summary>What the alert's labels are called in the runbook's queries: of each the value that it mostly has there.</summary>
    static List<(string Label, string Example, string Value)> Examples(IDocument document, IReadOnlyDictionary<string, string> labels)
    {
        var named = document.QuerySelectorAll("code").SelectMany(c => Matcher().Matches(c.TextContent)).Select(m => (Label: m.Groups["label"].Value, Value: m.Groups["value"].Value))
            .GroupBy(m => m.Label, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.CountBy(m => m.Value).MaxBy(c => c.Value).Key, StringComparer.Ordinal);
        return [.. labels.Where(l => named.ContainsKey(l.Key)).Select(l => (l.Key, named[l.Key], l.Value))];
    }

    static string Filled(string code, List<(string Label, string Example, string Value)> examples, Dictionary<string, string> labels)
    {
        code = Matcher().Replace(code, m => examples.Find(e => e.Label == m.Groups["label"].Value && e.Example == m.Groups["value"].Value) is { Label: not null } known
            ? $"{known.Label}{m.Groups["operator"].Value}\"{known.Value}\"" : m.Value);
        return Assignment().Replace(code, m => ValueOf(m, examples, labels) is { } value ? $"{m.Groups["name"].Value}={value}" : m.Value);
    }

    /// <summary>A shell variable is known by a label's name, or else by its value, which must be no other label's.</summary>
    static string? ValueOf(Match assignment, List<(string Label, string Example, string Value)> examples, Dictionary<string, string> labels)
    {
        if (labels.TryGetValue(assignment.Groups["name"].Value.ToLowerInvariant(), out var value))
            return value;
        var meant = examples.FindAll(e => e.Example == assignment.Groups["value"].Value);
        return meant.Count == 1 ? meant[0].Value : null;
    }

    static int Level(IElement heading) => heading.LocalName[1] - '0';

    [GeneratedRegex(@"\b(?<label>[a-z_]+)(?<operator>=~?)""(?<value>[^""]*)""")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"(?<=^|[;\s])(?<name>[A-Z_]+)=(?<value>[^\s;$""'(]+)(?=$|[\s;])", RegexOptions.Multiline)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"\A[A-Za-z0-9_/](?:[A-Za-z0-9_./:-]{0,200}[A-Za-z0-9_/])?\z")]
    private static partial Regex Word();
}
