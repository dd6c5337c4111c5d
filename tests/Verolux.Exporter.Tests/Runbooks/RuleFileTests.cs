using NUnit.Framework;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Runbooks;

public class RuleFileTests
{
    const string Rules = """
        # Above 0.5 * 0 + 0.5, for: 1m, [1h].
        groups:
          - name: g
            rules:
              - record: site:x:avg
                expr: avg by (site) (avg_over_time(x[2m])) * 0 + 5
              # for: 1m
              - alert: QueueBacklog   # of ours
                expr: |2
                    max by (q) (avg_over_time(verolux_rabbitmq_queue_messages[2m]))   # not [9m], not * 0 + 9
                  > on (q)
                    (
                        max by (q) (last_over_time(verolux_rabbitmq_queue_messages_threshold[15m]))
                      or on (q)
                        max by (q) (avg_over_time(verolux_rabbitmq_queue_messages[2m])) *0
                        + 1e3
                    )

                # keeps its place
                for: 5m   # as in the runbook
                keep_firing_for: "5m"
                labels:
                  severity: info
                annotations:
                  summary: 'for: 3m, severity: low'
                  description: '{{ query "vector(1) * 0 + 77" }}'
                  runbook_url: 'http://old/x'
                  dashboard_url: http://grafana/d/x

              - alert: Watchdog
                expr: vector(1)
                labels:
                  severity: none
                annotations:
                  runbook_url: old

        """;

    static readonly Uri Public = new("https://verolux.example/");

    static Runbook Runbook(string alert, params Threshold[] thresholds) =>
        new($"RUNBOOK_{alert.ToUpperInvariant()}", alert, alert, Severity.Critical, thresholds, null, [], new Symptoms([]), [], new DateOnly(2026, 11, 24), new DateOnly(2026, 11, 24), "SRE Team", [], "", "");

    static Threshold Threshold(string metric, double value, string waits = "10/7", Bound bound = Bound.Above) =>
        new(metric, bound, value, TimeSpan.FromMinutes(int.Parse(waits.Split('/')[0])), TimeSpan.FromMinutes(int.Parse(waits.Split('/')[1])));

    static readonly Runbook Backlog = Runbook("QueueBacklog", Threshold("verolux_rabbitmq_queue_messages", 12000));

    [Test]
    public void What_the_runbook_states_is_set_and_nothing_else_changes()
    {
        var expected = Rules
            .Replace("+ 1e3", "+ 12000")
            .Replace("* 0 + 77", "* 0 + 12000")
            .Replace("for: 5m   # as", "for: 10m   # as")
            .Replace("keep_firing_for: \"5m\"", "keep_firing_for: 7m")
            .Replace("severity: info", "severity: critical")
            .Replace("'http://old/x'", "https://verolux.example/runbooks/RUNBOOK_QUEUEBACKLOG")
            .Replace("runbook_url: old", "runbook_url: https://verolux.example/runbooks");

        Assert.That(RuleFile.Rewrite(Rules, [Backlog], Public, 1), Is.EqualTo(expected));
    }

    [Test]
    public void Writing_it_again_changes_nothing()
    {
        var once = RuleFile.Rewrite(Rules, [Backlog], Public, 1);

        Assert.That(RuleFile.Rewrite(once, [Backlog], Public, 1), Is.EqualTo(once));
    }

    [Test]
    public void Line_ends_stay_as_they_are()
    {
        var windows = Rules.ReplaceLineEndings("\r\n");

        Assert.That(RuleFile.Rewrite(windows, [Backlog], Public, 60), Is.EqualTo(RuleFile.Rewrite(Rules, [Backlog], Public, 60).ReplaceLineEndings("\r\n")));
    }

    [Test]
    public void The_shipped_file_says_what_its_runbook_says()
    {
        var shipped = File.ReadAllText(RepositoryRoot.Of("alert-rules", "storage.rules.yml"));
        var runbook = Runbook("StorageNearFull", Threshold("verolux_storage_used_ratio", 0.85, "10/10")) with { Name = "RUNBOOK_STORAGE_FULL", Severity = Severity.Warning };

        Assert.That(RuleFile.Rewrite(shipped, [runbook], new Uri("http://127.0.0.1:9877/"), 1), Is.EqualTo(shipped));
    }

