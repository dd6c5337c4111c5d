using NUnit.Framework;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Collecting;

public class LastHourTests
{
    static readonly DateTimeOffset Start = new(2026, 11, 24, 10, 0, 30, TimeSpan.Zero);
    static readonly Family Plotted = Family.Gauge("fps", "Plotted.", "thing");
    static readonly Family Other = Family.Gauge("other", "Not plotted.", "thing");

    [Test]
    public void A_minute_went_badly_where_one_look_of_it_did_and_has_the_least_value_of_it()
    {
        var hour = new LastHour(Plotted);
        hour.Add(Start, true, [Of(25), new Sample(Other, ["north", "a"], 1)]);
        hour.Add(Start.AddSeconds(10), false, []);
        hour.Add(Start.AddSeconds(20), true, [Of(12.5)]);
        hour.Add(Start.AddMinutes(1), true, [Of(25)]);
        Assert.That(Told(hour, Start.AddMinutes(1)), Is.EqualTo("58 Unseen, Badly 12.5, Well 25"));
    }

    [Test]
    public void What_is_more_than_an_hour_old_is_forgotten_whether_or_not_anything_has_come_since()
    {
        var hour = new LastHour(Plotted);
        hour.Add(Start, false, [Of(1)]);
        hour.Add(Start.AddMinutes(59), true, []);
        Assert.That(Told(hour, Start.AddMinutes(59)), Is.EqualTo("Badly 1, 58 Unseen, Well"));
        Assert.That(Told(hour, Start.AddMinutes(60)), Is.EqualTo("58 Unseen, Well, Unseen"));
        hour.Add(Start.AddMinutes(60), true, []);
        Assert.That(Told(hour, Start.AddMinutes(60)), Is.EqualTo("58 Unseen, 2 Well"));
        hour.Add(Start.AddDays(1), true, []);
        Assert.That(Told(hour, Start.AddDays(1)), Is.EqualTo("59 Unseen, Well"));
        Assert.That(Told(hour, Start.AddDays(2)), Is.EqualTo("60 Unseen"));
    }

    [Test]
    public void Nothing_is_known_before_the_first_look_and_no_value_where_none_is_plotted()
    {
        Assert.That(Told(new LastHour(Plotted), Start), Is.EqualTo("60 Unseen"));
        var hour = new LastHour(null);
        hour.Add(Start, true, [Of(25)]);
        Assert.That(Told(hour, Start), Is.EqualTo("59 Unseen, Well"));
    }

    [TestCase(-1, "58 Unseen, Well, Badly", TestName = "What_a_clock_that_is_set_back_a_minute_tells_again_stands_in_its_own_minute")]
    [TestCase(-90, "59 Unseen, Well", TestName = "A_clock_that_is_set_back_far_begins_anew")]
    public void A_clock_that_is_set_back_breaks_nothing(int minutes, string told)
    {
        var hour = new LastHour(null);
        hour.Add(Start, false, []);
        hour.Add(Start.AddMinutes(minutes), true, []);
        Assert.That(Told(hour, minutes < -60 ? Start.AddMinutes(minutes) : Start), Is.EqualTo(told));
    }

    [Test]
    public void While_a_clock_that_was_half_an_hour_ahead_catches_up_the_present_is_shown()
    {
        var hour = new LastHour(null);
        hour.Add(Start.AddMinutes(30), false, []);
        for (var minute = 0; minute < 30; minute++)
            hour.Add(Start.AddMinutes(minute), true, []);
        Assert.That(Told(hour, Start.AddMinutes(29)), Is.EqualTo("30 Unseen, 30 Well"));
        hour.Add(Start.AddMinutes(31), true, []);
        Assert.That(Told(hour, Start.AddMinutes(31)), Is.EqualTo("28 Unseen, 30 Well, Badly, Well"));
    }

    [Test]
    public void A_clock_that_begins_in_1970_breaks_nothing()
    {
        var hour = new LastHour(Plotted);
        Assert.That(Told(hour, DateTimeOffset.UnixEpoch), Is.EqualTo("60 Unseen"));
        hour.Count(DateTimeOffset.UnixEpoch, new int[LastHour.Minutes], new int[LastHour.Minutes]);
        hour.Add(Start, false, [Of(1)]);
        hour.Add(DateTimeOffset.UnixEpoch.AddMinutes(3), true, [Of(2)]);
        Assert.That(Told(hour, DateTimeOffset.UnixEpoch.AddMinutes(3)), Is.EqualTo("59 Unseen, Well 2"));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(1e9)]
    [TestCase(-1e300)]
    public void What_is_no_number_or_beyond_all_measure_hides_no_value(double value)
    {
        var hour = new LastHour(Plotted);
        hour.Add(Start, true, [Of(25)]);
        hour.Add(Start, true, [Of(value)]);
        hour.Add(Start.AddMinutes(1), true, [Of(value)]);
        Assert.That(Told(hour, Start.AddMinutes(1)), Is.EqualTo("58 Unseen, Well 25, Well"));
    }

    [Test]
    public async Task A_watch_keeps_the_hour_of_its_looks()
    {
        await using var engine = new Engine();
        var good = true;
        await engine.ApplyAsync(new Things(Things.Watch(_ => Task.FromResult(good ? Things.Good() : Look.Failed(FailureReason.Timeout, "late")), interval: 60)));
        var watched = engine.Loop.Watches.Single();
        await watched.LookNowAsync();
        good = false;
        engine.Time.Advance(TimeSpan.FromMinutes(1));
        await watched.LookNowAsync();
        Assert.That(Told(watched.LastHour, engine.Time.GetUtcNow()), Does.EndWith("Well, Badly"));
    }

    static Sample Of(double value) => new(Plotted, ["north", "a"], value);

    /// <summary>What is alike in one go.</summary>
    static string Told(LastHour hour, DateTimeOffset now)
    {
        var told = new List<(int Count, string Text)>();
        foreach (var minute in hour.Read(now))
        {
            var text = FormattableString.Invariant($"{minute.Went} {minute.Value}").TrimEnd();
            if (told.Count > 0 && told[^1].Text == text)
                told[^1] = (told[^1].Count + 1, text);
            else
                told.Add((1, text));
        }
        return string.Join(", ", told.Select(t => t.Count == 1 ? t.Text : $"{t.Count} {t.Text}"));
    }
}
