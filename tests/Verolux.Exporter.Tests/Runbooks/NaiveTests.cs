using System.Globalization;
using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>
/// Random expressions over random observations, answered once by the exporter and once by what the words say, taken literally: every observation is given its
/// target's labels, every value of a counted label is put into the alert in turn, and every sample is compared with every other.
/// </summary>
public class NaiveTests
{
    static readonly string[] Sites = ["n", "s"];
    static readonly string[] Cameras = ["a", "b", "c"];
    static readonly string[] Switches = ["1", "2"];
    static readonly string[] Metrics = ["verolux_camera_up", "verolux_camera_fps", "verolux_site_load", "verolux_camera_nothing"];
    static readonly string[] Reasons = ["auth", "timeout"];
    static readonly string[] Labels = ["camera", "switch", "site"];
    static readonly string[] Comparators = [">", ">=", "<", "<=", "==", "!="];

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public void Both_answer_alike(int seed)
    {
        var random = new Random(seed);
        var answers = new int[3];
        for (var i = 0; i < 3000; i++)
        {
            var observations = World(random).ToList();
            var alert = new Dictionary<string, string> { ["alertname"] = "X", ["site"] = "n" };
            if (random.Next(3) > 0)
                alert["camera"] = "a";
            var (text, naive) = Any(random, 2, Labels);
            if (text.Length > 1000)
                continue;
            var real = Seen.Answer(text, new Evidence(observations.ToLookup(o => o.Metric), alert, Seen.Now));
            var literal = naive(new Literal(WithInfo(observations), alert));
            Assert.That(real, Is.EqualTo(literal switch { true => Answer.Yes, false => Answer.No, null => Answer.Unknown }), $"{text}\n{string.Join('\n', alert)}\n{string.Join('\n', observations.Select(Text))}");
            answers[(int)real]++;
        }
        Assert.That(answers, Is.All.GreaterThan(300), "some answer hardly ever comes, so little is proved about it");
    }

    /// <summary>The evidence, its observations with all their targets' labels, and with what they carry themselves.</summary>
    sealed record Literal(IReadOnlyList<(Observation Observation, IReadOnlyDictionary<string, string> Labels)> All, IReadOnlyDictionary<string, string> Alert)
    {
        /// <summary>Labels put into the alert by a count are looked for among the target's labels, those of the alert itself among the observation's own.</summary>
        public IReadOnlySet<string> Counted { get; init; } = new HashSet<string>();

        /// <summary>Whether labels between braces select nothing: for whether anything is known that they could select from.</summary>
        public bool OfAnyLabels { get; init; }

        public IEnumerable<(Observation Observation, IReadOnlyDictionary<string, string> Labels)> Agreeing() => All.Where(o =>
            Alert.All(a => (Counted.Contains(a.Key) ? o.Labels.GetValueOrDefault(a.Key, "") : o.Observation[a.Key]) is var value && (value.Length == 0 || value == a.Value)));
    }

    delegate bool? Naive(Literal evidence);

    delegate IEnumerable<(double Value, Observation? Of)> NaiveOperand(Literal evidence);

    static (string, Naive) Any(Random random, int depth, string[] labels)
    {
        var terms = Enumerable.Range(0, random.Next(1, 3)).Select(_ => All(random, depth, labels)).ToList();
        return (string.Join(" or ", terms.Select(t => t.Item1)), e => terms.Select(t => t.Item2(e)).Aggregate((a, b) => a | b));
    }

    static (string, Naive) All(Random random, int depth, string[] labels)
    {
        var factors = Enumerable.Range(0, random.Next(1, 3)).Select(_ => Factor(random, depth, labels)).ToList();
        return (string.Join(" and ", factors.Select(t => t.Item1)), e => factors.Select(t => t.Item2(e)).Aggregate((a, b) => a & b));
    }

    static (string, Naive) Factor(Random random, int depth, string[] labels)
    {
        if (random.Next(4) == 0)
        {
            var (text, naive) = Plain(random, depth, labels);
            return ($"not {text}", e => !naive(e));
        }
        return Plain(random, depth, labels);
    }

    static (string, Naive) Plain(Random random, int depth, string[] labels)
    {
        if (depth > 0 && random.Next(4) == 0)
        {
            var (text, naive) = Any(random, depth - 1, labels);
            return ($"({text})", naive);
        }
        if (random.Next(4) == 0)
        {
            var reason = Reasons[random.Next(2)];
            return ($"reason = {reason}", e => ReasonIs(e, reason));
        }
        var (left, leftNaive) = Operand(random, depth, labels);
        var comparator = Comparators[random.Next(Comparators.Length)];
        var number = random.Next(4);
        var (right, rightNaive) = random.Next(3) == 0 ? Operand(random, depth, labels) : ($"{number}", _ => [(number, null)]);
        return ($"{left} {comparator} {right}", e => Compare(leftNaive(e), comparator, rightNaive(e)));
    }

    static bool? ReasonIs(Literal evidence, string reason)
    {
        var health = evidence.Agreeing().Where(o => o.Observation.Metric is "verolux_camera_up" or "verolux_camera_failure" or "verolux_disk_failure")
            .Where(o => evidence.Alert.Any(a => a.Key != "site" && (evidence.Counted.Contains(a.Key) ? o.Labels.ContainsKey(a.Key) : o.Observation[a.Key].Length > 0))).ToList();
        return health.Count == 0 ? null : health.Any(o => o.Observation["reason"] == reason && o.Observation.Value == 1);
    }

