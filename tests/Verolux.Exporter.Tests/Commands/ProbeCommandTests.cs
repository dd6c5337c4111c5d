using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

/// <summary>What people type first when a camera is said to be offline.</summary>
[CancelAfter(60_000)]
public class ProbeCommandTests
{
    const string Network = "Scenario A: network issue";
    const string Credentials = "Scenario B: credentials changed";
    const string Power = "Scenario C: powered off or rebooting";
    const string Firmware = "Scenario D: firmware issue";
    const string Moved = "Scenario E: RTSP URL changed";
    const string Sessions = "Scenario F: all sessions taken";
    const string Exporter = "Scenario G: the exporter can't look";
    const string Nothing = "Nothing points to a problem.\n";

    readonly CameraFarm farm = CameraFarm.Start();
    readonly TemporaryFolder folder = new();
    readonly RefusingPort refusing = new();
    readonly TcpListener web = new(IPAddress.Loopback, 0);
    string config = "";

    [OneTimeSetUp]
    public void Start()
    {
        farm.AddDemo();
        web.Start();
        folder.Write("password", $"{Access.DefaultPassword}\n");
        var webPort = ((IPEndPoint)web.LocalEndpoint).Port;
        config = folder.Write("verolux.yml", $$"""
            site: north
            public_url: https://exporter.example/verolux/
            runbooks: { path: {{RepositoryRoot.Of("runbooks")}} }
            cameras:
              timeout: 15s
              targets:
                - { id: good, url: {{Of("open25")}}, sample: 60s, expected_fps: 25 }
                - { id: described, url: {{Of("open25")}} }
                - { id: guarded, url: {{Of("digest_sha256")}}, username: admin, password_file: password }
                - { id: changed, url: {{Of("password_changed")}}, username: admin, password_file: password }
                - { id: refusing, url: "rtsp://127.0.0.1:{{refusing.Port}}/stream1", web_port: {{webPort}} }
                - { id: dark, url: "rtsp://127.0.0.1:{{refusing.Port}}/stream1", web_port: {{refusing.Port}} }
                - { id: off, url: {{Of("open25")}}, enabled: false }
                - { id: twin, url: {{Of("open25")}} }
                - { id: twin, url: {{Of("h264_12")}}, site: south, sample: 60s }
                - { id: tenth, url: {{Of("open25")}} }
            """);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await farm.DisposeAsync();
        refusing.Dispose();
        web.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task A_camera_that_is_up_ends_with_0_and_shows_its_steps_and_its_rate(CancellationToken cancellationToken)
    {
        var ended = await ProbeAsync(cancellationToken, "good");
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        Assert.That(ended.Output, Does.StartWith("camera good, site north\n\ndescribe: good\n").And.Contain("\nsample: good\n").And.EndWith(Nothing));
        Assert.That(ended.Output, Does.Match(@"(?m)^  connect +[0-9.]+ ms  127\.0\.0\.1:[0-9]+ accepts$").And.Match(@"(?m)^  stream +[0-9.]+ ms  [0-9]+ frame\(s\), 2[3-7]\.[0-9]+ FPS( of [0-9.]+ expected)?, "));
    }

    [Test]
    public async Task A_camera_that_is_down_ends_with_1_and_says_where_to_read_on(CancellationToken cancellationToken)
    {
        var ended = await ProbeAsync(cancellationToken, "changed");
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((1, "")));
        Assert.That(ended.Output, Does.StartWith("camera changed, site north\n\ndescribe: failed, auth\n"));
        Assert.That(ended.Output, Does.Contain($"\nPoints to {Credentials}\n  https://exporter.example/verolux/runbooks/RUNBOOK_CAMERA_OFFLINE#credentials-changed\n  because verolux_camera_failure{{"));
        Assert.That(ended.Output, Does.Not.Contain(Access.DefaultPassword));
    }

    [Test]
    public async Task The_password_of_the_configuration_is_used(CancellationToken cancellationToken)
    {
        var ended = await ProbeAsync(cancellationToken, "guarded");
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")), ended.Output);
        Assert.That(ended.Output, Does.EndWith(Nothing).And.Not.Contain(Access.DefaultPassword));
    }

