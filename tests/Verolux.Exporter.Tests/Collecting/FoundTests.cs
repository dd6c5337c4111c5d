using NUnit.Framework;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Collecting;

/// <summary>Targets that nobody configured, but that a look has come upon.</summary>
[CancelAfter(60_000)]
public class FoundTests
{
    readonly List<string> there = [];

    Things Finder(object options) => new(Things.Watch(_ => Task.FromResult(Things.Good() with { Found = [.. there.Select(Found)] }), "finder", options));

    static Watch Found(string thing) => Things.Watch(_ => Task.FromResult(new Look([Things.Of(Things.Value, 2, thing)])), thing);

    static string Up(string thing) => $$"""verolux_thing_up{site="north",thing="{{thing}}"}""";

    [SetUp]
    public void Nothing_is_there() => there.Clear();

    [Test]
    public async Task What_was_found_is_looked_at_by_itself_and_stays_when_it_is_found_no_more()
    {
        await using var engine = new Engine();
        there.Add("a");
        await engine.ApplyAsync(Finder(1));
        await engine.UntilAsync(page => page[Up("a")] == 1);

        there.Clear();
        there.Add("b");
        engine.Time.Advance(Watch.DefaultInterval);
        await engine.UntilAsync(page => page[Up("b")] == 1);
        Assert.That((await engine.ScrapeAsync())[Up("a")], Is.EqualTo(1));
        Assert.That(engine.Loop.Watches.Select(w => w.Watch.Target.Name), Is.EquivalentTo(new[] { "finder", "a", "b" }));
    }

    [Test]
    public async Task What_is_found_again_goes_on_undisturbed()
    {
        await using var engine = new Engine();
        there.Add("a");
        await engine.ApplyAsync(Finder(1));
        await engine.UntilAsync(page => page[Up("a")] == 1);
        var found = engine.Loop.Watches.Single(w => w.Watch.Target.Name == "a");
        await engine.Loop.Watches.Single(w => w.Watch.Target.Name == "finder").LookNowAsync();
        Assert.That(engine.Loop.Watches, Has.Member(found));

        // A reload that changes nothing knows nothing of it, either.
        await engine.ApplyAsync(Finder(1));
        Assert.That(engine.Loop.Watches, Has.Member(found));
        Assert.That((await engine.ScrapeAsync())[Up("a")], Is.EqualTo(1));
    }

    [Test]
    public async Task What_was_found_goes_with_the_watch_that_found_it()
    {
        await using var engine = new Engine();
        there.Add("a");
        await engine.ApplyAsync(Finder(1));
        await engine.UntilAsync(page => page[Up("a")] == 1);
        var finder = engine.Loop.Watches.Single(w => w.Watch.Target.Name == "finder");
        await engine.ApplyAsync(new Things());
        Assert.That(engine.Loop.Watches, Is.Empty);
        Assert.That((await engine.ScrapeAsync()).Series, Has.None.Contains("verolux_thing_"));

        // A look of its that was under way finds nobody to tell.
        await finder.FoundAsync([Found("b")]);
        Assert.That(engine.Loop.Watches, Is.Empty);
    }
}
