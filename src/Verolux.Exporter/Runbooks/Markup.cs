using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using Ganss.Xss;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Verolux.Exporter.Runbooks;

/// <summary>
/// The Markdown dialect of the runbooks and the one way from it to HTML. Two locks stand between a runbook and a browser, because generic attributes
/// (<c>{#anchor}</c>) accept any attribute: raw HTML is never parsed, and what Markdig writes is cut down to an allow list per element.
/// </summary>
static partial class Markup
{
    static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .DisableHtml()
        .UsePipeTables()
        .UseTaskLists()
        .UseAutoIdentifiers(AutoIdentifierOptions.GitHub)
        .UseGenericAttributes()
        .Build();

    static readonly HtmlSanitizer Sanitizer = NewSanitizer();

    public static MarkdownDocument Parse(string text) => Markdown.Parse(text, Pipeline);

    public static string Render(MarkdownDocument document)
    {
        foreach (var link in document.Descendants<LinkInline>())
            link.Url = PageOf(link.Url);
        return Sanitizer.Sanitize(document.ToHtml(Pipeline));
    }

    /// <summary>What a reader sees of a heading or a table cell, without its markup.</summary>
    public static string PlainText(MarkdownObject? of)
    {
        var text = new StringBuilder();
        foreach (var inline in of?.Descendants() ?? [])
        {
            _ = inline switch
            {
                LiteralInline literal => text.Append(literal.Content.AsSpan()),
                CodeInline code => text.Append(code.ContentSpan),
                AutolinkInline link => text.Append(link.Url),
                HtmlEntityInline entity => text.Append(entity.Transcoded.AsSpan()),
                LineBreakInline => text.Append(' '),
                _ => text,
            };
        }
        return text.ToString().Trim();
    }

    /// <summary>Links between the files, which work in a repository browser, become links between the pages.</summary>
    static string? PageOf(string? url)
    {
        var match = File().Match(url ?? "");
        if (!match.Success)
            return url;
        var runbook = match.Groups["runbook"];
        return runbook.Success ? $"/runbooks/{runbook.Value}{match.Groups["anchor"].Value}" : $"/runbooks{match.Groups["anchor"].Value}";
    }

    static HtmlSanitizer NewSanitizer()
    {
        var sanitizer = new HtmlSanitizer(new HtmlSanitizerOptions
        {
            AllowedTags = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
            {
                "h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "a", "input",
                "table", "thead", "tbody", "tr", "th", "td",
            },
            AllowedAttributes = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "href", "id", "class", "start", "type", "disabled", "checked" },
            AllowedSchemes = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "http", "https", "mailto" },
            UriAttributes = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "href" },
        });
        sanitizer.PostProcessNode += (_, e) => Narrow(e.Node);
        sanitizer.PostProcessDom += (_, e) => OpenTables(e.Document);
        return sanitizer;
    }

    /// <summary>Markdown wants a head for every table; one that says nothing is only read aloud. And what is wider than a telephone has to be scrolled, by keyboard as well.</summary>
    static void OpenTables(IDocument document)
    {
        foreach (var head in document.QuerySelectorAll("thead").Where(h => h.TextContent.Trim().Length == 0).ToList())
            head.Remove();
        foreach (var table in document.QuerySelectorAll("table"))
            table.SetAttribute("tabindex", "0");
    }

    // The sanitizer allows an attribute everywhere or nowhere, which is too much for class, id and type.
    static void Narrow(INode node)
    {
        if (node is not IElement element)
            return;
        foreach (var attribute in element.Attributes.ToList())
        {
            if (!IsAllowed(element.LocalName, attribute.Name, attribute.Value))
                element.RemoveAttribute(attribute.Name);
        }
        if (element.LocalName == "input")
        {
            element.SetAttribute("type", "checkbox");
            element.SetAttribute("disabled", "");
        }
    }

    static bool IsAllowed(string element, string attribute, string value) => (element, attribute) switch
    {
        ("a", "href") => true,
        ("h1" or "h2" or "h3" or "h4" or "h5" or "h6", "id") => true,
        ("code", "class") => Language().IsMatch(value),
        ("ol", "start") => true,
        ("input", "checked") => true,
        _ => false,
    };

    [GeneratedRegex(@"^(?:\./)?(?:README|(?<runbook>RUNBOOK_[A-Z0-9_]+))\.md(?<anchor>#.*)?$")]
    private static partial Regex File();

    [GeneratedRegex("^language-[a-z0-9+-]+$")]
    private static partial Regex Language();
}