    [TestCase("refusing", Firmware)]
    [TestCase("dark", Power)]
    public async Task A_port_that_refuses_points_to_the_service_or_the_power_by_its_web_port(string camera, string scenario, CancellationToken cancellationToken)
    {
        var ended = await ProbeAsync(cancellationToken, camera);
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Output, Does.Contain("describe: failed, refused\n").And.Contain($"Points to {scenario}\n"));
    }

    [Test]
    public async Task Of_cameras_with_one_name_the_site_tells_which_and_none_is_taken_at_a_guess(CancellationToken cancellationToken)
    {
        var ended = await ProbeAsync(cancellationToken, "twin");
        Assert.That((ended.ExitCode, ended.Output, ended.Errors), Is.EqualTo((2, "", "several sites have a camera twin; add --site, one of: north, south.\n")));
        ended = await ProbeAsync(cancellationToken, "twin", "--site", "south", "--depth", "describe");
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        Assert.That(ended.Output, Does.StartWith("camera twin, site south\n\ndescribe: good\n").And.Not.Contain("sample"));
    }

    [TestCase("nobody", "there is no camera nobody in ", "write one of its 10: good, described, guarded, changed, refusing, dark, off, twin, twin, tenth.\n")]
    [TestCase("off", "off is switched off in the configuration", "set enabled: true first.\n")]
    [TestCase("described --depth sample", "described is not configured for sample", "leave it out, or set sample in the configuration.\n")]
    [TestCase("good --depth picture", "good is not configured for picture", "leave it out, or set picture in the configuration.\n")]
    [TestCase("good --depth deeper", "--depth: \"deeper\" is not a depth", "write describe or sample or picture.\n")]
    [TestCase("good --site south", "there is no camera good in ", "")]
    public async Task What_can_not_be_asked_ends_with_2_and_its_remedy(string arguments, string what, string remedy, CancellationToken cancellationToken)
    {
        var ended = await ProbeAsync(cancellationToken, arguments.Split(' '));
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((2, "")));
        Assert.That(ended.Errors, Does.Contain(what).And.EndWith(remedy));
        Assert.That(ended.Errors.Count(c => c == '\n'), Is.EqualTo(1));
    }

    [Test]
    public async Task A_configuration_with_a_problem_or_without_cameras_ends_with_2(CancellationToken cancellationToken)
    {
        var ended = await ExporterProgram.RunToEndAsync(["probe", "good", "--config", folder.Write("broken.yml", "cameras: { targets: [{ id: good }] }")], cancellationToken);
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((2, "")));
        Assert.That(ended.Errors, Does.Contain("cameras.targets[0].url"));
        ended = await ExporterProgram.RunToEndAsync(["probe", "good"], cancellationToken);
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((2, "")));
        Assert.That(ended.Errors, Does.Contain("there is no camera good in the defaults; name the configuration with --config FILE, or an address"));
    }

    [TestCase("ftp://admin:hunter2secret@127.0.0.1/stream1")]
    [TestCase("rtsp://admin:hunter2secret@/stream1")]
    [TestCase("rtsp://admin:hunter2secret@127.0.0.1:99999999/stream1")]
    [TestCase("rtsp://admin:12/hunter2secret@127.0.0.1/stream1")]
    [TestCase("rtsp://admin:12?hunter2secret@127.0.0.1/stream1")]
    [TestCase("rtsp://admin:12#hunter2secret@127.0.0.1/stream1")]
    [TestCase("rtsp://hunter2secret/../@127.0.0.1/stream1")]
    [TestCase("rtsp:///hunter2secret")]
    [TestCase("://hunter2secret")]
    public async Task An_address_that_is_not_a_cameras_ends_with_2_and_is_never_repeated(string address, CancellationToken cancellationToken)
    {
        var ended = await ExporterProgram.CommandAsync(["probe", address], cancellationToken);
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((2, "")));
        Assert.That(ended.Errors, Does.EndWith("write it like rtsp://10.0.0.11:554/stream1.\n").And.Not.Contain("hunter2secret").And.Not.Contain("admin"));
    }

    [TestCase("digest_sha256")]
    [TestCase("basic")]
    public async Task The_password_in_an_address_is_taken_and_shows_nowhere(string camera, CancellationToken cancellationToken)
    {
        // Whose password needs escaping in an address.
        const string Odd = "p@ss/w0rd #1%:?";
        var guarded = farm.Add($"/odd_{camera}", DemoCameras.Kinds[camera] with { Access = DemoCameras.Kinds[camera].Access with { Password = Odd } });
        var address = farm.Url(guarded).Replace("rtsp://", $"rtsp://admin:{Uri.EscapeDataString(Odd)}@", StringComparison.Ordinal);
        var ended = await ProbeAsync(cancellationToken, address);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")), ended.Output);
        Assert.That(ended.Output, Does.StartWith("camera 127.0.0.1\n\ndescribe: good\n").And.Not.Contain(Odd).And.Not.Contain(Uri.EscapeDataString(Odd)).And.Not.Contain("admin"));

        guarded.Kind = guarded.Kind with { Access = guarded.Kind.Access with { Password = "another one" } };
        ended = await ProbeAsync(cancellationToken, address);
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Output + ended.Errors, Does.Contain($"Points to {Credentials}").And.Not.Contain(Odd).And.Not.Contain(Uri.EscapeDataString(Odd)).And.Not.Contain("w0rd"));
    }

    [Test]
    public async Task User_and_password_file_are_taken_beside_an_address(CancellationToken cancellationToken)
    {
        var ended = await ProbeAsync(cancellationToken, Of("digest_md5"), "--username", "admin", "--password-file", folder["password"]);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")), ended.Output);
        Assert.That(ended.Output, Does.Not.Contain(Access.DefaultPassword));
        ended = await ProbeAsync(cancellationToken, Of("digest_md5"), "--username", "admin", "--password-file", folder["nothing"]);
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Output, Does.Contain("describe: failed, config\n  the password can't be read: ").And.Contain($"Points to {Exporter}\n"));
    }

    [Test]
    public async Task A_password_that_would_not_be_used_is_refused(CancellationToken cancellationToken)
    {
        var ended = await ProbeAsync(cancellationToken, Of("digest_md5"), "--password-file", folder["password"]);
        Assert.That((ended.ExitCode, ended.Output, ended.Errors), Is.EqualTo((2, "", "there is a password and no user; add --username with the name of the user whose password it is.\n")));
        ended = await ProbeAsync(cancellationToken, "changed", "--username", "admin", "--password-file", folder["password"]);
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((2, "")));
        Assert.That(ended.Errors, Does.StartWith("--username and --password-file are for an address"));
    }

    [Test]
    public async Task An_address_needs_no_configuration(CancellationToken cancellationToken)
    {
        var ended = await ExporterProgram.CommandAsync(["probe", Of("open25"), "--depth", "sample"], cancellationToken);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        Assert.That(ended.Output, Does.StartWith("camera 127.0.0.1\n\ndescribe: good\n").And.Match(@"2[3-7]\.[0-9]+ FPS"));
        ended = await ExporterProgram.CommandAsync(["probe", Of("not_found")], cancellationToken);
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Output, Does.Contain($"Points to {Moved}\n  http://127.0.0.1:9877/runbooks/RUNBOOK_CAMERA_OFFLINE#url-changed\n"));
    }

    [TestCase("password_changed", "auth", Credentials)]
    [TestCase("unauthorized_for_ever", "auth", Credentials)]
    [TestCase("basic", "", "")]
    [TestCase("several_challenges", "", "")]
    [TestCase("stale_nonce", "", "")]
    [TestCase("forbidden", "forbidden", Credentials)]
    [TestCase("dead", "protocol", Firmware)]
    [TestCase("silent", "timeout", Firmware)]
    [TestCase("slow", "timeout", Firmware)]
    [TestCase("garbage", "protocol", Firmware)]
    [TestCase("half_line", "protocol", Firmware)]
    [TestCase("endless_headers", "protocol", Firmware)]
    [TestCase("unavailable", "protocol", Firmware)]
    [TestCase("no_media", "protocol", Firmware)]
    [TestCase("no_frames", "no_frames", Firmware)]
    [TestCase("wrong_rtp_version", "no_frames", Firmware)]
    [TestCase("busy", "busy", Sessions)]
    [TestCase("busy_at_describe", "busy", Sessions)]
    [TestCase("moved", "redirect", Moved)]
    [TestCase("redirect", "redirect", Moved)]
    [TestCase("not_found", "not_found", Moved)]
    [TestCase("udp_only", "transport", Moved)]
    [TestCase("h265_25", "", "")]
    public async Task Each_kind_of_camera_leads_to_the_scenario_of_its_kind(string camera, string reason, string scenario, CancellationToken cancellationToken)
    {
        string[] credentials = DemoCameras.Kinds[camera].Access.Challenges.Count > 0 ? ["--username", "admin", "--password-file", folder["password"]] : [];
        var ended = await ProbeAsync(cancellationToken, [Of(camera), "--depth", "sample", .. credentials]);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((reason.Length > 0 ? 1 : 0, "")), ended.Output);
        Assert.That(ended.Output, reason.Length > 0 ? Does.Contain($": failed, {reason}\n").And.Contain($"Points to {scenario}\n") : Does.EndWith(Nothing));
        Assert.That(ended.Output.Count(char.IsControl), Is.EqualTo(ended.Output.Count(c => c == '\n')), "nothing a terminal would take as a command");
    }

    [Test]
    public async Task A_name_without_an_address_points_to_the_network(CancellationToken cancellationToken)
    {
        var ended = await ProbeAsync(cancellationToken, "rtsp://camera.invalid/stream1");
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Output, Does.StartWith("camera camera.invalid\n\ndescribe: failed, dns\n").And.Contain($"Points to {Network}\n"));
    }

    string Of(string camera) => farm.Url(farm.Find($"/{camera}")!);

    Task<Ended> ProbeAsync(CancellationToken cancellationToken, params string[] arguments) => ExporterProgram.CommandAsync(["probe", .. arguments, "--config", config], cancellationToken);
}
