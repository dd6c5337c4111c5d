using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>The queries of the runbooks, asked of a real Prometheus.</summary>
[CancelAfter(60_000)]
public partial class QueryTests
{
    EveryMetric everything = null!;

    /// <summary>Each line of a block is a query, and so is the second column of the table under Verification.</summary>
    internal static IReadOnlyList<(string File, string Query)> Queries { get; } =
    [
        .. CommandBlock.All.Where(b => b.Language == "promql").SelectMany(b => b.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (b.File, line))),
        .. CommandBlock.Files.SelectMany(f => TableQueries().Matches(File.ReadAllText(Path.Combine(RunbookFolder.Shipped, f))).Select(m => (f, m.Groups["query"].Value))),
    ];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        everything = await EveryMetric.StartAsync(deadline.Token);
    }

    [OneTimeTearDown]
    public ValueTask EndAsync() => everything.DisposeAsync();

    [TestCaseSource(typeof(CommandBlock), nameof(CommandBlock.Files))]
    public async Task Every_query_is_understood_and_can_be_joined(string file, CancellationToken cancellationToken)
    {
        var queries = Queries.Where(q => q.File == file).Select(q => q.Query).ToList();
        Assert.That(queries, file == "README.md" ? Is.Empty : Has.Count.GreaterThan(10));
        // Fails with what Prometheus says: a parse error, or that many match many.
        foreach (var query in queries)
            await everything.Prometheus.QueryAsync(query, cancellationToken);
    }

    [TestCaseSource(typeof(CommandBlock), nameof(CommandBlock.Files))]
    public async Task A_query_for_the_state_of_things_has_an_answer(string file, CancellationToken cancellationToken)
    {
        // One that compares has none where all is well.
        foreach (var query in Queries.Where(q => q.File == file && !Comparison().IsMatch(q.Query)).Select(q => Placeholders().Replace(q.Query, "gpu=\"gpu-1\"")))
            Assert.That(await everything.Prometheus.QueryAsync(query, cancellationToken), Is.Not.Empty, query);
    }

    [Test]
    public void Labels_are_those_of_the_metric()
    {
        foreach (var (file, query) in Queries)
        {
            foreach (Match selector in Selectors().Matches(query))
            {
                var metric = selector.Groups["metric"].Value;
                Assert.That(EveryMetric.Labels, Does.ContainKey(metric), $"{file}: {query}");
                Assert.That(LabelNames().Matches(selector.Groups["matchers"].Value).Select(m => m.Groups["name"].Value).Except(EveryMetric.Labels[metric]), Is.Empty, $"{file}: {query}");
            }
            var known = Selectors().Matches(query).SelectMany(s => EveryMetric.Labels[s.Groups["metric"].Value]).ToHashSet();
            Assert.That(Groupings().Matches(query).SelectMany(g => g.Groups["labels"].Value.Split(", ", StringSplitOptions.RemoveEmptyEntries)).Except(known), Is.Empty, $"{file}: {query}");
        }
    }

    [GeneratedRegex(@"(?m)^\| [^|]+ \| `(?<query>[^`]*verolux_[^`]*)` \| [^|\n]+ \|$")]
    private static partial Regex TableQueries();

    [GeneratedRegex(@"[<>]|[=!]=|=~|\boffset\b")]
    private static partial Regex Comparison();

    [GeneratedRegex("gpu=\"GPU-[0-9a-f-]+\"")]
    private static partial Regex Placeholders();

    [GeneratedRegex(@"(?<metric>verolux_\w+)(?:\{(?<matchers>[^}]*)\})?")]
    private static partial Regex Selectors();

    [GeneratedRegex("""(?<name>\w+)(?:=~|!~|!=|=)"[^"]*"?""")]
    private static partial Regex LabelNames();

    [GeneratedRegex(@"\b(?:by|on|ignoring|without|group_left|group_right) ?\((?<labels>[^)]*)\)")]
    private static partial Regex Groupings();
}
