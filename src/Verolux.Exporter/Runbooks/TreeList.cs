using System.Globalization;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Runbooks;

/// <summary>Reads the order of the decision tree out of a README: the links to runbooks in the numbered list under the heading that says "decision tree".</summary>
/// <param name="runbooks">The names of the folder's runbooks, broken ones included.</param>
sealed class TreeList(MarkdownDocument document, string fileName, IReadOnlyList<string> runbooks, Problems problems)
{
    public IReadOnlyList<string> Read()
    {
        var heading = document.OfType<HeadingBlock>().FirstOrDefault(h => Markup.PlainText(h.Inline).Contains("decision tree", StringComparison.OrdinalIgnoreCase));
        var list = heading is null ? null : document.SkipWhile(b => b != heading).Skip(1).TakeWhile(b => b is not HeadingBlock).OfType<ListBlock>().FirstOrDefault(l => l.IsOrdered);
        if (list is null)
        {
            problems.Add(fileName, "has no decision tree", "add a heading \"Quick decision tree\" and under it a numbered list whose lines each link to a runbook; until then the order is that of the files' names");
            return [];
        }
        var order = new List<string>();
        foreach (var line in list)
            Read(line, order);
        foreach (var missing in runbooks.Except(order, StringComparer.Ordinal))
            problems.Add(Where(heading!), $"the decision tree lacks {missing}", $"add a line such as \"{order.Count + 1}. Disk full? → [{missing}]({missing}.md)\" where it belongs; until then it comes last");
        return order;
    }

    void Read(Block line, List<string> order)
    {
        var names = line.Descendants<LinkInline>().Select(l => Catalogue.NameIn(l.Url ?? "")).Where(n => n.StartsWith("RUNBOOK_", StringComparison.Ordinal)).ToList();
        if (names.Count == 0)
            problems.Add(Where(line), "this line of the decision tree links to no runbook", "end it with a link such as [RUNBOOK_STORAGE_FULL](RUNBOOK_STORAGE_FULL.md)");
        foreach (var name in names)
        {
            if (!runbooks.Contains(name, StringComparer.Ordinal))
                problems.Add(Where(line), $"the decision tree names {name}, and there is no such file", "correct the link, or remove the line");
            else if (order.Contains(name, StringComparer.Ordinal))
                problems.Add(Where(line), $"the decision tree names {name} twice", "keep the line whose place is right");
            order.Add(name);
        }
    }

    string Where(Block block) => string.Create(CultureInfo.InvariantCulture, $"{fileName}:{block.Line + 1}");
}
