using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>Where the Camera Offline runbook leads: every reason, with every state of the host and its web port.</summary>
public class CameraOfflineTests
{
    const string Network = "network-issue";
    const string Credentials = "credentials-changed";
    const string Power = "powered-off";
    const string Firmware = "firmware-issue";
    const string Url = "url-changed";
    const string Sessions = "sessions-taken";
    const string Exporter = "exporter-at-fault";
    const string? NotKnown = null;

    static readonly Runbook Runbook = ShippedRunbooksTests.Shipped.ForAlert("CameraOffline")!;

    /// <summary>0, 1, or null where it was not looked at.</summary>
    static readonly int?[] States = [0, 1, null];

    /// <summary>What the likeliest is, where neighbours answer and where one doesn't.</summary>
    static (string? Alone, string? WithNeighbour) Expected(string reason, int? host, int? web) => (reason, host, web) switch
    {
        ("dns", _, _) => (Network, Network),
        ("unreachable", _, _) => (Power, Network),
        ("timeout", 0, _) => (Power, Network),
        ("timeout", 1, _) => (Firmware, Firmware),
        ("timeout", _, _) => (NotKnown, NotKnown),
        ("refused", _, 0) => (Power, Power),
        ("refused", _, 1) => (Firmware, Firmware),
        ("refused", _, _) => (NotKnown, NotKnown),
        ("auth" or "forbidden", _, _) => (Credentials, Credentials),
        ("protocol" or "no_frames" or "decode", _, _) => (Firmware, Firmware),
        ("not_found" or "redirect" or "tls" or "transport", _, _) => (Url, Url),
        ("busy", _, _) => (Sessions, Sessions),
        ("config" or "internal" or "no_decoder", _, _) => (Exporter, Exporter),
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "leads nowhere"),
    };

    static IEnumerable<TestCaseData> Combinations =>
        from reason in ShippedRunbooksTests.CameraReasons
        from host in States
        from web in States
        select new TestCaseData(reason, host, web);

    [TestCaseSource(nameof(Combinations))]
    public void Every_failure_of_a_describe_leads_to_one_scenario(string reason, int? host, int? web)
    {
        var (alone, withNeighbour) = Expected(reason, host, web);
        string[] own = ["verolux_camera_up{site=north,camera=a} 0", Failure("a", "describe", reason), .. Host("a", host, web)];
        foreach (var (neighbours, expected) in ((string[], string?)[])[
            ([], alone),
            (["verolux_camera_up{site=north,camera=b} 1", "verolux_camera_up{site=south,camera=c} 0", Failure("b", "describe", "auth"), .. Host("b", 1, 1)], alone),
            (["verolux_camera_up{site=north,camera=b} 0", Failure("b", "describe", "timeout"), .. Host("b", 0, 0)], withNeighbour),
            (["verolux_camera_up{site=north,camera=b} 0", Failure("b", "describe", "unreachable")], withNeighbour)])
        {
            var weighing = Runbook.Weigh(Seen.By("alertname=CameraOffline,severity=critical,site=north,camera=a", own.Concat(neighbours)));
            Assert.That(weighing.Scenarios.Where(s => s.Answer == Answer.Yes).Select(s => s.Scenario.Id), Is.EqualTo(expected is null ? [] : new[] { expected }), string.Join('\n', neighbours));
            Assert.That(weighing.Likeliest?.Scenario.Id, Is.EqualTo(expected));
        }
    }

    [TestCase("timeout", Firmware)]
    [TestCase("no_frames", Firmware)]
    [TestCase("protocol", Firmware)]
    [TestCase("not_found", Url)]
    [TestCase("transport", Url)]
    [TestCase("auth", Credentials)]
    [TestCase("forbidden", Credentials)]
    [TestCase("busy", Sessions)]
    [TestCase("config", Exporter)]
    public void A_stream_that_fails_although_the_camera_describes_it_leads_to_one_scenario(string reason, string scenario) => Assert.That(
        Likeliest("verolux_camera_up{site=north,camera=a} 1", "verolux_camera_streaming{site=north,camera=a} 0", Failure("a", "sample", reason)), Is.EqualTo(scenario));

    [TestCase("auth", Credentials)]
    [TestCase("not_found", Url)]
    [TestCase("busy", Sessions)]
    public void Why_the_describe_fails_comes_before_what_an_older_look_at_the_stream_said(string reason, string scenario)
    {
        Assert.That(Likeliest("verolux_camera_up{site=north,camera=a} 0", Failure("a", "describe", reason), Failure("a", "sample", "no_frames"), Failure("a", "picture", "decode")), Is.EqualTo(scenario));
        Assert.That(Likeliest("verolux_camera_up{site=north,camera=a} 0", Failure("a", "describe", reason), Failure("a", "picture", "no_decoder")), Is.EqualTo(scenario));
    }

    [Test]
    public void A_camera_that_is_well_leads_nowhere_and_so_does_nothing_at_all()
    {
        Assert.That(Likeliest("verolux_camera_up{site=north,camera=a} 1", "verolux_camera_streaming{site=north,camera=a} 1"), Is.Null);
        Assert.That(Likeliest("verolux_camera_up{site=north,camera=a} 1"), Is.Null);
        Assert.That(Likeliest(), Is.Null);
        Assert.That(Likeliest("verolux_storage_up{site=north,path=/} 0", "verolux_storage_failure{site=north,path=/,reason=timeout} 1", "verolux_camera_up{site=north,camera=b} 0", Failure("b", "describe", "auth")), Is.Null);
    }

    [Test]
    public void The_findings_say_why()
    {
        var likeliest = Runbook.Weigh(Seen.By("site=north,camera=a", "verolux_camera_up{site=north,camera=a} 0", Failure("a", "describe", "auth"), "verolux_camera_host_reachable{site=north,camera=a} 1")).Likeliest!;
        Assert.That(likeliest.Scenario.Title, Is.EqualTo("Scenario B: credentials changed"));
        Assert.That(likeliest.Findings.Select(f => (f.Observation.Metric, f.Observation["reason"])), Is.EqualTo(new[] { ("verolux_camera_failure", "auth") }));
    }

    static string? Likeliest(params string[] observations) => Runbook.Weigh(Seen.By("alertname=CameraOffline,site=north,camera=a", observations)).Likeliest?.Scenario.Id;

    static string Failure(string camera, string depth, string reason) => $"verolux_camera_failure{{site=north,camera={camera},depth={depth},reason={reason}}} 1";

    static IEnumerable<string> Host(string camera, int? host, int? web)
    {
        if (host is { } answers)
            yield return $"verolux_camera_host_reachable{{site=north,camera={camera}}} {answers}";
        if (web is { } accepts)
            yield return $"verolux_camera_web_reachable{{site=north,camera={camera}}} {accepts}";
    }
}
