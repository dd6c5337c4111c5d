using NUnit.Framework;
using Verolux.Exporter.Commands;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

/// <summary>What people are told of what is watched, and of what waits for a target.</summary>
public class SlicesTests
{
    static IEnumerable<int> All => Enumerable.Range(0, Of("").Count);

    [TestCaseSource(nameof(All))]
    public void The_lines_that_are_told_add_a_target(int slice)
    {
        var before = Of("gpu: { enabled: false }")[slice];
        Assert.That(before.Targets, Is.Zero);
        Assert.That(Of(before.Example)[slice].Targets, Is.EqualTo(1), before.Example);
    }

    [Test]
    public void Every_collector_is_told_of()
    {
        using var folder = new TemporaryFolder();
        var configured = Load(folder, string.Join('\n', Of("").Select(s => s.Example)));
        Assert.That(Slice.Of(configured), Has.Count.EqualTo(typeof(Slice).Assembly.GetTypes().Count(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(Exporter.Collecting.ICollector)))));
        Assert.That(Slice.Watched(configured), Is.EqualTo("1 camera(s), 1 storage path(s), 1 GPU driver(s), 1 PostgreSQL server(s), 1 Redis server(s), 1 RabbitMQ broker(s), 1 back-end service(s)"));
    }

    [Test]
    public void Nothing_is_told_of_as_nothing() => Assert.That(Slice.Of(Load("gpu: { enabled: false }")).Sum(s => s.Targets), Is.Zero);

    static IReadOnlyList<Slice> Of(string yaml) => Slice.Of(Load(yaml));

    static ExporterOptions Load(string yaml)
    {
        using var folder = new TemporaryFolder();
        return Load(folder, yaml);
    }

    static ExporterOptions Load(TemporaryFolder folder, string yaml)
    {
        var options = ExporterOptions.Load(folder.Write("verolux.yml", $"runbooks: {{ path: {RepositoryRoot.Of("runbooks")} }}\n{yaml}\n"), TimeProvider.System);
        Assert.That(options.Problems, Is.Empty);
        return options;
    }
}
