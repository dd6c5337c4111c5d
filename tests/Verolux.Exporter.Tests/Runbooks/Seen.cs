using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>Evidence written as on /metrics, one observation a line, with the value of five minutes earlier behind <c>from</c>.</summary>
static partial class Seen
{
    public const double Now = 1_000_000;

    /// <param name="alert">The alert's labels, written like those of an observation.</param>
    public static Evidence By(string alert, params IEnumerable<string> observations) => new(observations.Select(Read).ToLookup(o => o.Metric), Labels(alert).ToDictionary(), Now);

    public static Observation Read(string line)
    {
        var match = Line().Match(line);
        Assert.That(match.Success, line);
        double Number(string group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
        return new Observation(match.Groups["metric"].Value, [.. Labels(match.Groups["labels"].Value)], Number("value"), match.Groups["before"].Success ? Number("before") : null);
    }

    /// <summary>The condition; what is wrong with it fails the test.</summary>
    public static Condition Condition(string when)
    {
        var condition = new ConditionReader(when, null, (what, remedy) => Assert.Fail($"{when}: {what}; {remedy}")).Read();
        return condition!;
    }

    public static Answer Answer(string when, Evidence evidence) => Condition(when).Weigh(evidence, []);

    static IEnumerable<KeyValuePair<string, string>> Labels(string text) => Label().Matches(text).Select(m => KeyValuePair.Create(m.Groups[1].Value, m.Groups[2].Value));

    [GeneratedRegex("""^(?<metric>\w+)(?:\{(?<labels>[^}]*)\})? (?<value>\S+)(?: from (?<before>\S+))?$""")]
    private static partial Regex Line();

    // Without quotes, which would only be noise here.
    [GeneratedRegex(@"(\w+)=([^,}]*)")]
    private static partial Regex Label();
}