    static (string, NaiveOperand) Operand(Random random, int depth, string[] labels)
    {
        var metric = Metrics[random.Next(Metrics.Length)];
        switch (random.Next(depth > 0 && labels.Length > 0 ? 5 : 3))
        {
            case 0:
                return (metric, e => Of(e, metric, o => o.Value));
            case 1:
                return ($"rise({metric})", e => Of(e, metric, o => o.Value - o.Before));
            case 2:
                return ($"{metric}{{camera=\"b\"}}", e => Of(e, metric, o => e.OfAnyLabels || o["camera"] == "b" ? o.Value : null));
            default:
                var label = labels[random.Next(labels.Length)];
                var (text, naive) = Any(random, depth - 1, [.. labels.Where(l => l != label)]);
                return ($"count({label}, {text})", e => Count(e, label, naive, text));
        }
    }

    static IEnumerable<(double Value, Observation? Of)> Of(Literal evidence, string metric, Func<Observation, double?> value) =>
        evidence.Agreeing().Where(o => o.Observation.Metric == metric && value(o.Observation) is not null).Select(o => (value(o.Observation)!.Value, (Observation?)o.Observation));

    static IEnumerable<(double Value, Observation? Of)> Count(Literal evidence, string label, Naive naive, string text)
    {
        var lifted = evidence.Alert.Where(a => a.Key != label).ToDictionary();
        var candidates = (evidence with { Alert = lifted }).Agreeing()
            .Where(o => text.Contains(o.Observation.Metric) || (text.Contains("reason") && Evidence.IsHealth(o.Observation.Metric)))
            .Select(o => o.Labels.GetValueOrDefault(label, "")).Where(v => v.Length > 0).Distinct();
        var parts = candidates.Select(v => evidence with { Alert = new Dictionary<string, string>(lifted) { [label] = v }, Counted = new HashSet<string>(evidence.Counted) { label } }).ToList();
        var isKnown = parts.Any(part => naive(part) is not null || naive(part with { OfAnyLabels = true }) is not null);
        return isKnown ? [(parts.Count(part => naive(part) == true), null)] : [];
    }

    static bool? Compare(IEnumerable<(double Value, Observation? Of)> left, string comparator, IEnumerable<(double Value, Observation? Of)> right)
    {
        var rights = right.ToList();
        var answers = (from l in left
                       from r in rights
                       where l.Of is null || r.Of is null || l.Of.Labels.All(a => r.Of.Labels.All(b => a.Key != b.Key || a.Value == b.Value))
                       select comparator switch { ">" => l.Value > r.Value, ">=" => l.Value >= r.Value, "<" => l.Value < r.Value, "<=" => l.Value <= r.Value, "==" => l.Value == r.Value, _ => l.Value != r.Value }).ToList();
        return answers.Count > 0 ? answers.Any(a => a) : null;
    }

    static List<(Observation, IReadOnlyDictionary<string, string>)> WithInfo(IReadOnlyList<Observation> observations) =>
    [
        .. from o in observations
           let info = o.Metric.StartsWith("verolux_camera_") ? observations.FirstOrDefault(i => i.Metric == "verolux_camera_info" && i["site"] == o["site"] && i["camera"] == o["camera"]) : null
           select (o, (IReadOnlyDictionary<string, string>)o.Labels.Concat(info?.Labels ?? []).DistinctBy(l => l.Key).ToDictionary()),
    ];

    static IEnumerable<Observation> World(Random random)
    {
        foreach (var site in Sites)
        {
            yield return Of("verolux_site_load", random, ("site", site));
            yield return Of("verolux_disk_failure", random, ("site", site), ("path", "/"), ("reason", Reasons[random.Next(2)])) with { Value = 1 };
            foreach (var camera in Cameras.Where(_ => random.Next(4) > 0))
            {
                if (random.Next(4) > 0)
                    yield return Of("verolux_camera_up", random, ("site", site), ("camera", camera));
                if (random.Next(4) > 0)
                    yield return Of("verolux_camera_fps", random, ("site", site), ("camera", camera));
                if (random.Next(2) > 0)
                    yield return Of("verolux_camera_failure", random, ("site", site), ("camera", camera), ("reason", Reasons[random.Next(2)])) with { Value = 1 };
                if (random.Next(4) > 0)
                    yield return Of("verolux_camera_info", random, ("site", site), ("camera", camera), ("switch", Switches[random.Next(2)]));
            }
        }
    }

    static Observation Of(string metric, Random random, params IEnumerable<(string, string)> labels) =>
        new(metric, [.. labels.Select(l => KeyValuePair.Create(l.Item1, l.Item2))], random.Next(4), random.Next(3) == 0 ? null : random.Next(4));

    static string Text(Observation o) => string.Create(CultureInfo.InvariantCulture, $"{o.Metric}{{{string.Join(',', o.Labels.Select(l => $"{l.Key}={l.Value}"))}}} {o.Value} from {o.Before}");
}
