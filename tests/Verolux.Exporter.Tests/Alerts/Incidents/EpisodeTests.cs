using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>
/// Histories of one series, each word of them an alert: <c>+w</c> a warning that fires, <c>-w</c> its resolve, <c>c</c> for critical; <c>@N</c> its start and
/// <c>?w</c> an end that is not believed yet and <c>*w</c> what was looked up and fires; <c>/N</c> its end, by the sender's clock, and <c>N:</c> before it when it is heard, by ours. All in seconds.
/// </summary>
public class EpisodeTests
{
    static readonly DateTimeOffset Zero = new(2026, 11, 24, 10, 0, 0, TimeSpan.Zero);

    [TestCase("0:+w@0", "Opened")]
    [TestCase("0:+w@0 30:+w@0 60:+w@0", "Opened Updated Updated", Description = "repeats")]
    [TestCase("0:+w@0 30:+w@-60 60:+w@20", "Opened Updated Updated", Description = "the start moves either way")]
    [TestCase("0:+w@0 60:-w@0/50", "Opened Resolved")]
    [TestCase("0:+w@0 60:-w@0/50 61:-w@0/50 9000:-w@0/50", "Opened Resolved Duplicate Duplicate")]
    [TestCase("60:-w@0/50", "Missed")]
    [TestCase("60:-w@0/50 61:-w@0/50", "Missed Duplicate")]
    [TestCase("60:-w@0/50 61:+w@0", "Missed Stale", Description = "the resolve overtook the firing")]
    [TestCase("60:-w@0/50 9000:-w@8000/8100", "Missed Missed", Description = "another one of the series")]
    [TestCase("0:+w@0 60:-w@0/50 180:+w@0", "Opened Resolved Stale", Description = "an old firing after the resolve")]
    [TestCase("0:+w@0 60:-w@0/50 181:+w@0", "Opened Resolved Reopened", Description = "whatever still says so after two minutes is believed")]
    [TestCase("0:+w@0 60:-w@0/50 61:+w@51", "Opened Resolved Reopened", Description = "one that began after the end")]
    [TestCase("0:+w@0 60:-w@0/50 360:+w@350", "Opened Resolved Reopened")]
    [TestCase("0:+w@0 60:-w@0/50 361:+w@350", "Opened Resolved Opened")]
    [TestCase("0:+w@0 60:-w@0/50 100:+w@90 140:-w@90/130 141:-w@90/130", "Opened Resolved Reopened Resolved Duplicate")]
    [TestCase("0:+w@0 60:-w@0/50 100:+w@90 110:-w@0/50", "Opened Resolved Reopened Duplicate", Description = "the resolve of the first time, told again")]
    [TestCase("100:+w@90 110:-w@0/50", "Opened Duplicate", Description = "a resolve that is older than what fires")]
    [TestCase("0:+w@0 30:+w@20 60:-w@0/10", "Opened Updated Duplicate")]
    [TestCase("0:+w@0 30:+c@20 60:-c@20/50 90:-w@0/80", "Opened Updated Updated Resolved")]
    [TestCase("0:+w@0 30:+c@20 60:-w@0/50 90:-c@20/80", "Opened Updated Updated Resolved")]
    [TestCase("0:+w@0 30:+c@20 60:-w@0/50 61:-w@0/50 62:+w@0", "Opened Updated Updated Duplicate Stale")]
    [TestCase("0:+w@0 30:+c@20 60:-w@0/50 200:+w@190 210:-c@20/205", "Opened Updated Updated Updated Updated", Description = "the lower one fires again and goes on")]
    [TestCase("0:+w@0 30:-c@10/20", "Opened Updated", Description = "the end of a severity that was never heard of")]
    [TestCase("0:+w@600 30:+w@600 60:-w@600/650 61:-w@600/650", "Opened Updated Resolved Duplicate", Description = "our clock is ten minutes behind")]
    [TestCase("600:+w@0 630:+w@0 660:-w@0/50 661:-w@0/50", "Opened Updated Resolved Duplicate", Description = "our clock is ten minutes ahead")]
    [TestCase("0:+w@0 60:?w@0/50", "Opened Resolving")]
    [TestCase("0:+w@0 60:?w@0/50 61:?w@0/50", "Opened Resolving Duplicate")]
    [TestCase("0:+w@0 60:?w@0/50 61:+w@0", "Opened Resolving Stale", Description = "a slower Alertmanager repeats what was")]
    [TestCase("0:+w@0 60:?w@0/50 61:*w@0", "Opened Resolving Resumed", Description = "what is looked up is no late word")]
    [TestCase("0:+w@0 60:?w@0/50 9000:+w@8900", "Opened Resolving Resumed", Description = "however late: it never ended")]
    [TestCase("0:+w@0 60:?w@0/50 70:?w@60/65", "Opened Resolving Updated", Description = "it fired and ended once more, unheard")]
    [TestCase("0:+w@0 30:+c@20 60:?w@0/50 90:?c@20/80", "Opened Updated Updated Resolving")]
    [TestCase("0:+w@0 60:-w@0/50 61:*w@0", "Opened Resolved Reopened", Description = "closed too early")]
    public void What_is_heard_of_a_series_does_this(string history, string effects)
    {
        var episode = Episode.None;
        var done = new List<Effect>();
        foreach (var heard in history.Split(' ').Select(Read))
        {
            (var effect, episode) = episode.Hear(heard);
            done.Add(effect);
        }
        Assert.That(string.Join(' ', done), Is.EqualTo(effects));
    }

