using System.Text.RegularExpressions;
using Markdig.Syntax;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>A fenced block of a file in the runbooks' folder, and where it stands.</summary>
/// <param name="Section">The nearest heading of the second level; before the first one it is <see cref="First"/>.</param>
/// <param name="Scenario">The nearest heading of the third level within the section, or nothing.</param>
sealed partial record CommandBlock(string File, int Line, string Section, string Scenario, string Language, string Text)
{
    public const string First = "Check first";
    public const string Resolution = "Resolution Steps";

    public static IReadOnlyList<string> Files { get; } = [.. Directory.EnumerateFiles(RunbookFolder.Shipped, "*.md").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<CommandBlock> All { get; } = [.. Files.SelectMany(Of)];

    public static IEnumerable<CommandBlock> Shell => All.Where(b => b.Language == "bash");

    /// <summary>Without comments.</summary>
    public string Code => Comments().Replace(Text, "");

    /// <summary>Whether it does more than look: the state of a service, a file, a database or a card may be another one afterwards. Logs kept in one's own home don't count.</summary>
    public bool Changes => ChangingWords().IsMatch(Code);

    public override string ToString() => $"{File}:{Line}";

    static IEnumerable<CommandBlock> Of(string file)
    {
        var document = Markup.Parse(WithoutFrontMatter(System.IO.File.ReadAllText(Path.Combine(RunbookFolder.Shipped, file))));
        var (section, scenario) = (First, "");
        foreach (var block in document.Descendants())
        {
            if (block is HeadingBlock { Level: 2 } heading)
                (section, scenario) = (Markup.PlainText(heading.Inline), "");
            else if (block is HeadingBlock { Level: 3 } lesser)
                scenario = Markup.PlainText(lesser.Inline);
            else if (block is FencedCodeBlock fenced)
                yield return new CommandBlock(file, fenced.Line + 1, section, scenario, fenced.Info ?? "", $"{fenced.Lines}\n");
        }
    }

    // Its lines stay, empty, so that the others keep their numbers.
    static string WithoutFrontMatter(string text)
    {
        if (!text.StartsWith("---\n", StringComparison.Ordinal))
            return text;
        var end = text.IndexOf("\n---\n", StringComparison.Ordinal) + "\n---\n".Length;
        return new string('\n', text[..end].Count(c => c == '\n')) + text[end..];
    }

    [GeneratedRegex(@"(?m)(?:^|(?<=\s))#\s.*$")]
    private static partial Regex Comments();

    [GeneratedRegex("""
        \bcompose\ -f\ \S+\ (?:up|down|start|stop|restart|kill|rm|run|pull|push|build|create|pause|unpause|cp)\b
        | \bdocker\ (?:start|stop|restart|kill|rm|rmi|run|pull|pause|unpause|update|cp|load|tag)\b
        | \bdocker\ (?:builder|image|system|volume|container|network)\ (?:prune|rm)\b
        | \bsystemctl\ (?!is-active|status|list-units|cat|show)
        | \bjournalctl\ --vacuum
        | \bcelery\ .*\bcontrol\b
        | \brabbitmqctl\ (?>(?:-q\ )?)(?!list_|status|version)
        | \bredis-check-aof\ --fix | \b(?:CONFIG\ SET|EXPIRE|DEL|FLUSHALL|FLUSHDB|ACL\ (?:SETUSER|SAVE)|BGREWRITEAOF|BGSAVE|SCRIPT\ KILL|CLIENT\ KILL|SHUTDOWN)\b
        | \bpg_(?:terminate_backend|cancel_backend|drop_replication_slot|promote|reload_conf|switch_wal|resetwal)\b
        | \b(?:DROP|DELETE\ FROM|UPDATE|INSERT|ALTER|CREATE|TRUNCATE|VACUUM|GRANT|REVOKE)\b | \\\\password
        | \bnvidia-smi\ .*(?:-pl|-r|--gpu-reset|-e|-pm)\s | \btune2fs\ -m
        | (?:^|[;&|('"]|\bsudo\ |\bxargs\ (?:-\w\ )*|\bdo\ |\bthen\ |\)\ )\s*(?:rm|mv|cp|tee|touch|truncate|chmod|chown|ln|dd|mkfs\S*|mount|umount|kill|pkill|killall|renice|ionice\ -c\ 3\ -p|modprobe|rmmod|reboot|shutdown|e2fsck|xfs_repair|fuser|py-spy|tcpdump)\s
        | \s-delete\b
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.Multiline)]
    private static partial Regex ChangingWords();
}
