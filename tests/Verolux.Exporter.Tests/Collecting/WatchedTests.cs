using NUnit.Framework;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Collecting;

/// <summary>What a watch publishes of its looks.</summary>
[CancelAfter(60_000)]
public class WatchedTests
{
    const string Thing = """{site="north",thing="a"}""";
    const string Up = $"verolux_thing_up{Thing}";
    const string Value = $"verolux_thing_value{Thing}";
    const string Threshold = $"verolux_thing_value_threshold{Thing}";
    const string Events = $"verolux_thing_events_total{Thing}";
    const string Seen = $"verolux_thing_last_event_timestamp_seconds{Thing}";
    const string LastSuccess = $"verolux_thing_last_success_timestamp_seconds{Thing}";
    const string Duration = $"verolux_thing_probe_duration_seconds{Thing}";

    static string Failures(string reason) => $$"""verolux_thing_failures_total{site="north",thing="a",reason="{{reason}}"}""";

    static string Failure(string reason) => $$"""verolux_thing_failure{site="north",thing="a",reason="{{reason}}"}""";

    static Look Broken(params Sample[] samples) => new(samples, new Failure(Things.Broken, "it is broken"));

    [Test]
    public async Task What_holds_without_a_look_is_published_before_the_first_and_nothing_else()
    {
        await using var engine = new Engine();
        var first = Things.Watch(_ => new TaskCompletionSource<Look>().Task);
        var waiting = Things.Watch(_ => Task.FromResult(Things.Good()), "b", constants: [Things.Of(Things.Threshold, 0.9, "b"), Things.Of(Things.Events, 0, "b")]);
        await engine.ApplyAsync(new Things(first, waiting));

        Assert.That((await engine.ScrapeAsync()).Series.Where(s => s.Contains("\"b\"")), Is.EquivalentTo(new[]
        {
            """verolux_thing_value_threshold{site="north",thing="b"}""",
            """verolux_thing_events_total{site="north",thing="b"}""",
        }));
    }

    [Test]
    public async Task A_good_look_is_up_with_its_measurements_duration_and_time()
    {
        await using var engine = new Engine();
        var answer = new TaskCompletionSource<Look>();
        await engine.ApplyAsync(new Things(Things.Watch(_ => answer.Task)));
        engine.Time.Advance(TimeSpan.FromSeconds(2));
        answer.SetResult(Things.Good(0.5));
        await engine.Time.TurnsAsync();

        var page = await engine.ScrapeAsync();
        Assert.That((page[Up], page[Value], page[Duration]), Is.EqualTo((1d, 0.5, 2d)));
        Assert.That(page[LastSuccess], Is.EqualTo(engine.Time.GetUtcNow().ToUnixTimeSeconds()));
        Assert.That(page.Series, Has.None.Contains("verolux_thing_fail"), "a reason has a series from its first occurrence on");
        Assert.That(engine.Loop.Watches.Single().Newest?.At, Is.EqualTo(engine.Time.GetUtcNow()));
    }