    [TestCase("0:+w@0", Word.Proven, null)]
    [TestCase("0:+w@0", Word.Gone, "Resolved")]
    [TestCase("0:+w@0", Word.Overdue, null)]
    [TestCase("0:+w@0", Word.Closed, "Resolved")]
    [TestCase("0:+w@0 60:?w@0/50", Word.Proven, "Resolved")]
    [TestCase("0:+w@0 60:?w@0/50", Word.Gone, "Resolved")]
    [TestCase("0:+w@0 60:?w@0/50", Word.Overdue, "Unverified")]
    [TestCase("0:+w@0 60:?w@0/50", Word.Closed, "Resolved")]
    [TestCase("0:+w@0 60:-w@0/50", Word.Proven, null)]
    [TestCase("0:+w@0 60:-w@0/50", Word.Gone, null)]
    [TestCase("0:+w@0 60:-w@0/50", Word.Overdue, null)]
    [TestCase("0:+w@0 60:-w@0/50", Word.Closed, null)]
    [TestCase("60:-w@0/50", Word.Closed, null)]
    public void What_no_alert_says_moves_it_so(string history, object word, string? to)
    {
        var episode = history.Split(' ').Select(Read).Aggregate(Episode.None, (before, heard) => before.Hear(heard).Episode);
        Assert.That(episode.Hear((Word)word, Zero.AddSeconds(700), Zero.AddSeconds(700))?.Episode.State?.ToString(), Is.EqualTo(to));
    }

    [TestCase(Word.Proven)]
    [TestCase(Word.Gone)]
    [TestCase(Word.Closed)]
    public void What_could_not_be_verified_ends_by_proof_by_absence_or_by_hand_and_keeps_its_own_end(object word)
    {
        var unverified = new[] { "0:+w@0", "60:?w@0/50" }.Select(Read).Aggregate(Episode.None, (before, heard) => before.Hear(heard).Episode).Hear(Word.Overdue, Zero.AddSeconds(700), Zero.AddSeconds(700))!.Value.Episode;
        Assert.That((unverified.State, unverified.IsOpen), Is.EqualTo((IncidentState.Unverified, true)));
        var over = unverified.Hear((Word)word, Zero.AddSeconds(900), Zero.AddSeconds(900))!.Value.Episode;
        Assert.That((over.State, over.EndsAt, over.EndHeardAt), Is.EqualTo((IncidentState.Resolved, Zero.AddSeconds(50), Zero.AddSeconds(900))));
        Assert.That(over.Hear(Read("950:+w@940")).Effect, Is.EqualTo(Effect.Reopened), "five minutes count from when it was closed");
    }

