using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

public class WeighingTests
{
    const string Alert = "alertname=CameraOffline,severity=critical,site=north,camera=a";

    [TestCase("verolux_camera_up{site=north,camera=a} 0", nameof(Answer.Yes))]
    [TestCase("verolux_camera_up{site=north,camera=b} 0", nameof(Answer.Unknown), Description = "a neighbour")]
    [TestCase("verolux_camera_up{site=south,camera=a} 0", nameof(Answer.Unknown), Description = "the same id at another site")]
    [TestCase("verolux_camera_up{camera=a} 0", nameof(Answer.Yes), Description = "without the site")]
    [TestCase("verolux_camera_up{site=north} 0", nameof(Answer.Yes), Description = "of the whole site")]
    [TestCase("verolux_camera_up{site=north,camera=a,depth=sample} 0", nameof(Answer.Yes), Description = "with a label that the alert lacks")]
    [TestCase("verolux_camera_up{site=north,camera=a} NaN", nameof(Answer.Unknown))]
    public void An_observation_counts_if_the_labels_it_shares_with_the_alert_are_equal(string observation, string answer) =>
        Assert.That(Seen.Answer("verolux_camera_up == 0", Seen.By(Alert, observation)).ToString(), Is.EqualTo(answer));

    [TestCase("kind=redis,server=main", "verolux_redis_up{site=north,server=main} 0", nameof(Answer.Yes))]
    [TestCase("kind=postgres,server=main", "verolux_redis_up{site=north,server=main} 0", nameof(Answer.Unknown), Description = "another server of the same name")]
    [TestCase("kind=postgres", "verolux_redis_up{site=north,server=main} 0", nameof(Answer.Yes), Description = "not named by the alert")]
    [TestCase("server=main", "verolux_redis_up{site=north,server=main} 0", nameof(Answer.Yes), Description = "no kind")]
    [TestCase("kind=postgres,server=main", "verolux_redis_up{site=north,server=other} 0", nameof(Answer.Unknown))]
    public void Where_the_alert_says_its_kind_what_has_the_same_name_and_is_of_another_does_not_count(string alert, string observation, string answer)
    {
        var evidence = Seen.By($"site=north,{alert}", observation);
        Assert.That(Seen.Answer("verolux_redis_up == 0", evidence).ToString(), Is.EqualTo(answer));
        Assert.That(Seen.Answer("count(server, verolux_redis_up == 0) = 1", evidence), Is.EqualTo(Answer.Yes), "neighbours are of any kind");
    }

    [TestCase("kind=redis,server=main", nameof(Answer.Yes))]
    [TestCase("kind=postgres,server=main", nameof(Answer.Unknown))]
    [TestCase("kind=redis", nameof(Answer.Yes))]
    [TestCase("server=main", nameof(Answer.Yes))]
    public void A_reason_is_that_of_a_target_of_the_alerts_kind(string alert, string answer) =>
        Assert.That(Seen.Answer("reason = auth", Seen.By($"site=north,{alert}", "verolux_redis_failure{site=north,server=main,reason=auth} 1")).ToString(), Is.EqualTo(answer));

    [Test]
    public void A_label_without_a_value_is_none()
    {
        var evidence = Seen.By("site=north,gpu=a", "verolux_gpu_driver_up{site=north,gpu=} 0", "verolux_gpu_failure{site=north,gpu=,reason=no_driver} 1");
        Assert.That(Seen.Answer("verolux_gpu_driver_up == 0", evidence), Is.EqualTo(Answer.Yes));
        Assert.That(Seen.Answer("reason = no_driver", evidence), Is.EqualTo(Answer.Unknown), "it does not name the alert's target");
    }

