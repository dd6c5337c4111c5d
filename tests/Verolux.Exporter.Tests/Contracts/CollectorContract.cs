using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>What every collector keeps to. A new slice adds a line to <see cref="Subjects"/>.</summary>
[TestFixtureSource(nameof(Subjects))]
[CancelAfter(60_000)]
public class CollectorContract(Func<TimeProvider, CancellationToken, Task<object>> makeAsync)
{
    /// <summary>Names that belong to Prometheus and Kubernetes.</summary>
    static readonly string[] Reserved = ["service", "endpoint", "instance", "pod", "job"];

    Engine engine = null!;
    CollectorSubject subject = null!;

    public static IEnumerable<TestFixtureData> Subjects =>
    [
        Of("storage", StorageSubject.MakeAsync),
        Of("camera", CameraSubject.MakeAsync),
        Of("simulated camera", SimulatedCameraSubject.MakeAsync),
        Of("backend", BackendSubject.MakeAsync),
        Of("gpu", GpuSubject.OfCardAsync),
        Of("gpu driver", GpuSubject.OfDriverAsync),
        Of("redis", RedisSubject.MakeAsync),
        Of("postgres", PostgresSubject.MakeAsync),
        Of("rabbitmq", RabbitMqSubject.MakeAsync),
    ];

    ICollector Collector => subject.Collector;

    Watch Watch => subject.Watch;

    IReadOnlyList<Family> Health => new Health(Collector).Families;

    [SetUp]
    public async Task Make()
    {
        engine = new Engine();
        subject = (CollectorSubject)await makeAsync(engine.Time, TestContext.CurrentContext.CancellationToken);
    }

    [TearDown]
    public async Task Dispose()
    {
        await subject.DisposeAsync();
        await engine.DisposeAsync();
    }

    static TestFixtureData Of(string slice, Func<TimeProvider, CancellationToken, Task<CollectorSubject>> makeAsync)
    {
        Func<TimeProvider, CancellationToken, Task<object>> make = async (time, cancellationToken) => await makeAsync(time, cancellationToken);
        return new TestFixtureData(make).SetArgDisplayNames(slice);
    }

    [Test]
    public void Names_are_valid_and_nobody_elses()
    {
        Assert.That(Collector.Slice, Does.Match("^[a-z][a-z0-9]*$"));
        Assert.That(Collector.Reasons.Select(r => r.Name), Is.Unique.And.All.Match("^[a-z][a-z0-9_]*$"));
        Assert.That(Collector.Reasons.Intersect(FailureReason.OfEverySlice), Is.Empty, "these need no declaration");
        foreach (var family in Collector.Families.Concat(Health))
        {
            Assert.That(family.Name, Does.Match("^[a-z][a-z0-9_]*$"));
            Assert.That(family.Labels, Is.Unique.And.All.Match("^[a-z][a-z0-9_]*$").And.All.Not.AnyOf(Reserved), family.Name);
        }
    }

    [Test]
    public void Every_family_is_of_its_slice_has_a_help_and_names_the_target_behind_the_site()
    {
        Assert.That(Collector.Families.Select(f => f.Name), Is.Unique.And.Not.AnyOf(Health.Select(f => f.Name)));
        foreach (var family in Collector.Families)
        {
            Assert.That(subject.Prefixes.Any(p => family.Name.StartsWith(p)), Is.True, family.Name);
            Assert.That(family.Help, Does.Match("^[A-Z0-9].*[^ ]$"), family.Name);
            Assert.That(family.Labels.Take(2), Is.EqualTo(subject.OfTheSite.Contains(family.Name) ? ["site"] : new[] { "site", Collector.TargetLabel }), family.Name);
        }
    }

    [Test]
    public void Counters_end_in_total_and_nothing_else_does()
    {
        foreach (var family in Collector.Families.Concat(Health))
            Assert.That(family.Name.EndsWith("_total"), Is.EqualTo(family.Kind == FamilyKind.Counter), family.Name);
    }

    [Test]
    public async Task Every_sample_is_of_a_declared_family_and_of_its_target(CancellationToken cancellationToken)
    {
        await subject.AnswerAsync(cancellationToken);
        var good = await Watch.LookAsync(cancellationToken);
        await subject.FailAsync(cancellationToken);
        var bad = await Watch.LookAsync(cancellationToken);

        Assert.That(good.Failure, Is.Null);
        Assert.That(good.Samples, Is.Not.Empty);
        foreach (var sample in good.Samples.Concat(bad.Samples).Concat(Watch.Constants))
        {
            Assert.That(Collector.Families, Has.Member(sample.Family), sample.Family.Name);
            Assert.That(sample.Labels, Has.Length.EqualTo(sample.Family.Labels.Count), sample.Family.Name);
            Assert.That(sample.Labels.Take(2), Is.EqualTo(Watch.Target.Labels.Take(sample.Family.Labels.Count)), sample.Family.Name);
        }
    }

