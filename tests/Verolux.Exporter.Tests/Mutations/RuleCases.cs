using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Verolux.Exporter.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Tests.Mutations;

/// <summary>
/// The cases of one rule file, from <c>NAME_test.yml</c> and <c>NAME_*_test.yml</c>, each in a file of its own and the likeliest killer first: most mutants die of one case, and
/// need not wait for the others.
/// </summary>
sealed partial class RuleCases : IDisposable
{
    const int MostInOneRun = 4;
    readonly string rules;
    readonly string[] cases;
    readonly int[] kills;
    readonly ConcurrentDictionary<string, int> killers = [];
    readonly ConcurrentBag<TemporaryFolder> idle = [];

    public RuleCases(string name)
    {
        rules = $"{name}.rules.yml";
        cases =
        [
            .. from pattern in (string[])[$"{name}_test.yml", $"{name}_*_test.yml"]
               from file in Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), pattern).Order(StringComparer.Ordinal)
               let all = (YamlMappingNode)Yaml.Load(file)
               from only in Yaml.List(all, "tests")
               select Document(all, only),
        ];
        kills = new int[cases.Length];
    }

    /// <summary>What becomes of these rules.</summary>
    /// <param name="kind">What has been done to them: what died alike before is killed by the same case.</param>
    public Verdict Judge(string kind, string text)
    {
        if (!idle.TryTake(out var folder))
            folder = NewFolder();
        try
        {
            folder.Write(rules, text);
            return JudgeIn(folder.Path, kind);
        }
        finally
        {
            idle.Add(folder);
        }
    }

    /// <summary>Whether the cases that killed spare the rules as they are; where they don't, no death proves anything.</summary>
    public bool SpareTheRules()
    {
        using var folder = NewFolder();
        return Enumerable.Range(0, cases.Length).Where(i => kills[i] > 0).Chunk(MostInOneRun).All(some => Test(folder.Path, some).ExitCode == 0);
    }

    public void Dispose()
    {
        foreach (var folder in idle)
            folder.Dispose();
    }

    Verdict JudgeIn(string folder, string kind)
    {
        int[] order = [.. Enumerable.Range(0, cases.Length).OrderByDescending(i => killers.TryGetValue(kind, out var killer) && killer == i).ThenByDescending(i => kills[i])];
        for (int first = 0, size = 1; first < order.Length; first += size, size = Math.Min(first, MostInOneRun))
        {
            int[] some = [.. order.Skip(first).Take(size)];
            var (exitCode, output) = Test(folder, some);
            if (exitCode == 0)
                continue;
            if (Failed().IsMatch(output))
            {
                var killer = some.First(i => !Regex.IsMatch(output, $@"{File(i)}\n\s+SUCCESS"));
                killers[kind] = killer;
                Interlocked.Increment(ref kills[killer]);
                return Verdict.Killed;
            }
            var (valid, complaint) = Command.RunIn(folder, "promtool", "check", "rules", rules);
            return valid != 0 ? Verdict.NoRules : throw new InvalidOperationException($"killed by something else than a case, which proves nothing:\n{output}\n{complaint}");
        }
        return Verdict.Survived;
    }

    static (int ExitCode, string Output) Test(string folder, int[] some) => Command.RunIn(folder, "promtool", ["test", "rules", .. some.Select(File)]);

    static string File(int number) => $"case{number:000}_test.yml";

    TemporaryFolder NewFolder()
    {
        var folder = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), "*.rules.yml"))
            System.IO.File.Copy(file, folder[Path.GetFileName(file)]);
        for (var i = 0; i < cases.Length; i++)
            folder.Write(File(i), cases[i]);
        return folder;
    }

    static string Document(YamlMappingNode all, YamlNode only)
    {
        var document = new YamlMappingNode(all.Children.Select(field => field.Key.ToString() == "tests" ? new(field.Key, new YamlSequenceNode(only)) : field));
        using var writer = new StringWriter();
        new YamlStream(new YamlDocument(document)).Save(writer, assignAnchors: true);
        return writer.ToString();
    }

    [GeneratedRegex("(?m)^ *(?:alertname|rule|expr): .+, time: ")]
    private static partial Regex Failed();
}