    [Test]
    public void A_metric_is_compared_with_so_many_times_another()
    {
        var evidence = Seen.By("site=north", "used{gpu=a} 94", "size{gpu=a} 100", "used{gpu=b} 96", "size{gpu=b} 200", "used{gpu=c} 1");
        Assert.That(Seen.Answer("used > 0.95 * size", evidence), Is.EqualTo(Answer.No));
        Assert.That(Seen.Answer("used > 0.93*size", evidence), Is.EqualTo(Answer.Yes));
        Assert.That(Seen.Answer("used < 0.5 * count(gpu, size > 0)", evidence), Is.EqualTo(Answer.No));
        Assert.That(Seen.Answer("used > 2 * absent", evidence), Is.EqualTo(Answer.Unknown));
    }

    [Test]
    public void A_comparison_holds_if_any_sample_satisfies_it()
    {
        var evidence = Seen.By("site=north", "q{site=north,queue=default} 3", "q{site=north,queue=heavy} 30", "q{site=south,queue=heavy} 300");
        Assert.That(Seen.Answer("q > 20", evidence), Is.EqualTo(Answer.Yes));
        Assert.That(Seen.Answer("q > 200", evidence), Is.EqualTo(Answer.No));
        Assert.That(Seen.Answer("""q{queue="default"} > 20""", evidence), Is.EqualTo(Answer.No));
    }

    [Test]
    public void Two_metrics_are_compared_where_they_are_about_the_same_thing()
    {
        var evidence = Seen.By("site=north", "fps{camera=a} 25", "fps{camera=b} 12", "expected{camera=a} 25", "expected{camera=b} 10", "expected{camera=c} 99", "limit 20");
        Assert.That(Seen.Answer("fps < expected", evidence), Is.EqualTo(Answer.No));
        Assert.That(Seen.Answer("fps < limit", evidence), Is.EqualTo(Answer.Yes), "nothing in common is no difference");
        Assert.That(Seen.Answer("""fps{camera="a"} < expected{camera="b"}""", evidence), Is.EqualTo(Answer.Unknown));
    }

    [Test]
    public void Age_is_counted_from_a_timestamp_and_rise_over_five_minutes()
    {
        var evidence = Seen.By(Alert, "t{camera=a} 999400", "c{camera=a} 7 from 4", "d{camera=a} 7");
        Assert.That(Seen.Answer("age(t) = 600", evidence), Is.EqualTo(Answer.Yes));
        Assert.That(Seen.Answer("age(t) > 600", evidence), Is.EqualTo(Answer.No));
        Assert.That(Seen.Answer("rise(c) = 3", evidence), Is.EqualTo(Answer.Yes));
        Assert.That(Seen.Answer("rise(d) = 0", evidence), Is.EqualTo(Answer.Unknown), "nobody knows what it was");
        Assert.That(Seen.Answer("""rise(c{camera="b"}) = 3""", evidence), Is.EqualTo(Answer.Unknown));
    }

    [TestCase(nameof(Answer.Yes), "verolux_camera_failure{site=north,camera=a,depth=describe,reason=auth} 1")]
    [TestCase(nameof(Answer.No), "verolux_camera_failure{site=north,camera=a,depth=describe,reason=timeout} 1")]
    [TestCase(nameof(Answer.No), "verolux_camera_failure{site=north,camera=a,depth=describe,reason=auth} 0")]
    [TestCase(nameof(Answer.No), "verolux_camera_up{site=north,camera=a} 1")]
    [TestCase(nameof(Answer.No), "verolux_camera_probe_duration_seconds{site=north,camera=a,depth=describe} 0.01")]
    [TestCase(nameof(Answer.Unknown), "verolux_camera_streaming{site=north,camera=a} 1")]
    [TestCase(nameof(Answer.Unknown), "verolux_camera_failure{site=north,camera=b,depth=describe,reason=auth} 1")]
    [TestCase(nameof(Answer.Unknown), "verolux_storage_failure{site=north,path=/,reason=auth} 1", Description = "of something else at the same site")]
    [TestCase(nameof(Answer.No), "verolux_storage_failure{site=north,path=/,reason=auth} 1", "verolux_camera_up{site=north,camera=a} 0")]
    [TestCase(nameof(Answer.Yes), "verolux_camera_failure{site=north,camera=a,depth=describe,reason=timeout} 1", "verolux_camera_failure{site=north,camera=a,depth=sample,reason=forbidden} 1")]
    [TestCase(nameof(Answer.Unknown))]
    public void A_reason_is_that_of_the_newest_looks_at_the_alerts_own_target(string answer, params string[] observations)
    {
        foreach (var when in (string[])["reason in (auth, forbidden)", "reason = auth or reason == forbidden"])
            Assert.That(Seen.Answer(when, Seen.By(Alert, observations)).ToString(), Is.EqualTo(answer));
    }

