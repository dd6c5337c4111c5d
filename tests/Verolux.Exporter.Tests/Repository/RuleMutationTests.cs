using NUnit.Framework;
using Verolux.Exporter.Tests.Mutations;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>
/// The cases of each rule file notice every edit by which such rules are broken. A few mutants of each file, always the same; MUTATE=all asks for all of all, and MUTATE=storage
/// for all of that file. What no data can tell stands in equivalent.yml, each with its reason.
/// </summary>
[Parallelizable]
public class RuleMutationTests
{
    const int AtATime = 2;
    const int OneOperatorIn = 3;
    static readonly string Asked = Environment.GetEnvironmentVariable("MUTATE") ?? "";
    static readonly string[] RuleFiles =
        [.. Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), "*.rules.yml").Select(file => Path.GetFileName(file)[..^".rules.yml".Length]).Order(StringComparer.Ordinal)];

    static string[] AskedFor => Asked is "" or "all" ? RuleFiles : [Asked];

    [TestCaseSource(nameof(AskedFor))]
    public void Every_mutant_dies(string name)
    {
        var rules = Rules(name);
        var equivalent = Equivalents.Of(name).ToHashSet();
        var all = RuleMutants.Of(rules);
        using var cases = new RuleCases(name);

        var judged = (Asked == "" ? Sample(name, all.Where(mutant => !equivalent.Contains($"{mutant}"))) : all)
            .AsParallel().AsOrdered().WithDegreeOfParallelism(AtATime)
            .Select(mutant => (Mutant: mutant, Verdict: cases.Judge($"{mutant.Rule} {mutant.Operator}", mutant.ApplyTo(rules)), IsEquivalent: equivalent.Contains($"{mutant}")))
            .Where(mutant => mutant.Verdict is not Verdict.NoRules)
            .ToArray();

        var survivors = judged.Where(mutant => mutant is { Verdict: Verdict.Survived, IsEquivalent: false }).Select(mutant => $"survived: {mutant.Mutant}\n{mutant.Mutant.DiffFrom(rules)}").ToArray();
        var known = judged.Count(mutant => mutant is { Verdict: Verdict.Survived, IsEquivalent: true });
        TestContext.Progress.WriteLine($"mutate {name} mutants {judged.Length} killed {judged.Length - known - survivors.Length} equivalent {known} survived {survivors.Length}");
        var killable = judged.Where(mutant => mutant is { Verdict: Verdict.Killed, IsEquivalent: true }).Select(mutant => $"not equivalent, for a case kills it: {mutant.Mutant}");
        Assert.That(string.Join("\n\n", [.. survivors, .. killable]), Is.Empty);
        Assert.That(judged.Any(mutant => mutant.Verdict is Verdict.Killed) && cases.SpareTheRules(), "what kills must pass with the rules as they are, or no death proves anything");
    }

    [Test]
    public void What_is_called_equivalent_occurs() =>
        Assert.That(Equivalents.Files.SelectMany(name => Equivalents.Of(name).Except(RuleMutants.Of(Rules(name)).Select(mutant => $"{mutant}"))), Is.Empty);

    static string Rules(string name) => File.ReadAllText(RepositoryRoot.Of("alert-rules", $"{name}.rules.yml"));

    /// <summary>The first mutant of every third operator, another third for each file.</summary>
    static IEnumerable<Mutant> Sample(string name, IEnumerable<Mutant> mutants) =>
        mutants.DistinctBy(mutant => mutant.Operator).Where((_, i) => i % OneOperatorIn == Array.IndexOf(RuleFiles, name) % OneOperatorIn);
}
