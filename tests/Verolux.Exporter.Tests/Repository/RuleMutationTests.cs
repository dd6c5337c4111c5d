using NUnit.Framework;
using Verolux.Exporter.Tests.Mutations;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>
/// The cases of each rule file notice every edit by which such rules are broken. A few mutants of each file, always the same; MUTATE=all asks for all of all, and MUTATE=storage
/// for all of that file. What no data can tell stands in equivalent.yml, each with its reason.
/// </summary>
public class RuleMutationTests
{
    const int AtATime = 2;
    const int OneOperatorIn = 16;
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

        var judged = (Asked is "" ? Sample(name, all.Where(mutant => !equivalent.Contains($"{mutant}"))) : all)
            .AsParallel().AsOrdered().WithDegreeOfParallelism(AtATime)
            .Select(mutant =>
            {
                var verdict = cases.Judge($"{mutant.Rule} {mutant.Operator}", mutant.ApplyTo(rules));
                var isEquivalent = equivalent.Contains($"{mutant}");
                // At once: the whole run takes minutes.
                if (verdict is Verdict.Survived && !isEquivalent)
                    TestContext.Progress.WriteLine($"survived {name} {mutant}\n{mutant.DiffFrom(rules)}");
                return (Mutant: mutant, Verdict: verdict, IsEquivalent: isEquivalent);
            })
            .Where(mutant => mutant.Verdict is not Verdict.NoRules)
            .ToArray();

        var killed = judged.Where(mutant => mutant.Verdict is Verdict.Killed).ToArray();
        var survivors = judged.Where(mutant => mutant is { Verdict: Verdict.Survived, IsEquivalent: false }).ToArray();
        TestContext.Progress.WriteLine($"mutate {name} mutants {judged.Length} killed {killed.Length} equivalent {judged.Length - killed.Length - survivors.Length} survived {survivors.Length}");
        Assert.Multiple(() =>
        {
            Assert.That(survivors.Select(mutant => mutant.Mutant), Is.Empty, $"{name}_test.yml lacks cases");
            Assert.That(killed.Where(mutant => mutant.IsEquivalent).Select(mutant => mutant.Mutant), Is.Empty, "not equivalent, for a case kills it");
            Assert.That(killed, Is.Not.Empty);
            Assert.That(cases.SpareTheRules(), "what kills must pass with the rules as they are, or no death proves anything");
        });
    }

    [Test]
    public void What_is_called_equivalent_occurs() =>
        Assert.That(Equivalents.Files.SelectMany(name => Equivalents.Of(name).Except(RuleMutants.Of(Rules(name)).Select(mutant => $"{mutant}"))), Is.Empty);

    static string Rules(string name) => File.ReadAllText(RepositoryRoot.Of("alert-rules", $"{name}.rules.yml"));

    /// <summary>The first mutant of every sixteenth operator and of one at least, others for each file.</summary>
    static IEnumerable<Mutant> Sample(string name, IEnumerable<Mutant> mutants)
    {
        Mutant[] each = [.. mutants.DistinctBy(mutant => mutant.Operator)];
        var step = Math.Min(OneOperatorIn, each.Length);
        return each.Where((_, i) => i % step == Array.IndexOf(RuleFiles, name) % step);
    }
}
