using System.Globalization;
using Markdig.Extensions.Tables;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Runbooks;

/// <summary>The Markdown under a runbook's front matter, held against the template of eight sections.</summary>
sealed class Body
{
    const string ScenarioSection = "Resolution Steps";
    const string PostmortemSection = "Postmortem";
    static readonly string[] Template =
        ["Alert Information", "Symptoms", "Triage", ScenarioSection, "Verification", PostmortemSection, "Prevention", "Escalation"];

    readonly MarkdownDocument document;
    readonly string fileName;
    readonly Problems problems;

    /// <param name="text">The whole file with its front matter blanked, so that lines count as in the file.</param>
    public Body(string text, string fileName, Problems problems)
    {
        (document, this.fileName, this.problems) = (Markup.Parse(text), fileName, problems);
        Scenarios = [.. document.OfType<HeadingBlock>().Where(IsScenario).Select(h => (Anchor(h), Markup.PlainText(h.Inline), Where(h)))];
    }

    /// <summary>The scenario headings in the order written; <c>Where</c> is for messages.</summary>
    public IReadOnlyList<(string Id, string Title, string Where)> Scenarios { get; }

    /// <summary>The section headings in the order written, each with its anchor.</summary>
    public IReadOnlyList<(string Id, string Title)> Sections => [.. document.OfType<HeadingBlock>().Where(IsSection).Select(h => (Anchor(h), Title(h)))];

    public string Html => Markup.Render(document);

    /// <summary>The first block of code in the section on postmortems; empty where there is none.</summary>
    public string PostmortemTemplate => document
        .SkipWhile(b => b is not HeadingBlock heading || !IsSection(heading) || Title(heading) != PostmortemSection).Skip(1)
        .TakeWhile(b => b is not HeadingBlock next || !IsSection(next))
        .OfType<FencedCodeBlock>().FirstOrDefault()?.Lines.ToString() ?? "";

    public void Check()
    {
        CheckOrder();
        foreach (var section in Template.Except(document.OfType<HeadingBlock>().Where(IsSection).Select(Title), StringComparer.Ordinal))
            problems.Add(fileName, $"has no section \"{section}\"", $"add `## {section}`; the sections are, in this order: {string.Join(", ", Template)}");
        foreach (var heading in document.OfType<HeadingBlock>().Where(h => (IsSection(h) || IsScenario(h)) && IsEmpty(h)))
            problems.Add(Where(heading), $"nothing stands under \"{Title(heading)}\"", "write it; whoever is paged has nothing else to go by");
        foreach (var repeated in document.OfType<HeadingBlock>().GroupBy(Anchor, StringComparer.Ordinal).SelectMany(g => g.Skip(1)))
            problems.Add(Where(repeated), $"the anchor {Anchor(repeated)} is taken by an earlier heading", "give one of the two another {#anchor}");
    }

    void CheckOrder()
    {
        var last = -1;
        foreach (var heading in document.OfType<HeadingBlock>().Where(IsSection))
        {
            var place = Array.IndexOf(Template, Title(heading));
            if (place < 0)
                problems.Add(Where(heading), $"\"{Title(heading)}\" is not a section of the template", $"make it a ### heading, or one of: {string.Join(", ", Template)}");
            else if (place == last)
                problems.Add(Where(heading), $"the section \"{Title(heading)}\" is there twice", "join the two");
            else if (place < last)
                problems.Add(Where(heading), $"the section \"{Title(heading)}\" stands after \"{Template[last]}\"", $"keep the order: {string.Join(", ", Template)}");
            last = Math.Max(last, place);
        }
    }

    // Headings inside a quotation or a list are text of that section, so only the document's own count.
    static bool IsSection(HeadingBlock heading) => heading.Level == 2;

    bool IsScenario(HeadingBlock heading) =>
        heading.Level == 3 && Title(heading).StartsWith("Scenario", StringComparison.OrdinalIgnoreCase)
        && document.OfType<HeadingBlock>().LastOrDefault(h => IsSection(h) && h.Line < heading.Line) is { } section && Title(section) == ScenarioSection;

    bool IsEmpty(HeadingBlock heading) => !document
        .Skip(document.IndexOf(heading) + 1)
        .TakeWhile(b => b is not HeadingBlock next || next.Level > heading.Level)
        .Any(b => b is ParagraphBlock or ListBlock or CodeBlock or Table or QuoteBlock);

    string Where(HeadingBlock heading) => string.Create(CultureInfo.InvariantCulture, $"{fileName}:{heading.Line + 1}");

    static string Title(HeadingBlock heading) => Markup.PlainText(heading.Inline);

    static string Anchor(HeadingBlock heading) => heading.GetAttributes().Id ?? "";
}
