using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Runbooks;

/// <summary>One <c>RUNBOOK_*.md</c>, read and checked for itself. What it has in common with others is <see cref="Catalogue"/>'s matter.</summary>
sealed partial class RunbookFile
{
    Section? root;

    RunbookFile(string name)
    {
        Name = name;
        if (!ProperName().IsMatch(name))
            Problems.Add(FileName, "is no name for a runbook", "name it like RUNBOOK_STORAGE_FULL.md: capitals, digits and _");
    }

    /// <summary>The file's name without <c>.md</c>.</summary>
    public string Name { get; }

    public Problems Problems { get; } = new();

    /// <summary>What the file says, to be relied on only where there are no problems; null where the front matter could not be read at all.</summary>
    public Runbook? Runbook { get; private set; }

    string FileName => $"{Name}.md";

    public static RunbookFile Load(string path, Vocabulary? vocabulary)
    {
        var file = new RunbookFile(Path.GetFileNameWithoutExtension(path));
        if (TextFile.Read(path, file.Problems) is { } text)
            file.Parse(text.Replace("\r\n", "\n", StringComparison.Ordinal), vocabulary);
        return file;
    }

    /// <summary>Adds a problem at a key of the front matter.</summary>
    public void Refuse(string key, string what, string remedy) => root?.Refuse(key, what, remedy);

    void Parse(string text, Vocabulary? vocabulary)
    {
        var (frontMatter, markdown) = Split(text);
        var body = new Body(markdown, FileName, Problems);
        var before = Problems.All.Count;
        if (frontMatter is null)
            Problems.Add($"{FileName}:1", "does not begin with front matter", "put a line ---, the keys and another line --- in front of the text");
        var document = Document.Parse(frontMatter ?? "", FileName, "", Problems, firstLine: 2);
        // Where there is nothing to read, "alert is missing" and the rest would only hide the one thing that is wrong.
        if (Problems.All.Count == before)
        {
            root = document.Root;
            Runbook = new FrontMatter(root, vocabulary).Read(Name, body, RevisionOf(text));
            CheckUndeclared(body, Runbook.Scenarios);
            document.ReportUnknownKeys();
        }
        body.Check();
    }

    static string RevisionOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    void CheckUndeclared(Body body, IReadOnlyList<Scenario> declared)
    {
        foreach (var (id, title, where) in body.Scenarios.Where(s => declared.All(d => d.Id != s.Id)))
            Problems.Add(where, $"\"{title}\" has the anchor {id}, which the front matter does not name", "end the heading with {#id}, and list that id under scenarios");
    }

    /// <summary>Front matter, and the text with the front matter's lines blanked, so that its lines keep their numbers.</summary>
    static (string? FrontMatter, string Markdown) Split(string text)
    {
        var lines = text.Split('\n');
        var end = lines[0].TrimEnd() == "---" ? Array.FindIndex(lines, 1, l => l.TrimEnd() == "---") : -1;
        return end < 0 ? (null, text) : (string.Join('\n', lines[1..end]), new string('\n', end + 1) + string.Join('\n', lines[(end + 1)..]));
    }

    [GeneratedRegex("^RUNBOOK_[A-Z0-9_]+$")]
    private static partial Regex ProperName();
}
