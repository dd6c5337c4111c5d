using NUnit.Framework;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Collecting;

public class HistoryTests
{
    static readonly Family Kept = Family.Counter("kept_total", "Kept.", "thing");
    static readonly Family Other = Family.Gauge("other", "Other.", "thing");
    readonly Clock clock = new();

    [Test]
    public void A_series_that_was_never_seen_has_no_past() => Assert.That(new History(_ => true, clock).Before(Of(Kept, 1)), Is.Null);

    [Test]
    public void The_past_is_the_value_of_five_minutes_ago_or_the_oldest_there_is()
    {
        var history = new History(f => f == Kept, clock);
        history.Add([Of(Kept, 1), Of(Other, 9)]);
        clock.Advance(TimeSpan.FromMinutes(1));
        history.Add([Of(Kept, 4)]);
        Assert.That(history.Before(Of(Kept, 4)), Is.EqualTo(1), "a minute's history is all there is");
        Assert.That(history.Before(Of(Other, 9)), Is.Null, "nobody asked to keep it");

        clock.Advance(TimeSpan.FromMinutes(4));
        Assert.That(history.Before(Of(Kept, 4)), Is.EqualTo(1), "five minutes ago it was still 1");
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(history.Before(Of(Kept, 4)), Is.EqualTo(4), "five minutes ago it had just become 4");
    }

    [Test]
    public void Series_of_one_family_have_each_their_own_past_and_what_is_unknown_leaves_it_alone()
    {
        var history = new History(_ => true, clock);
        history.Add([Of(Kept, 1, "a"), Of(Kept, 7, "b")]);
        history.Add([Of(Kept, double.NaN, "a")]);
        Assert.That((history.Before(Of(Kept, 0, "a")), history.Before(Of(Kept, 0, "b"))), Is.EqualTo(((double?)1, (double?)7)));
    }

    static Sample Of(Family family, double value, string thing = "a") => new(family, ["north", thing], value);
}
