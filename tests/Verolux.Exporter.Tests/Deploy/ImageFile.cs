using System.Text.RegularExpressions;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Deploy;

/// <summary>The Dockerfile, by its stages and their instructions.</summary>
sealed record ImageFile(IReadOnlyList<ImageStage> Stages)
{
    public static string Path { get; } = RepositoryRoot.Of("deploy", "compose", "Dockerfile");

    /// <summary>What is built unless told otherwise.</summary>
    public ImageStage Exporter => Stages[^1];

    public static ImageFile Read()
    {
        var stages = new List<ImageStage>();
        var lines = File.ReadAllLines(Path).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#');
        foreach (var instruction in string.Join('\n', lines).Replace("\\\n", " ").Split('\n'))
        {
            var (word, rest) = (instruction.Split(' ')[0], instruction[instruction.IndexOf(' ')..].Trim());
            if (word == "FROM")
                stages.Add(new ImageStage(Regex.Replace(rest, "^--platform=[^ ]+ | AS .*$", ""), Regex.Match(rest, " AS (.+)$").Groups[1].Value, []));
            else
                stages[^1].Instructions.Add((word, rest));
        }
        return new ImageFile(stages);
    }

    /// <summary>A stage and those it is made of, the first first.</summary>
    public IReadOnlyList<ImageStage> Line(ImageStage stage) => Stages.FirstOrDefault(s => s.Name == stage.From) is { } under ? [.. Line(under), stage] : [stage];

    /// <summary>Whether the context leaves a path of the repository out, by the last line of the .dockerignore that fits it or a folder above it.</summary>
    public static bool IsIgnored(string path)
    {
        var ignored = false;
        foreach (var line in File.ReadLines($"{Path}.dockerignore").Where(l => l.Length > 0 && l[0] != '#'))
        {
            var (pattern, kept) = (line.TrimStart('!'), line[0] == '!');
            var expression = Regex.Escape(pattern).Replace(@"\*\*/", "(.*/)?").Replace(@"\*", "[^/]*");
            if (Regex.IsMatch(path, $"^{expression}(/.*)?$"))
                ignored = !kept;
        }
        return ignored;
    }
}

/// <summary>What is between one FROM and the next.</summary>
sealed record ImageStage(string From, string Name, List<(string Word, string Said)> Instructions)
{
    public IEnumerable<string> All(string word) => Instructions.Where(i => i.Word == word).Select(i => i.Said);
}