    [Test]
    public async Task A_failure_has_a_declared_reason_and_a_detail_for_people(CancellationToken cancellationToken)
    {
        await subject.FailAsync(cancellationToken);
        var failure = (await Watch.LookAsync(cancellationToken)).Failure;

        Assert.That(failure, Is.Not.Null);
        Assert.That(Collector.Reasons.Concat(FailureReason.OfEverySlice), Has.Member(failure!.Reason));
        Assert.That(failure.Reason, Is.Not.EqualTo(FailureReason.Internal));
        Assert.That(failure.Detail, Is.Not.Empty);
    }

    [Test]
    public async Task Constants_are_published_while_the_target_is_down(CancellationToken cancellationToken)
    {
        await subject.FailAsync(cancellationToken);
        await engine.ApplyAsync(Collector);
        await engine.Time.TurnsAsync();

        var page = await engine.ScrapeAsync();
        Assert.That(page.Of(subject.Up), Is.EqualTo(new[] { 0d }));
        foreach (var constant in Watch.Constants)
            Assert.That(page.Of(constant.Family.Name), Has.Member(constant.Value));
    }

    [Test]
    public async Task A_failed_look_withdraws_measurements_and_a_good_one_brings_them_back(CancellationToken cancellationToken)
    {
        await subject.AnswerAsync(cancellationToken);
        await engine.ApplyAsync(Collector);
        await engine.Time.TurnsAsync();
        var good = Names(await engine.ScrapeAsync());
        Assert.That(good, Has.Member($"verolux_{Collector.Slice}_last_success_timestamp_seconds"));

        await subject.FailAsync(cancellationToken);
        var says = (await Watch.LookAsync(cancellationToken)).Samples.Select(s => s.Family);
        await engine.PassAsync(Watch.Interval.TotalSeconds);
        var bad = Names(await engine.ScrapeAsync());
        var may = Collector.Families.Where(f => f.Kind != FamilyKind.Gauge).Concat(Watch.Constants.Select(c => c.Family)).Concat(says).Concat(Health).Select(f => f.Name);
        Assert.That(bad, Is.SubsetOf(may));
        Assert.That(bad, Is.SupersetOf(good.Intersect(Collector.Families.Where(f => f.Kind != FamilyKind.Gauge).Select(f => f.Name))), "counters and last events stay");

        await subject.AnswerAsync(cancellationToken);
        await engine.PassAsync(Watch.Interval.TotalSeconds);
        Assert.That(Names(await engine.ScrapeAsync()), Is.SupersetOf(good));
    }

    [Test]
    public async Task A_look_that_hangs_ends_as_a_timeout_and_the_target_is_looked_at_again(CancellationToken cancellationToken)
    {
        await subject.AnswerAsync(cancellationToken);
        await engine.ApplyAsync(Collector);
        await engine.Time.TurnsAsync();
        await subject.HangAsync(cancellationToken);
        engine.Time.Advance(Watch.Interval);
        await engine.PassAsync(Watch.Timeout.TotalSeconds);
        var hung = await engine.ScrapeAsync();
        Assert.That(hung.Series, Has.One.Match($"^verolux_{Collector.Slice}_failure{{.*reason=\"{subject.Hung}\""));
        Assert.That(hung.Of(subject.Up), Is.EqualTo(new[] { 0d }));

        await subject.AnswerAsync(cancellationToken);
        await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 0);
        await engine.PassAsync((Watch.Interval - Watch.Timeout).TotalSeconds);
        Assert.That((await engine.ScrapeAsync()).Of(subject.Up), Is.EqualTo(new[] { 1d }));
    }

    [Test]
    public async Task No_secret_shows(CancellationToken cancellationToken)
    {
        await subject.AnswerAsync(cancellationToken);
        await engine.ApplyAsync(Collector);
        await engine.Time.TurnsAsync();
        var shown = (await engine.ScrapeAsync()).Text;
        await subject.FailAsync(cancellationToken);
        await engine.PassAsync(Watch.Interval.TotalSeconds);
        shown += (await engine.ScrapeAsync()).Text + engine.Loop.Watches.Single(w => w.Watch.Target.Name == Watch.Target.Name && w.Watch.Check == Watch.Check).Newest?.Failure?.Detail + string.Concat(engine.Log.All);

        Assert.That(shown, Does.Contain(Watch.Target.Name));
        foreach (var secret in subject.Secrets)
            Assert.That(shown, Does.Not.Contain(secret));
    }

    HashSet<string> Names(Exposition page) => [.. page.Series.Select(Exposition.NameOf).Where(n => subject.Prefixes.Any(p => n.StartsWith(p)))];
}
