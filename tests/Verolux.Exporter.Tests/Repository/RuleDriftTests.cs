using NUnit.Framework;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>The rules say what the runbooks say.</summary>
public class RuleDriftTests
{
    static readonly Uri PublicUrl = new("http://127.0.0.1:9877/");
    static readonly Catalogue Catalogue = Catalogue.Load(RepositoryRoot.Of("runbooks"));

    static IEnumerable<string> RuleFiles => Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), "*.rules.yml").Select(f => Path.GetFileName(f)).Order();

    static string Read(string file) => File.ReadAllText(RepositoryRoot.Of("alert-rules", file));

    [TestCaseSource(nameof(RuleFiles))]
    public void Writing_the_rules_from_the_runbooks_changes_nothing(string file) =>
        Assert.That(RuleFile.Rewrite(Read(file), Catalogue.Runbooks, PublicUrl, 1), Is.EqualTo(Read(file)), "run `make rules`, and keep what it writes");

    [Test]
    public void A_rule_that_says_something_else_would_be_noticed()
    {
        var drifted = Read("storage.rules.yml").Replace("* 0 + 0.85", "* 0 + 0.5");
        Assert.That(RuleFile.Rewrite(drifted, Catalogue.Runbooks, PublicUrl, 1), Is.Not.EqualTo(drifted).And.EqualTo(Read("storage.rules.yml")));
    }
}