    [TestCase("https://example.org/verolux", "https://example.org/verolux/runbooks/RUNBOOK_QUEUEBACKLOG")]
    [TestCase("https://example.org/verolux/", "https://example.org/verolux/runbooks/RUNBOOK_QUEUEBACKLOG")]
    public void A_public_address_may_have_a_path(string address, string page) =>
        Assert.That(RuleFile.Rewrite(Rules, [Backlog], new Uri(address), 1), Does.Contain($"runbook_url: {page}\n"));

    [Test]
    public void Each_number_is_that_of_the_metric_before_it_and_the_durations_those_of_the_first_metric()
    {
        const string Slow = """
                  - alert: SlowInference
                    expr: |2
                        a_fps < on (site) (a_fps_threshold or on (site) a_fps * 0 + 1)
                      or
                        b_fps < on (site) (b_fps_threshold or on (site) b_fps * 0 + 2)
                    for: 1m
                    keep_firing_for: 1m
                    labels:
                      severity: info
                    annotations:
                      runbook_url: x

            """;
        var runbook = Runbook("SlowInference", Threshold("b_fps", 16.5, "3/4", Bound.Below), Threshold("a_fps", 20, "15/5", Bound.Below));

        var written = RuleFile.Rewrite(Slow, [runbook], Public, 1);

        Assert.That(written, Does.Contain("a_fps * 0 + 20)").And.Contain("b_fps * 0 + 16.5)").And.Contain(" for: 15m\n").And.Contain("keep_firing_for: 5m\n"));
    }

    [Test]
    public void A_rule_over_another_exporters_metric_takes_the_first_threshold()
    {
        var foreign = Rules.Replace("verolux_rabbitmq_queue_messages", "rabbitmq_queue_messages");
        var runbook = Backlog with { Thresholds = [.. Backlog.Thresholds, Threshold("verolux_other", 3, "1/1")] };

        Assert.That(RuleFile.Rewrite(foreign, [runbook], Public, 1), Does.Contain("+ 12000\n").And.Contain("for: 10m "));
    }

    [Test]
    public void A_state_needs_no_number()
    {
        const string Down = """
              - alert: DatabaseDown
                expr: max by (site) (last_over_time(verolux_postgres_up[2m])) == 0
                for: 5m
                keep_firing_for: 5m
                labels:
                  severity: critical
                annotations:
                  runbook_url: x
            """;

        var written = RuleFile.Rewrite(Down, [Runbook("DatabaseDown", Threshold("verolux_postgres_up", 1, "1/2", Bound.Below))], Public, 1);

        Assert.That(written, Does.Contain("== 0\n").And.Contain(" for: 1m\n").And.EndsWith("runbook_url: https://verolux.example/runbooks/RUNBOOK_DATABASEDOWN"));
    }

    [TestCase("        for: 5m   # as in the runbook\n", "", "field `for` is missing")]
    [TestCase("        keep_firing_for: \"5m\"\n", "", "field `keep_firing_for` is missing")]
    [TestCase("keep_firing_for: \"5m\"", "keep_firing_for:   # to be set", "field `keep_firing_for` is missing")]
    [TestCase("          severity: info\n", "", "field `labels.severity` is missing")]
    [TestCase("        labels:\n          severity: info\n", "", "field `labels` is missing")]
    [TestCase("          runbook_url: 'http://old/x'\n", "", "field `annotations.runbook_url` is missing")]
    [TestCase("                + 1e3\n", "                + threshold\n", "no number behind `* 0 + ` in its field `expr`")]
    public void A_rule_without_a_field_that_is_to_be_set_is_refused_by_name(string old, string @new, string message)
    {
        var broken = Rules.Replace(old, @new);

        Assert.That(broken, Is.Not.EqualTo(Rules));
        Assert.That(() => RuleFile.Rewrite(broken, [Backlog], Public, 1), Throws.TypeOf<FormatException>().With.Message.EqualTo($"alert QueueBacklog: {message}"));
    }

    [Test]
    public void An_alert_without_a_runbook_needs_its_link_all_the_same() =>
        Assert.That(() => RuleFile.Rewrite(Rules.Replace("          runbook_url: old\n", ""), [], Public, 1),
            Throws.TypeOf<FormatException>().With.Message.EqualTo("alert Watchdog: field `annotations.runbook_url` is missing"));

