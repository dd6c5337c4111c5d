using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Collecting;

/// <summary>Faults of ours, and what is said about failures.</summary>
[CancelAfter(60_000)]
[NonParallelizable]
public class FaultTests
{
    const string Internal = """verolux_thing_failures_total{site="north",thing="a",reason="internal"}""";
    const string Password = "hunter2-correct-horse";

    static Look Throw() => throw new InvalidOperationException($"can't log in with {Password}", new ArgumentException(Password));

    static Func<Look> Failing(FailureReason reason, string detail = "it is broken") => () => Look.Failed(reason, detail);

    [Test]
    public async Task An_exception_is_internal_and_its_message_shows_nowhere()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(Throw));
        await engine.Time.TurnsAsync();

        var page = await engine.ScrapeAsync();
        Assert.That((page[Internal], page["""verolux_thing_up{site="north",thing="a"}"""]), Is.EqualTo((1d, 0d)));
        var detail = engine.Loop.Watches.Single().Newest?.Failure?.Detail;
        Assert.That(detail, Does.Contain("InvalidOperationException").And.Not.Contain(Password));
        Assert.That(page.Text, Does.Not.Contain(Password));
        Assert.That(engine.Log.All.Select(l => l.Text), Has.None.Contains(Password).And.Some.Contains(nameof(Throw)), "the trace says where it was");
        Assert.That(engine.HasStopped, Is.False);
    }

    [Test]
    public async Task A_fault_is_logged_once_until_it_is_another()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(Throw, Throw, Throw, () => throw new NotSupportedException(), () => Things.Good(), Throw));
        await engine.Time.TurnsAsync();
        foreach (var errors in (int[])[1, 1, 1, 2, 2, 3])
        {
            Assert.That(engine.Log.All.Count(l => l.Level == LogLevel.Error), Is.EqualTo(errors));
            await engine.PassAsync(15);
        }
    }

    [Test]
    public async Task A_reason_that_was_not_declared_is_internal()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(Failing(new FailureReason("undeclared"))));
        await engine.Time.TurnsAsync();

        var page = await engine.ScrapeAsync();
        Assert.That(page[Internal], Is.EqualTo(1));
        Assert.That(page.Text, Does.Not.Contain("undeclared"));
    }

    [Test]
    public async Task The_reasons_of_every_slice_need_no_declaration()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(Failing(FailureReason.Config)));
        await engine.Time.TurnsAsync();

        Assert.That((await engine.ScrapeAsync())["""verolux_thing_failure{site="north",thing="a",reason="config"}"""], Is.EqualTo(1));
    }

    [Test]
    public async Task The_log_has_one_line_for_each_change_of_state()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(
            () => Things.Good(), () => Things.Good(), Failing(Things.Broken), Failing(Things.Broken, "still broken"), Failing(Things.Gone), () => Things.Good(), () => Things.Good()));
        await engine.Time.TurnsAsync();
        for (var i = 0; i < 6; i++)
            await engine.PassAsync(15);

        Assert.That(engine.Log.All.Select(l => l.Text.TrimEnd()), Is.EqualTo(new[]
        {
            "thing a is down: broken (it is broken)",
            "thing a is down: gone (it is broken)",
            "thing a is up again",
        }));
    }

    // Written as escapes: some of these can't stand in the name of a test.
    [TestCase(@"a\nCritical: forged\r\nb")]
    [TestCase(@"a\u2028b\u2029c\u0085d\ve\ff")]
    [TestCase(@"\u202Eturned round\u2066\u200F")]
    [TestCase(@"\u001b[31mred\u0000")]
    public async Task A_hostile_detail_is_one_line_of_bounded_length(string escaped)
    {
        var detail = Regex.Unescape(escaped);
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(Failing(Things.Broken, detail + new string('x', 100_000))));
        await engine.Time.TurnsAsync();

        var line = engine.Log.Warnings.Single().TrimEnd();
        Assert.That(line, Does.StartWith("thing a is down: broken (").And.Not.Match(@"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]"));
        Assert.That(line, Has.Length.LessThan(600));
    }

    [Test]
    public async Task A_fault_of_the_engine_itself_ends_the_process()
    {
        await using var engine = new Engine();
        try
        {
            // A series with too few labels can't be published.
            await engine.ApplyAsync(Things.Giving(() => new Look([new Sample(Things.Value, ["north"], 1)])));
            await engine.Stopped;
            Assert.That(Environment.ExitCode, Is.EqualTo(1));
            Assert.That(engine.Log.All.Select(l => l.Level), Is.EqualTo(new[] { LogLevel.Critical }));
        }
        finally
        {
            Environment.ExitCode = 0;
        }
    }
}