    [TestCase("0:+w@0", "warning")]
    [TestCase("0:+w@0 30:+c@20", "critical")]
    [TestCase("0:+w@0 30:+c@20 60:-c@20/50", "warning", Description = "the highest that fires")]
    [TestCase("0:+w@0 30:+c@20 60:-c@20/50 90:-w@0/80", "critical", Description = "of what is over the highest there was")]
    public void Its_severity_is_the_highest_one(string history, string severity) =>
        Assert.That(history.Split(' ').Select(Read).Aggregate(Episode.None, (episode, heard) => episode.Hear(heard).Episode).Severity.Label(), Is.EqualTo(severity));

    [Test]
    public void The_start_is_the_earliest_and_the_latest_start_is_kept()
    {
        var signal = new[] { "0:+w@0", "30:+w@-60", "60:+w@20" }.Select(Read).Aggregate(Episode.None, (episode, heard) => episode.Hear(heard).Episode).Signals.Single();
        Assert.That((signal.StartsAt, signal.LatestStart), Is.EqualTo((Zero.AddSeconds(-60), Zero.AddSeconds(20))));
    }

    [Test]
    public void Ended_by_hand_it_is_over_and_a_repeat_right_after_opens_nothing()
    {
        var episode = Episode.None.Hear(Read("0:+w@0")).Episode.Hear(Word.Closed, Zero.AddSeconds(100), Zero.AddSeconds(100))!.Value.Episode;
        Assert.That((episode.IsOpen, episode.EndsAt), Is.EqualTo((false, Zero.AddSeconds(100))));
        Assert.That(episode.Hear(Read("130:+w@0")).Effect, Is.EqualTo(Effect.Stale));
        Assert.That(episode.Hear(Read("230:+w@0")).Effect, Is.EqualTo(Effect.Reopened));
        Assert.That(episode.Hear(Read("110:-w@0/105")).Effect, Is.EqualTo(Effect.Duplicate));
    }

    [Test]
    public void However_many_severities_a_series_has_it_keeps_64_and_ends_with_the_last_it_knows()
    {
        var episode = Episode.None;
        for (var i = 0; i < 1000; i++)
            episode = episode.Hear(Firing($"{i}", i)).Episode;
        Assert.That(episode.Signals, Has.Length.EqualTo(Episode.MostSignals));
        for (var i = 0; i < 1000; i++)
            episode = episode.Hear(Firing($"{i}", 0) with { Fires = false, EndsAt = Zero.AddSeconds(2000), At = Zero.AddSeconds(2000), Sure = true }).Episode;
        Assert.That(episode.IsOpen, Is.False);
    }

    /// <summary>Whatever comes in whatever order: nothing is open whose last word is over, and nothing opens twice.</summary>
    [Test]
    public void No_history_of_words_leaves_a_ghost([Range(1, 200)] int seed)
    {
        var random = new Random(seed);
        var (start, end) = (random.Next(100), 100 + random.Next(100));
        var words = Enumerable.Repeat($"+w@{start}", random.Next(1, 5)).Concat(Enumerable.Repeat($"-w@{start}/{end}", random.Next(1, 5))).ToArray();
        random.Shuffle(words);
        var (episode, opened, at) = (Episode.None, 0, 200);
        foreach (var word in words)
        {
            at += random.Next(5);
            (var effect, episode) = episode.Hear(Read($"{at}:{word}"));
            opened += effect is Effect.Opened or Effect.Missed or Effect.Reopened ? 1 : 0;
        }
        Assert.That((episode.IsOpen, opened), Is.EqualTo((false, 1)), string.Join(' ', words));
    }

    static Heard Firing(string key, int at) => new(key, Severity.Warning, true, Zero.AddSeconds(at), Zero, Zero.AddSeconds(at));

    static Heard Read(string word)
    {
        var (at, rest) = Split(word, ':');
        var (what, times) = Split(rest, '@');
        var (start, end) = Split(times + "/", '/');
        var severity = what[1] == 'c' ? Severity.Critical : Severity.Warning;
        return new Heard(severity.Label(), severity, what[0] is '+' or '*', Zero.AddSeconds(int.Parse(start)), Zero.AddSeconds(end.TrimEnd('/') is { Length: > 0 } over ? int.Parse(over) : 0), Zero.AddSeconds(int.Parse(at)), Sure: what[0] is '-' or '*');
    }

    static (string Before, string After) Split(string text, char at) => (text[..text.IndexOf(at)], text[(text.IndexOf(at) + 1)..]);
}
