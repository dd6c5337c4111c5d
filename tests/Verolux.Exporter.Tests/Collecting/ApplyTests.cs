using NUnit.Framework;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Collecting;

/// <summary>What becomes of watches when the configuration changes.</summary>
[CancelAfter(60_000)]
public class ApplyTests
{
    const string Failures = """verolux_thing_failures_total{site="north",thing="a",reason="broken"}""";
    const string Up = """verolux_thing_up{site="north",thing="a"}""";

    sealed record Options(string Name, double Threshold = 1);

    static Watch Failing(string thing, object options) => Things.Watch(_ => Task.FromResult(Look.Failed(Things.Broken, "it is broken")), thing, options);

    static Watch Good(string thing, object options) =>
        Things.Watch(_ => Task.FromResult(new Look([Things.Of(Things.Value, 1, thing)])), thing, options, constants: Things.Of(Things.Threshold, 1, thing));

    [Test]
    public async Task What_is_removed_is_gone_from_the_next_scrape_and_looks_no_more()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(new Things(Good("a", "a"), Good("b", "b")));
        await engine.Time.TurnsAsync();
        await engine.PassAsync(7.5);
        await engine.ApplyAsync(new Things(Good("a", "a")));

        var page = await engine.ScrapeAsync();
        Assert.That(page.Series, Has.None.Contains("thing=\"b\""));
        Assert.That(page[Up], Is.EqualTo(1));
        Assert.That(page["""verolux_exporter_watches{site="north"}"""], Is.EqualTo(1));
        Assert.That(engine.Loop.Watches.Select(w => w.Watch.Target.Name), Is.EqualTo(new[] { "a" }));

        await engine.PassAsync(7.5);
        engine.Time.Advance(TimeSpan.FromSeconds(7.5));
        Assert.That(engine.Time.TurnsLeft, Is.Zero, "the removed one looked again");
        Assert.That((await engine.ScrapeAsync()).Series, Has.None.Contains("thing=\"b\""));
    }

    [Test]
    public async Task What_is_configured_as_before_goes_on_undisturbed()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(new Things(Failing("a", new Options("a"))));
        await engine.Time.TurnsAsync();
        await engine.PassAsync(15);
        var same = engine.Loop.Watches.Single();
        // A reload makes everything anew, with equal options.
        await engine.ApplyAsync(new Things(Good("a", new Options("a")), Good("b", new Options("b"))));

        var page = await engine.ScrapeAsync();
        Assert.That((page[Up], page[Failures]), Is.EqualTo((0d, 2d)));
        Assert.That(engine.Loop.Watches, Has.Member(same));
        await engine.Time.TurnsAsync();
        await engine.PassAsync(15, turns: 2);
        Assert.That((await engine.ScrapeAsync())[Failures], Is.EqualTo(3));
    }

    [Test]
    public async Task What_is_configured_otherwise_starts_anew()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(new Things(Failing("a", new Options("a"))));
        await engine.Time.TurnsAsync();
        await engine.ApplyAsync(new Things(Good("a", new Options("a", Threshold: 2))));
        Assert.That((await engine.ScrapeAsync())["""verolux_thing_value_threshold{site="north",thing="a"}"""], Is.EqualTo(1), "constants wait for no look");

        await engine.Time.TurnsAsync();
        var page = await engine.ScrapeAsync();
        Assert.That((page[Up], page[Failures]), Is.EqualTo((1d, (double?)null)));
    }

    [Test]
    public async Task Targets_of_one_name_at_two_sites_are_two()
    {
        await using var engine = new Engine();
        Watch At(string site) => new() { Target = new Target("a", site), Options = site, LookAsync = _ => Task.FromResult(new Look([])) };
        await engine.ApplyAsync(new Things(At("north"), At("south")));
        await engine.Time.TurnsAsync();
        await engine.PassAsync(7.5);

        Assert.That((await engine.ScrapeAsync()).Of("verolux_thing_up"), Is.EqualTo(new[] { 1d, 1d }));
    }

    [Test]
    public async Task After_the_end_nothing_is_published_and_nothing_looks()
    {
        var engine = new Engine();
        await engine.ApplyAsync(new Things(Good("a", "a")));
        await engine.Time.TurnsAsync();
        await engine.DisposeAsync();
        engine.Time.Advance(TimeSpan.FromSeconds(60));

        Assert.That(engine.Time.TurnsLeft, Is.Zero);
        Assert.That((await engine.ScrapeAsync()).Series, Has.None.StartsWith("verolux_thing"));
    }
}