    [Test]
    public async Task A_failed_look_withdraws_measurements_and_publishes_what_describes_the_failure()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(() => Things.Good(), () => Broken(Things.Of(Things.Status, 503)), () => Things.Good(2)));
        await engine.Time.TurnsAsync();
        var success = engine.Time.GetUtcNow().ToUnixTimeSeconds();

        await engine.PassAsync(15);
        var failed = await engine.ScrapeAsync();
        Assert.That((failed[Up], failed[Value], failed[$"verolux_thing_status_code{Thing}"]), Is.EqualTo((0d, (double?)null, 503d)));
        Assert.That((failed[Failures("broken")], failed[Failure("broken")]), Is.EqualTo((1d, 1d)));
        Assert.That(failed[LastSuccess], Is.EqualTo(success));

        await engine.PassAsync(15);
        var good = await engine.ScrapeAsync();
        Assert.That((good[Up], good[Value], good[$"verolux_thing_status_code{Thing}"]), Is.EqualTo((1d, 2d, (double?)null)));
        Assert.That((good[Failures("broken")], good[Failure("broken")]), Is.EqualTo((1d, (double?)null)), "the count stays, the state does not");
    }

    [Test]
    public async Task Counters_and_last_events_outlive_looks_that_do_not_mention_them()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(
            () => new Look([Things.Of(Things.Events, 7), Things.Of(Things.Seen, 1000)]),
            () => Broken(),
            () => new Look([Things.Of(Things.Events, double.NaN)]),
            () => new Look([Things.Of(Things.Events, 8)])));
        await engine.Time.TurnsAsync();
        foreach (var events in (double[])[7, 7, 8])
        {
            await engine.PassAsync(15);
            var page = await engine.ScrapeAsync();
            Assert.That((page[Events], page[Seen]), Is.EqualTo((events, 1000d)));
        }
    }

    [Test]
    public async Task Each_reason_is_counted_for_itself_and_only_the_newest_is_the_state()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(() => Broken(), () => Broken(), () => Look.Failed(Things.Gone, "it is gone")));
        await engine.Time.TurnsAsync();
        await engine.PassAsync(15);
        await engine.PassAsync(15);

        var page = await engine.ScrapeAsync();
        Assert.That((page[Failures("broken")], page[Failures("gone")]), Is.EqualTo((2d, 1d)));
        Assert.That((page[Failure("broken")], page[Failure("gone")]), Is.EqualTo(((double?)null, 1d)));
    }

    [Test]
    public async Task Constants_stay_while_the_target_is_down_and_give_way_to_what_a_look_says()
    {
        await using var engine = new Engine();
        var looks = new Queue<Look>([Broken(), new Look([Things.Of(Things.Threshold, 0.7), Things.Of(Things.Events, 4)]), Broken()]);
        await engine.ApplyAsync(new Things(Things.Watch(_ => Task.FromResult(looks.Dequeue()), constants: [Things.Of(Things.Threshold, 0.9), Things.Of(Things.Events, 0)])));
        await engine.Time.TurnsAsync();
        var down = await engine.ScrapeAsync();
        Assert.That((down[Threshold], down[Events]), Is.EqualTo((0.9, 0d)));

        await engine.PassAsync(15);
        var said = await engine.ScrapeAsync();
        Assert.That((said[Threshold], said[Events]), Is.EqualTo((0.7, 4d)));

        await engine.PassAsync(15);
        var again = await engine.ScrapeAsync();
        Assert.That((again[Threshold], again[Events]), Is.EqualTo((0.9, 4d)), "a counter does not fall back to where it began");
    }

    [Test]
    public async Task Only_the_watch_that_decides_says_whether_the_target_is_up()
    {
        await using var engine = new Engine();
        var deep = new Watch { Target = new Target("a", "north"), Options = "deep", DecidesUp = false, LookAsync = _ => Task.FromResult(Broken()) };
        await engine.ApplyAsync(new Things(deep));
        await engine.Time.TurnsAsync();

        var page = await engine.ScrapeAsync();
        Assert.That((page[Up], page[Failure("broken")]), Is.EqualTo(((double?)null, 1d)));
    }

    [Test]
    public async Task A_look_that_is_whole_takes_away_what_it_does_not_mention_and_a_failed_one_does_not()
    {
        await using var engine = new Engine();
        Look Whole(params Sample[] samples) => new(samples) { IsWhole = true };
        await engine.ApplyAsync(Things.Giving(
            () => Whole(Things.Of(Things.Events, 3), Things.Of(Things.Seen, 100), Things.Of(Things.Limit, 7)), () => Broken(), () => Whole(Things.Of(Things.Seen, 200))));
        await engine.Time.TurnsAsync();
        await engine.PassAsync(15);
        var failed = await engine.ScrapeAsync();
        Assert.That((failed[Events], failed[Seen], failed[$"verolux_thing_limit{Thing}"]), Is.EqualTo((3d, 100d, 7d)));

        await engine.PassAsync(15);
        var page = await engine.ScrapeAsync();
        Assert.That((page[Events], page[Seen], page[$"verolux_thing_limit{Thing}"]), Is.EqualTo(((double?)null, 200d, (double?)null)));
    }
}
