using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>Whoever follows a link or looks at a picture in a text of the repository gets somewhere.</summary>
public class LinkTests
{
    static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UseYamlFrontMatter().UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).UseGenericAttributes().Build();

    static IEnumerable<string> Texts =>
        ((string[])[".", "docs", "deploy", "runbooks"])
        .SelectMany(folder => Directory.EnumerateFiles(RepositoryRoot.Of(folder), "*.md", folder == "." ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(RepositoryRoot.Path, file)).Order(StringComparer.Ordinal);

    [Test]
    public void The_texts_that_people_begin_with_are_among_them() =>
        Assert.That(Texts, Is.SupersetOf(new[] { "README.md", "CONTRIBUTING.md", "docs/watching.md", "deploy/systemd/README.md", "deploy/compose/README.md", "runbooks/README.md" }));

    [TestCaseSource(nameof(Texts))]
    public void Every_link_into_the_repository_leads_somewhere(string text) => Assert.That(Dead(RepositoryRoot.Path, text), Is.Empty);

    [TestCase("[there](there.md)")]
    [TestCase("[there](there.md#a-head--and-so-on)")]
    [TestCase("[here](#here)")]
    [TestCase("[a folder](sub)")]
    [TestCase("[a folder](sub/)")]
    [TestCase("[elsewhere](https://verolux.example/gone.md#gone)")]
    [TestCase("`[code](gone.md)`")]
    public void A_link_that_leads_somewhere_is_not_complained_of(string markdown) => Assert.That(DeadIn(markdown), Is.Empty);

    [TestCase("[gone](gone.md)", "gone.md")]
    [TestCase("![gone](gone.png)", "gone.png")]
    [TestCase("[gone](there.md#gone)", "there.md#gone")]
    [TestCase("[gone](#gone)", "#gone")]
    [TestCase("[gone](sub/there.md)", "sub/there.md")]
    [TestCase("[outside](../there.md)", "../there.md")]
    [TestCase("| a |\n|---|\n| [gone](gone.md) |", "gone.md")]
    public void A_link_that_leads_nowhere_is_named(string markdown, string link) => Assert.That(DeadIn(markdown), Is.EqualTo(new[] { link }));

    static List<string> DeadIn(string markdown)
    {
        using var folder = new TemporaryFolder();
        folder.Write("there.md", "# A head, and so on\n\n## A head – and so on\n");
        Directory.CreateDirectory(folder["sub"]);
        folder.Write("text.md", $"# Here\n\n{markdown}\n");
        return Dead(folder.Path, "text.md");
    }

    static List<string> Dead(string root, string text)
    {
        var file = Path.Combine(root, text);
        return [.. Read(file).Descendants<LinkInline>().Select(link => link.Url ?? "").Where(url => !Leads(root, file, url))];
    }

    static bool Leads(string root, string from, string url)
    {
        if (Uri.TryCreate(url, UriKind.Absolute, out _))
            return true;
        var (path, anchor) = url.IndexOf('#') is var at and >= 0 ? (url[..at], url[(at + 1)..]) : (url, "");
        var target = path.Length == 0 ? from : Path.GetFullPath(Uri.UnescapeDataString(path), Path.GetDirectoryName(from)!);
        return target.StartsWith(root, StringComparison.Ordinal)
            && Path.Exists(target)
            && (anchor.Length == 0 || (File.Exists(target) && Read(target).Descendants<HeadingBlock>().Any(heading => heading.GetAttributes().Id == anchor)));
    }

    static MarkdownDocument Read(string file) => Markdown.Parse(File.ReadAllText(file), Pipeline);
}