    static readonly string[] Neighbours =
    [
        "verolux_camera_host_reachable{site=north,camera=a} 0", "verolux_camera_host_reachable{site=north,camera=b} 0", "verolux_camera_host_reachable{site=north,camera=c} 1",
        "verolux_camera_host_reachable{site=south,camera=d} 0", "verolux_camera_host_reachable{site=south,camera=b} 0", "verolux_camera_web_reachable{site=north,camera=b} 1",
    ];

    [TestCase("count(camera, verolux_camera_host_reachable == 0) = 2")]
    [TestCase("count(camera, verolux_camera_host_reachable >= 0) = 3")]
    [TestCase("count(camera, verolux_camera_host_reachable == 0 and verolux_camera_web_reachable == 1) = 1")]
    [TestCase("count(camera, verolux_camera_host_reachable == 7) = 0")]
    [TestCase("count(site, verolux_camera_host_reachable == 0) = 1", Description = "of the alert's own camera")]
    [TestCase("count(camera, count(site, verolux_camera_host_reachable == 0) >= 1) = 2")]
    [TestCase("count(camera, count(site, verolux_camera_host_reachable == 0) = 2) = 1", Description = "the same id at two sites")]
    [TestCase("verolux_camera_host_reachable < count(camera, verolux_camera_host_reachable == 0)")]
    public void Counting_looks_at_the_neighbours_of_the_same_site(string when) => Assert.That(Seen.Answer(when, Seen.By(Alert, Neighbours)), Is.EqualTo(Answer.Yes));

    [TestCase("count(camera, verolux_camera_up == 0) = 0", Description = "no sample")]
    [TestCase("count(switch, verolux_camera_host_reachable == 0) > 0", Description = "nobody has that label")]
    [TestCase("count(camera, rise(verolux_camera_host_reachable) == 0) = 0", Description = "unknown of every camera")]
    public void Counting_what_is_not_known_is_not_known(string when) => Assert.That(Seen.Answer(when, Seen.By(Alert, Neighbours)), Is.EqualTo(Answer.Unknown));

    [TestCase("""count(camera, verolux_camera_host_reachable{camera="x"} == 0) = 0""", nameof(Answer.Yes))]
    [TestCase("""count(camera, verolux_camera_host_reachable{camera="b"} == 0) = 1""", nameof(Answer.Yes))]
    [TestCase("""count(camera, verolux_camera_host_reachable == 0 and verolux_camera_web_reachable{port="80"} == 1) = 0""", nameof(Answer.Yes))]
    [TestCase("""count(site, count(camera, verolux_camera_host_reachable{camera="x"} == 0) = 0) = 1""", nameof(Answer.Yes))]
    [TestCase("""count(camera, verolux_camera_host_reachable < 0.5 * verolux_camera_host_reachable{camera="x"}) > 0""", nameof(Answer.No))]
    [TestCase("""count(camera, verolux_camera_up{camera="x"} == 0) = 0""", nameof(Answer.Unknown), Description = "not known with any labels")]
    [TestCase("""count(camera, verolux_camera_host_reachable >= 0 and verolux_camera_up{camera="x"} == 0) = 0""", nameof(Answer.Unknown), Description = "half of it not known with any labels")]
    [TestCase("""count(camera, rise(verolux_camera_host_reachable{camera="x"}) = 0) = 0""", nameof(Answer.Unknown), Description = "nobody knows what it was, with any labels")]
    [TestCase("""verolux_camera_host_reachable{camera="x"} == 0""", nameof(Answer.Unknown), Description = "not a count")]
    public void None_is_counted_where_what_is_known_has_none_of_the_selected_labels(string when, string answer) =>
        Assert.That(Seen.Answer(when, Seen.By(Alert, Neighbours)).ToString(), Is.EqualTo(answer));