    [TestCase("runbook: RUNBOOK_QUEUEBACKLOG")]
    [TestCase("runbook: 'RUNBOOK_QUEUEBACKLOG'   # by label")]
    public void An_alert_that_no_runbook_is_for_is_linked_to_the_one_that_its_label_names_and_keeps_everything_else(string label)
    {
        var blind = Rules.Replace("severity: none", $"severity: none\n          {label}");

        Assert.That(RuleFile.Rewrite(blind, [Backlog], Public, 1), Does.EndWith($"""
                expr: vector(1)
                labels:
                  severity: none
                  {label}
                annotations:
                  runbook_url: https://verolux.example/runbooks/RUNBOOK_QUEUEBACKLOG

        """));
    }

    [Test]
    public void It_has_that_runbook_s_numbers_and_its_own_durations()
    {
        var filling = Rules.Replace("alert: QueueBacklog", "alert: QueueFillingUp").Replace("          severity: info\n", "          severity: info\n          runbook: RUNBOOK_QUEUEBACKLOG\n");

        Assert.That(RuleFile.Rewrite(filling, [Backlog], Public, 1),
            Does.Contain("+ 12000\n").And.Contain("* 0 + 12000").And.Contain(" for: 5m   # as").And.Contain("keep_firing_for: \"5m\"").And.Contain("severity: info"));
        Assert.That(() => RuleFile.Rewrite(filling, [Backlog with { Thresholds = [] }], Public, 1),
            Throws.TypeOf<FormatException>().With.Message.EqualTo("alert QueueFillingUp: its runbook RUNBOOK_QUEUEBACKLOG states no threshold, so there is no number to set"));
    }

    [Test]
    public void A_label_that_names_no_runbook_is_refused() =>
        Assert.That(() => RuleFile.Rewrite(Rules.Replace("severity: none", "severity: none\n          runbook: RUNBOOK_NONE"), [Backlog], Public, 1),
            Throws.TypeOf<FormatException>().With.Message.EqualTo("alert Watchdog: there is no runbook RUNBOOK_NONE, which its field `labels.runbook` names"));

    [Test]
    public void A_runbook_without_a_threshold_is_refused() =>
        Assert.That(() => RuleFile.Rewrite(Rules, [Runbook("QueueBacklog")], Public, 1), Throws.TypeOf<FormatException>().With.Message.Contains("alert QueueBacklog"));

    [Test]
    public void A_fast_copy_divides_waits_and_windows_of_alerts_down_to_what_still_works()
    {
        var fast = RuleFile.Rewrite(Rules, [Backlog], Public, 60);

        Assert.That(fast, Does.Contain(" for: 10s   # as").And.Contain("keep_firing_for: 7s\n").And.Contain("queue_messages[5s]").And.Contain("threshold[15s]"));
        Assert.That(fast, Does.Contain("avg_over_time(x[2m])").And.Contain("# not [9m]").And.Contain("# for: 1m"), "recording rules and comments stay");
        Assert.That(RuleFile.Rewrite(Rules, [Backlog], Public, 10_000), Does.Contain(" for: 1s   # as").And.Contain("threshold[5s]"));
    }

    [Test]
    public void A_fast_copy_divides_the_waits_and_windows_of_alerts_without_a_runbook_too()
    {
        var fast = RuleFile.Rewrite(Rules.Replace("messages[2m]", "messages[1h:2m]"), [], Public, 4);

        Assert.That(fast, Does.Contain(" for: 1m15s   # as").And.Contain("keep_firing_for: 1m15s\n").And.Contain("queue_messages[15m:30s]").And.Contain("+ 1e3"));
    }

    [TestCase("storage")]
    [TestCase("cameras")]
    [TestCase("exporter")]
    public void A_fast_copy_of_a_shipped_file_is_a_rule_file(string name)
    {
        var folder = Directory.CreateTempSubdirectory("verolux-rules-");
        try
        {
            var file = Path.Combine(folder.FullName, "fast.rules.yml");
            File.WriteAllText(file, RuleFile.Rewrite(File.ReadAllText(RepositoryRoot.Of("alert-rules", $"{name}.rules.yml")), [], Public, 60));
            var (exitCode, output) = Command.Run("promtool", "check", "rules", "--lint=all", "--lint-fatal", file);
            Assert.That(exitCode, Is.Zero, output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public void Slower_than_in_production_is_refused() =>
        Assert.That(() => RuleFile.Rewrite(Rules, [Backlog], Public, 0.5), Throws.TypeOf<ArgumentOutOfRangeException>());
}
