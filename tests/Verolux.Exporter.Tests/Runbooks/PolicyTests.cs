using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

public class PolicyTests
{
    const string Sla = "| Severity | Respond within | Meaning |\n|---|---|---|\n| critical | 15m | now |\n| warning | 1h | soon |\n| info | no SLA | never |\n";

    [Test]
    public void Tables_are_found_by_their_columns_in_any_order()
    {
        var catalogue = With(Sla, "| Meaning | Respond within | Severity |\n|---|---|---|\n| now | **5m** | `critical` |\n| soon | 90m | warning |\n");
        Assert.That(catalogue.Problems, Is.Empty);
        Assert.That(catalogue.Policy.ResponseSla, Is.EquivalentTo(new Dictionary<Severity, TimeSpan> { [Severity.Critical] = TimeSpan.FromMinutes(5), [Severity.Warning] = TimeSpan.FromMinutes(90) }));
    }

    [TestCase("15m | now", "soon | now", "README.md:5: \"soon\" is not a response time; write it like 15m or 1h")]
    [TestCase("15m | now", "0s | now", "README.md:5: \"0s\" is not a response time; write it like 15m or 1h")]
    [TestCase("15m | now", "no SLA | now", "README.md:5: \"no SLA\" is not a response time; write it like 15m or 1h")]
    [TestCase("| warning |", "| Warning |", "README.md:6: \"Warning\" is not a severity; write one of: critical, warning, info, none")]
    [TestCase("| warning |", "| critical |", "README.md:6: critical is there twice; remove one")]
    [TestCase("| warning | 1h | soon |\n", "", "README.md: gives no response time for critical or for warning; add its row to the table, such as: | warning | 1h |")]
    [TestCase("| info | no SLA |", "| info | 1d |", "README.md:7: info can have no SLA: such an alert is never delivered; write: no SLA")]
    [TestCase("| Severity |", "| Urgency |", "README.md: has no table with the columns Severity, Respond within; add it; the fallback holds until then")]
    public void A_broken_table_of_response_times_is_told_and_the_fallback_holds(string old, string replacement, string problem)
    {
        var catalogue = With(old, replacement);
        Assert.That(catalogue.Problems.Select(p => p.ToString()), Does.Contain(problem));
        Assert.That(catalogue.Policy.ResponseSla, Is.EquivalentTo(new Dictionary<Severity, TimeSpan> { [Severity.Critical] = TimeSpan.FromMinutes(15), [Severity.Warning] = TimeSpan.FromHours(1) }));
        Assert.That(catalogue.Policy.Levels[1].When, Is.EqualTo("late"), "the other table still counts");
    }

    [TestCase("| 30m | late", "| half an hour | late", "README.md:12: \"half an hour\" is not a response time; write it like 15m or 1h")]
    [TestCase("| 2 | Senior SRE", "| two | Senior SRE", "README.md:12: \"two\" stands where level 2 should; write the levels 1 to 4, each in a row of its own")]
    [TestCase("Senior SRE", "", "README.md:12: the cell under \"Who\" is empty; fill it in")]
    [TestCase("| 4 | CTO | phone | 2h | major outage |", "", "README.md: has 3 escalation levels; write the levels 1 to 4, each in a row of its own")]
    [TestCase("| Level |", "| Rank |", "README.md: has no table with the columns Level, Who, Contact, Respond within, When; add it; the fallback holds until then")]
    public void A_broken_table_of_levels_is_told_and_the_fallback_holds(string old, string replacement, string problem)
    {
        var catalogue = With(old, replacement);
        Assert.That(catalogue.Problems.Select(p => p.ToString()), Does.Contain(problem));
        Assert.That(catalogue.Policy.Levels, Is.EqualTo(Policy.Fallback.Levels));
        Assert.That(catalogue.Policy.Levels.Select(l => l.Level), Is.EqualTo(new[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void Objectives_are_read_with_their_budget()
    {
        var objective = With(Sla, $"{Sla}\n| Objective | Target | Over |\n|---|---|---|\n| camera-uptime | 99.5 % | 30d |\n").Policy.Objectives["camera-uptime"];
        Assert.That((objective.Target, objective.Over, objective.Budget), Is.EqualTo((0.995, TimeSpan.FromDays(30), TimeSpan.FromMinutes(216))));
    }

    [TestCase("| a | 99.5 | 30d |", "\"99.5\" is not a target; write it like 99.5 %")]
    [TestCase("| a | 100 % | 30d |", "\"100 %\" is not a target; write it like 99.5 %")]
    [TestCase("| a | 99 % | a month |", "\"a month\" is not the time that an objective is for; write it like 30d")]
    [TestCase("| a | 99 % | 1d |\n| a | 99 % | 1d |", "a is there twice; remove one")]
    public void A_mistake_in_an_objective_is_told(string row, string problem) =>
        Assert.That(With(Sla, $"{Sla}\n| Objective | Target | Over |\n|---|---|---|\n{row}\n").Problems.Select(p => p.ToString()), Has.Some.EndsWith(problem));

    [Test]
    public void A_second_policy_is_told() =>
        Assert.That(With(Sla, $"{Sla}\n{Sla}").Problems.Select(p => p.ToString()), Is.EqualTo(new[] { "README.md:9: is a second table with the columns Severity, Respond within; keep one; it is the policy" }));

    static Catalogue With(string old, string replacement)
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_X.md", RunbookFolder.Sound);
        folder.Write("README.md", RunbookFolder.Replace(RunbookFolder.Readme, old, replacement));
        return folder.Load();
    }
}