    [Test]
    public void What_lacks_the_counted_label_holds_for_every_value_of_it()
    {
        var evidence = Seen.By(Alert, [.. Neighbours, "verolux_backend_up{site=north,backend=x} 0", "verolux_backend_up{site=south,backend=y} 1"]);
        Assert.That(Seen.Answer("count(camera, verolux_camera_host_reachable == 0 and verolux_backend_up == 0) = 2", evidence), Is.EqualTo(Answer.Yes));
        Assert.That(Seen.Answer("count(camera, verolux_camera_host_reachable == 0 and verolux_backend_up == 1) = 0", evidence), Is.EqualTo(Answer.Yes));
    }

    [Test]
    public void A_reason_is_counted_by_each_neighbours_own_looks()
    {
        string[] failures = ["verolux_camera_failure{site=north,camera=b,depth=describe,reason=timeout} 1", "verolux_camera_failure{site=north,camera=c,depth=sample,reason=auth} 1", "verolux_storage_failure{site=north,path=/,reason=timeout} 1"];
        Assert.That(Seen.Answer("count(camera, reason = timeout) = 1", Seen.By(Alert, failures)), Is.EqualTo(Answer.Yes));
        Assert.That(Seen.Answer("count(camera, reason = timeout) = 1", Seen.By("site=north", failures)), Is.EqualTo(Answer.Yes));
    }

    [Test]
    public void A_label_that_only_the_info_family_carries_is_taken_from_there()
    {
        var storm = Seen.By(
            "site=north",
            [
                .. new[] { ("a", "sw1", 3), ("b", "sw1", 2), ("c", "sw2", 0), ("d", "sw3", 9) }.SelectMany(c => new[]
                {
                    $"verolux_camera_reconnects_total{{site={(c.Item1 == "d" ? "south" : "north")},camera={c.Item1}}} {c.Item3} from 0",
                    $"verolux_camera_info{{site={(c.Item1 == "d" ? "south" : "north")},camera={c.Item1},codec=H264,switch={c.Item2}}} 1",
                }),
                "verolux_camera_failure{site=north,camera=a,depth=sample,reason=timeout} 1",
            ]);
        Assert.That(Seen.Answer("count(camera, rise(verolux_camera_reconnects_total) > 0) = 2 and count(switch, rise(verolux_camera_reconnects_total) > 0) = 1", storm), Is.EqualTo(Answer.Yes));
        Assert.That(Seen.Answer("count(switch, rise(verolux_camera_reconnects_total) >= 0) = 2", storm), Is.EqualTo(Answer.Yes), "another site's switch is not seen");
        Assert.That(Seen.Answer("count(switch, reason = timeout) = 1", storm), Is.EqualTo(Answer.Yes));
        Assert.That(Seen.Answer("count(switch, count(camera, rise(verolux_camera_reconnects_total) > 0) > 1) = 0", storm), Is.EqualTo(Answer.No));
        Assert.That(Seen.Answer("count(switch, count(camera, rise(verolux_camera_reconnects_total) > 0) = 2) = 1", storm), Is.EqualTo(Answer.Yes));
        Assert.That(Seen.Answer("count(camera, count(switch, rise(verolux_camera_reconnects_total) > 0) = 1) = 2", storm), Is.EqualTo(Answer.Yes));
    }

