using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

public class ConditionTests
{
    static readonly Vocabulary Known = new(
        new HashSet<string> { "verolux_camera_up", "verolux_camera_web_reachable", "verolux_camera_reconnects_total" }, new HashSet<string> { "auth", "forbidden", "timeout" });

    /// <summary>x is 2, y is 3; nothing is known of u.</summary>
    static readonly Evidence Numbers = Seen.By("site=north", "x{site=north} 2", "y{site=north} 3", "z{site=north} -1.5");

    [TestCase("x > 1", nameof(Answer.Yes))]
    [TestCase("x > 2", nameof(Answer.No))]
    [TestCase("x >= 2", nameof(Answer.Yes))]
    [TestCase("x < 2", nameof(Answer.No))]
    [TestCase("x <= 2", nameof(Answer.Yes))]
    [TestCase("x = 2", nameof(Answer.Yes))]
    [TestCase("x == 2", nameof(Answer.Yes))]
    [TestCase("x == 3", nameof(Answer.No))]
    [TestCase("x != 3", nameof(Answer.Yes))]
    [TestCase("x != 2", nameof(Answer.No))]
    [TestCase("z = -1.5", nameof(Answer.Yes))]
    [TestCase("z > -15e-1", nameof(Answer.No))]
    [TestCase("x < 1E3", nameof(Answer.Yes))]
    [TestCase("x<y", nameof(Answer.Yes))]
    [TestCase("x >= y", nameof(Answer.No))]
    [TestCase("u > 1", nameof(Answer.Unknown))]
    [TestCase("x < u", nameof(Answer.Unknown))]
    [TestCase("not x > 1", nameof(Answer.No))]
    [TestCase("not x > 2", nameof(Answer.Yes))]
    [TestCase("not u > 2", nameof(Answer.Unknown))]
    [TestCase("x > 1 and y > 1", nameof(Answer.Yes))]
    [TestCase("x > 1 and u > 1", nameof(Answer.Unknown))]
    [TestCase("x > 9 and u > 1", nameof(Answer.No))]
    [TestCase("x > 1 or u > 1", nameof(Answer.Yes))]
    [TestCase("x > 9 or u > 1", nameof(Answer.Unknown))]
    [TestCase("x > 9 or y > 9", nameof(Answer.No))]
    [TestCase("x > 1 or u > 1 and y > 9", nameof(Answer.Yes), Description = "and binds closer than or")]
    [TestCase("(x > 1 or u > 1) and y > 9", nameof(Answer.No))]
    [TestCase("not x > 9 and y > 9", nameof(Answer.No), Description = "not binds closest")]
    [TestCase("not (x > 9 and y > 9)", nameof(Answer.Yes))]
    [TestCase(" ( ( x>1 ) ) ", nameof(Answer.Yes))]
    [TestCase("x > 1\nand y > 1", nameof(Answer.Yes))]
    [TestCase("""x{site="north"} > 1""", nameof(Answer.Yes))]
    [TestCase("""x{site="south"} > 1""", nameof(Answer.Unknown))]
    [TestCase("""x{reason="",in=""} > 1""", nameof(Answer.Yes), Description = "labels may be called like words")]
    [TestCase("""x{site="north",camera=""} > 1""", nameof(Answer.Yes), Description = "a label that is not there is empty")]
    [TestCase("""x{site="nor\"th"} > 1""", nameof(Answer.Unknown))]
    public void An_expression_is_answered_from_the_evidence(string when, string answer) => Assert.That(Seen.Answer(when, Numbers).ToString(), Is.EqualTo(answer));

