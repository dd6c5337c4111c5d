using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Collecting;

[CancelAfter(60_000)]
public class SeriesTests
{
    const string A = """verolux_thing_value{site="north",thing="a"}""";
    const string B = """verolux_thing_value{site="north",thing="b"}""";
    const string Events = """verolux_thing_events_total{site="north",thing="a"}""";
    Series series = null!;

    [SetUp]
    public void Open() => series = new Series("north");

    [TearDown]
    public void Close() => series.Dispose();

    [Test]
    public async Task What_is_published_replaces_what_was()
    {
        var publication = series.Open();
        await publication.ReplaceAsync([Things.Of(Things.Value, 1), Things.Of(Things.Value, 2, "b")]);
        await publication.ReplaceAsync([Things.Of(Things.Value, 3, "b")]);

        var page = await Exposition.OfAsync(series);
        Assert.That(page[A], Is.Null);
        Assert.That(page[B], Is.EqualTo(3));
    }

    [Test]
    public async Task Series_keep_their_values_in_whatever_order_they_come()
    {
        var publication = series.Open();
        await publication.ReplaceAsync([Things.Of(Things.Value, 1), Things.Of(Things.Value, 2, "b"), Things.Of(Things.Events, 5)]);
        await publication.ReplaceAsync([Things.Of(Things.Events, 7), Things.Of(Things.Value, 4, "b"), Things.Of(Things.Value, 3)]);

        var page = await Exposition.OfAsync(series);
        Assert.That((page[A], page[B], page[Events]), Is.EqualTo((3d, 4d, 7d)));
    }

    [Test]
    public async Task A_family_without_a_series_is_not_on_the_page()
    {
        var publication = series.Open();
        await publication.ReplaceAsync([Things.Of(Things.Value, 1)]);
        await publication.ReplaceAsync([]);

        Assert.That((await Exposition.OfAsync(series)).Series, Has.None.StartsWith("verolux_thing"));
    }

    [Test]
    public async Task A_counter_starts_at_0_rises_and_starts_again_when_its_source_did()
    {
        var publication = series.Open();
        foreach (var count in (double[])[0, 10, 10, 3, 4])
        {
            await publication.ReplaceAsync([Things.Of(Things.Events, count)]);
            Assert.That((await Exposition.OfAsync(series))[Events], Is.EqualTo(count));
        }
    }

    [Test]
    public async Task Not_a_number_is_not_published_and_takes_away_what_was()
    {
        var publication = series.Open();
        await publication.ReplaceAsync([Things.Of(Things.Value, 1), Things.Of(Things.Value, 2, "b")]);
        await publication.ReplaceAsync([Things.Of(Things.Value, double.NaN), Things.Of(Things.Value, double.PositiveInfinity, "b")]);

        var page = await Exposition.OfAsync(series);
        Assert.That(page[A], Is.Null);
        Assert.That(page[B], Is.EqualTo(double.PositiveInfinity));
    }

    [Test]
    public async Task Owners_replace_and_close_only_what_is_their_own()
    {
        var (one, other) = (series.Open(), series.Open());
        await one.ReplaceAsync([Things.Of(Things.Value, 1)]);
        await other.ReplaceAsync([Things.Of(Things.Value, 2, "b")]);
        await one.ReplaceAsync([]);
        Assert.That((await Exposition.OfAsync(series))[B], Is.EqualTo(2));

        await one.ReplaceAsync([Things.Of(Things.Value, 3)]);
        await other.CloseAsync();
        var page = await Exposition.OfAsync(series);
        Assert.That(page[A], Is.EqualTo(3));
        Assert.That(page[B], Is.Null);
    }

    [Test]
    public async Task What_is_closed_publishes_no_more()
    {
        var publication = series.Open();
        await publication.ReplaceAsync([Things.Of(Things.Value, 1)]);
        await publication.CloseAsync();
        await publication.ReplaceAsync([Things.Of(Things.Value, 2)]);

        Assert.That((await Exposition.OfAsync(series))[A], Is.Null);
    }

    [Test]
    public async Task Nothing_slips_in_while_it_is_being_closed()
    {
        await series.Open().ReplaceAsync([Things.Of(Things.Value, 1, "b")]);
        for (var round = 0; round < 500; round++)
        {
            var publication = series.Open();
            // Both wait at the gate behind a page that is being written, the closing first.
            using var page = new HeldPage();
            var writing = page.WriteAsync(series);
            var closing = publication.CloseAsync();
            var publishing = publication.ReplaceAsync([Things.Of(Things.Value, round)]);
            page.Release();
            await Task.WhenAll(writing, closing, publishing);

            Assert.That((await Exposition.OfAsync(series))[A], Is.Null, $"round {round}");
        }
    }

    [Test]
    public async Task A_hostile_label_value_stays_within_its_quotes()
    {
        await series.Open().ReplaceAsync([Things.Of(Things.Value, 1, "a\"} 9\nverolux_thing_value{site=\"x\\")]);

        Assert.That((await Exposition.OfAsync(series)).Of("verolux_thing_value"), Is.EqualTo(new[] { 1d }));
    }

    [Test]
    public async Task A_concurrent_scrape_sees_a_look_all_old_or_all_new(CancellationToken cancellationToken)
    {
        const int Rounds = 1500;
        var publication = series.Open();
        // Odd rounds have forty series and even ones twenty others; all of one round have the round's number as their value.
        static Sample[] Round(int round) => [.. Enumerable.Range(0, round % 2 == 1 ? 40 : 20).Select(i => Things.Of(Things.Value, round, $"{round % 2}-{i}"))];
        var publishing = Task.Run(
            async () =>
            {
                for (var round = 1; round <= Rounds; round++)
                    await publication.ReplaceAsync(Round(round));
            }, cancellationToken);
        var seen = new HashSet<double>();
        do
        {
            var values = (await Exposition.OfAsync(series)).Of("verolux_thing_value");
            if (values.Count == 0)
                continue;
            Assert.That(values, Is.All.EqualTo(values[0]), "two rounds on one page");
            Assert.That(values, Has.Count.EqualTo(values[0] % 2 == 1 ? 40 : 20));
            seen.Add(values[0]);
        }
        while (!publishing.IsCompleted);
        await publishing;
        Assert.That(seen, Has.Count.GreaterThan(1), "nothing was published while it was scraped");
    }
}