    [Test]
    public void What_a_scenario_asked_about_is_kept_with_its_age_where_it_has_one()
    {
        var weighed = Scenario("verolux_camera_up == 1 or age(verolux_camera_last_success_timestamp_seconds) > 60 or reason = timeout or absent > 1").Weigh(Seen.By(
            Alert, "verolux_camera_up{site=north,camera=a} 0", "verolux_camera_up{site=north,camera=b} 0", "verolux_camera_last_success_timestamp_seconds{site=north,camera=a} 999000",
            "verolux_camera_failure{site=north,camera=a,reason=timeout} 1"));
        Assert.That(weighed.Answer, Is.EqualTo(Answer.Yes));
        Assert.That(weighed.Findings.Select(f => (f.Observation.Metric, f.Observation["camera"], f.Observation.Value, f.Age)), Is.EqualTo(new (string, string, double, double?)[]
        {
            ("verolux_camera_up", "a", 0, null), ("verolux_camera_last_success_timestamp_seconds", "a", 999000, 1000), ("verolux_camera_failure", "a", 1, null),
        }));
    }

    [Test]
    public void Of_a_count_what_was_counted_is_kept_and_no_more_than_a_page_can_show()
    {
        var evidence = Seen.By(Alert, Enumerable.Range(0, 100).Select(i => $"verolux_camera_up{{site=north,camera=c{i}}} {i % 2}"));
        var weighed = Scenario("count(camera, verolux_camera_up == 0) = 50").Weigh(evidence);
        Assert.That(weighed.Answer, Is.EqualTo(Answer.Yes));
        Assert.That(weighed.Findings, Has.Count.EqualTo(20));
        Assert.That(weighed.Findings.Select(f => f.Observation.Value), Is.All.Zero);
    }

    [Test]
    public void The_likeliest_scenario_is_the_first_that_holds()
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_X.md", RunbookFolder.Replace(
            RunbookFolder.Replace(RunbookFolder.Sound, "  - id: filling-fast\n", "  - { id: is-a }\n  - { id: is-b, when: u > 1 }\n  - { id: is-c, when: x > 9 }\n  - { id: is-d, when: x > 1 }\n  - { id: is-e, when: x > 0 }\n"),
            "### Scenario A: filling fast {#filling-fast}\ntext\n", string.Concat("abcde".Select(c => $"### Scenario: {c} {{#is-{c}}}\ntext\n"))));
        var runbook = folder.Load().Runbooks.Single();
        var weighing = runbook.Weigh(Seen.By("", "x 2"));
        Assert.That(weighing.Scenarios.Select(s => (s.Scenario.Id, s.Answer)), Is.EqualTo(new[]
        {
            ("is-a", Answer.Unknown), ("is-b", Answer.Unknown), ("is-c", Answer.No), ("is-d", Answer.Yes), ("is-e", Answer.Yes),
        }));
        Assert.That(weighing.Likeliest?.Scenario.Id, Is.EqualTo("is-d"));
        Assert.That(runbook.Weigh(Seen.By("", "x 0")).Likeliest, Is.Null);
    }

    [Test]
    public void The_metrics_that_a_condition_asks_about_are_told()
    {
        var condition = Seen.Condition("a > b or not count(camera, age(c) > 1 and rise(d) > 1) > 1 and reason = auth");
        Assert.That(((string[])["a", "b", "c", "d", "verolux_camera_up", "verolux_storage_failure", "e", "verolux_camera_info"]).Where(condition.Names),
            Is.EqualTo(new[] { "a", "b", "c", "d", "verolux_camera_up", "verolux_storage_failure" }));
    }

    [Test]
    [CancelAfter(20_000)]
    public void Ten_thousand_cameras_are_counted_one_by_one_and_not_each_against_all()
    {
        var evidence = Seen.By(Alert, Enumerable.Range(0, 10_000).SelectMany(i => new[]
        {
            $"verolux_camera_up{{site=north,camera=c{i}}} 0", $"verolux_camera_info{{site=north,camera=c{i},switch=s{i / 24}}} 1", $"verolux_camera_failure{{site=north,camera=c{i},reason=timeout}} 1",
        }));
        Assert.That(Seen.Answer("count(camera, reason = timeout and verolux_camera_up == 0) = 10000", evidence), Is.EqualTo(Answer.Yes));
    }

    static Scenario Scenario(string when) => new("a", "Scenario A", Seen.Condition(when));
}