    [TestCase("", "the end stands where a metric should")]
    [TestCase("x", "the end stands where a comparison should")]
    [TestCase("x >", "the end stands where a metric should")]
    [TestCase("x > 1 y", "y at character 7 follows an expression that is complete")]
    [TestCase("x > 1 and", "the end stands where a metric should")]
    [TestCase("and x > 1", "and at character 1 stands where a metric should")]
    [TestCase("not not x > 1", "not at character 5 stands where a metric should")]
    [TestCase("1 < x", "the number 1 stands where a metric should")]
    [TestCase("x > 1)", ") at character 6 follows an expression that is complete")]
    [TestCase("(x > 1", "the end stands where ) should")]
    [TestCase("x => 1", "> at character 4 stands where a metric should")]
    [TestCase("x ! 1", "\"!\" stands at character 3")]
    [TestCase("x > 5m", "m at character 6 follows an expression that is complete")]
    [TestCase("x > 1; y > 1", "\";\" stands at character 6")]
    [TestCase("x{a=\"b} > 1", "a quote that is left open stands at character 5")]
    [TestCase("x{a=b} > 1", "b at character 5 stands where a label's value should")]
    [TestCase("x{a!=\"b\"} > 1", "!= at character 4 stands where = should")]
    [TestCase("x{} > 1", "} at character 3 stands where a label should")]
    [TestCase("x{a=\"b\" > 1", "> at character 9 stands where } should")]
    [TestCase("age > 1", "> at character 5 stands where ( should")]
    [TestCase("age(x > 1", "> at character 7 stands where ) should")]
    [TestCase("age(1) > 1", "1 at character 5 stands where a metric should")]
    [TestCase("rise(age(x)) > 1", "age at character 6 stands where a metric should")]
    [TestCase("count(camera) > 1", ") at character 13 stands where , should")]
    [TestCase("count(x > 1) > 1", "> at character 9 stands where , should")]
    [TestCase("count(camera, x) > 1", ") at character 16 stands where a comparison should")]
    [TestCase("count(a, x > 1 or count(b, count(a, x > 1) > 1) > 1) > 1", "counts a inside a count of a")]
    [TestCase("reason", "the end stands where = or in should")]
    [TestCase("reason != auth", "!= at character 8 stands where = or in should")]
    [TestCase("reason = \"auth\"", "\"auth\" at character 10 stands where a reason should")]
    [TestCase("reason in auth", "auth at character 11 stands where ( should")]
    [TestCase("reason in ()", ") at character 12 stands where a reason should")]
    [TestCase("reason in (auth", "the end stands where ) should")]
    [TestCase("reason in (auth,)", ") at character 17 stands where a reason should")]
    public void A_mistake_of_syntax_is_told_once_with_its_place_and_a_remedy(string when, string what)
    {
        var (condition, mistakes) = Read(when, null);
        Assert.That(condition, Is.Null);
        Assert.That(mistakes.Single().What, Is.EqualTo(what));
        Assert.That(mistakes.Single().Remedy, Is.Not.Empty);
    }

    [TestCase("verolux_camera_pu > 1", "verolux_camera_pu is not a known metric; write verolux_camera_up, if that is meant")]
    [TestCase("verolux_camera_web_reachible == 0", "verolux_camera_web_reachible is not a known metric; write verolux_camera_web_reachable, if that is meant")]
    [TestCase("rise(verolux_camera_reconnects) > 1", "verolux_camera_reconnects is not a known metric; write one that /metrics shows")]
    [TestCase("count(camera, something_else > 1) > 1", "something_else is not a known metric; write one that /metrics shows")]
    [TestCase("verolux_camera_up < a_limit", "a_limit is not a known metric; write one that /metrics shows")]
    [TestCase("reason in (auth, forbiden)", "forbiden is not a known reason; write forbidden, if that is meant")]
    [TestCase("reason = unauthorized", "unauthorized is not a known reason; write one of: auth, forbidden, timeout")]
    public void A_name_that_is_not_known_is_told(string when, string mistake)
    {
        var (condition, mistakes) = Read(when, Known);
        Assert.That(condition, Is.Null);
        Assert.That(mistakes.Select(m => $"{m.What}; {m.Remedy}"), Is.EqualTo(new[] { mistake }));
    }

    [Test]
    public void Every_unknown_name_is_told_once()
    {
        var (_, mistakes) = Read("a > 1 or b > 1 or a > 2 or reason = nothing or verolux_camera_up == 0 and reason = auth", Known);
        Assert.That(mistakes.Select(m => m.What), Is.EqualTo(new[] { "a is not a known metric", "b is not a known metric", "nothing is not a known reason" }));
    }

    [Test]
    public void Without_a_vocabulary_any_name_will_do() => Assert.That(Read("anything > 1 and reason = whatever", null).Mistakes, Is.Empty);

    [Test]
    public void Brackets_may_be_nested_as_far_as_anybody_needs_and_no_further()
    {
        static string Nested(int levels) => $"{new string('(', levels)}x > 1{new string(')', levels)}";
        Assert.That(Seen.Answer(Nested(20), Numbers), Is.EqualTo(Answer.Yes));
        Assert.That(Read(Nested(21), null).Mistakes.Single().What, Is.EqualTo("is nested deeper than 20 brackets"));
        Assert.That(Seen.Answer("count(site, x > 1) = 1 and count(site, (x > 1)) = 1 and " + Nested(19), Numbers), Is.EqualTo(Answer.Yes), "what was closed counts no more");
    }

    static IEnumerable<TestCaseData> Hostile()
    {
        yield return new TestCaseData(new string('(', 10_000)).SetArgDisplayNames("10,000 open brackets");
        yield return new TestCaseData(new string('(', 990)).SetArgDisplayNames("990 open brackets");
        yield return new TestCaseData(string.Concat(Enumerable.Repeat("count(a,", 124))).SetArgDisplayNames("124 counts");
        yield return new TestCaseData(string.Concat(Enumerable.Repeat("not ", 249))).SetArgDisplayNames("249 times not");
        yield return new TestCaseData(new string('x', 1_000_000)).SetArgDisplayNames("1 MB");
        yield return new TestCaseData("x{a=\"" + new string('\\', 990)).SetArgDisplayNames("990 backslashes");
        yield return new TestCaseData("\0").SetArgDisplayNames("NUL");
        yield return new TestCaseData("x > 1 \ud800").SetArgDisplayNames("half a character");
    }

    [TestCaseSource(nameof(Hostile))]
    public void Hostile_text_is_a_mistake_and_nothing_worse(string when)
    {
        var (condition, mistakes) = Read(when, Known);
        Assert.That(condition, Is.Null);
        Assert.That(mistakes, Is.Not.Empty);
        Assert.That(mistakes.Sum(m => m.What.Length), Is.LessThan(1500));
        Assert.That(RunbookFolder.ProblemsWith("- id: filling-fast", $"- id: filling-fast\n    when: \"{Escaped(when)}\""), Has.Length.EqualTo(1));
    }

    [Test]
    public void Nothing_that_is_typed_makes_it_throw()
    {
        const string typed = "x(){}=<>!,\"\\0.eE- \nor and not in reason age rise count";
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(60)).Select(_ => typed[random.Next(typed.Length)])]);
            var (condition, mistakes) = Read(text, null);
            Assert.That(condition is null, Is.EqualTo(mistakes.Count > 0), text);
        }
    }

    [Test]
    public void A_runbook_carries_the_evidence_of_its_scenarios_and_a_mistake_has_its_line()
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_X.md", RunbookFolder.Replace(RunbookFolder.Sound, "- id: filling-fast", "- id: filling-fast\n    when: disk_used_ratio > 0.9"));
        var catalogue = folder.Load();
        Assert.That(catalogue.Problems, Is.Empty);
        Assert.That(catalogue.Runbooks.Single().Scenarios.Single().When!.Weigh(Seen.By("path=/", "disk_used_ratio{path=/} 0.95"), []), Is.EqualTo(Answer.Yes));

        Assert.That(RunbookFolder.ProblemsWith("- id: filling-fast", "- id: filling-fast\n    when: disk_used_ratio >"), Is.EqualTo(new[]
        {
            "RUNBOOK_X.md:11: scenarios[0].when: the end stands where a metric should; write one of the exporter's, such as verolux_camera_up",
        }));
        Assert.That(Catalogue.Load(folder.Path, Known).Problems.Select(p => p.ToString()), Is.EqualTo(new[]
        {
            "RUNBOOK_X.md:11: scenarios[0].when: disk_used_ratio is not a known metric; write one that /metrics shows",
        }));
    }

    static string Escaped(string text) => string.Concat(text.Select(c => c is '"' or '\\' ? $"\\{c}" : char.IsAsciiLetterOrDigit(c) || c is ' ' or '(' or '{' or '=' or '>' or ',' ? c.ToString() : $"\\u{(int)(c is '\ud800' ? ';' : c):x4}"));

    static (Condition? Condition, IReadOnlyList<(string What, string Remedy)> Mistakes) Read(string when, Vocabulary? vocabulary)
    {
        var mistakes = new List<(string, string)>();
        return (new ConditionReader(when, vocabulary, (what, remedy) => mistakes.Add((what, remedy))).Read(), mistakes);
    }
}
