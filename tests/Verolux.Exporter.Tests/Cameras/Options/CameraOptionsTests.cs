using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Configuration;
using static Verolux.Exporter.Tests.Cameras.Options.CameraConfiguration;

namespace Verolux.Exporter.Tests.Cameras.Options;

public class CameraOptionsTests
{
    const string Url = "rtsp://10.0.0.11:554/stream1";

    [Test]
    public void A_camera_needs_an_id_and_an_address()
    {
        var (cameras, problems) = ReadTargets($"{{ id: gate_a1, url: '{Url}' }}");
        Assert.That(problems, Is.Empty);
        Assert.That(cameras, Is.EqualTo(new[] { Default("gate_a1", Url) }));
    }

    [Test]
    public void Everything_can_be_said_of_a_camera()
    {
        using var configuration = new CameraConfiguration();
        var (cameras, problems) = configuration.Read("""
            cameras:
              targets:
                - id: gate_a1
                  url: rtsps://10.0.0.11/stream1
                  username: admin
                  password_file: secrets/gate_a1
                  expected_fps: 12.5
                  switch: sw3
                  site: south
                  enabled: false
                  maintenance: true
                  web_port: 8080
                  interval: 30s
                  timeout: 10s
                  sample: 60s
                  picture: 5m
                  thumbnail: true
            """);
        Assert.That(problems, Is.Empty);
        Assert.That(cameras, Is.EqualTo(new[]
        {
            new Camera("gate_a1", "south", new Uri("rtsps://10.0.0.11/stream1"), "admin", Secret.FromFile(configuration.Folder["secrets/gate_a1"]), 12.5, "sw3", false, true, 8080,
                TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(5), true),
        }));
    }

    [Test]
    public void What_the_section_says_holds_for_all_that_say_nothing_else()
    {
        using var configuration = new CameraConfiguration();
        var (cameras, problems) = configuration.Read($$"""
            cameras:
              interval: 1m
              timeout: 20s
              sample: 60s
              picture: 5m
              thumbnail: true
              web_port: 81
              targets:
                - { id: a, url: '{{Url}}' }
                - { id: b, url: '{{Url}}', interval: 10s, sample: off, picture: off, thumbnail: false, web_port: 82 }
                - { id: c, url: '{{Url}}', timeout: 3s, sample: 5s, picture: 10s }
            """);
        Assert.That(problems, Is.Empty);
        var all = Default("", Url) with { WebPort = 81, Interval = TimeSpan.FromMinutes(1), Timeout = TimeSpan.FromSeconds(20), Sample = TimeSpan.FromSeconds(60), Picture = TimeSpan.FromMinutes(5), Thumbnail = true };
        Assert.That(cameras, Is.EqualTo(new[]
        {
            all with { Id = "a" },
            all with { Id = "b", Interval = TimeSpan.FromSeconds(10), Timeout = TimeSpan.FromSeconds(10), Sample = null, Picture = null, Thumbnail = false, WebPort = 82 },
            all with { Id = "c", Timeout = TimeSpan.FromSeconds(3), Sample = TimeSpan.FromSeconds(5), Picture = TimeSpan.FromSeconds(10) },
        }));
    }

    [TestCase("")]
    [TestCase("cameras: {}")]
    [TestCase("cameras: { targets: [], files: [] }")]
    public void Without_cameras_nothing_is_watched(string yaml)
    {
        using var configuration = new CameraConfiguration();
        var (cameras, problems) = configuration.Read(yaml);
        Assert.That((cameras.Count, problems.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_password_may_come_from_the_environment()
    {
        using var configuration = new CameraConfiguration();
        var (cameras, problems) = configuration.Read($"cameras: {{ targets: [{{ id: a, url: '{Url}', username: admin }}] }}", ("VEROLUX__CAMERAS__TARGETS__0__PASSWORD", "s3cret"));
        Assert.That(problems, Is.Empty);
        Assert.That(cameras.Single().Password!.TryRead(out var password), Is.Null);
        Assert.That(password, Is.EqualTo("s3cret"));
    }

    [TestCase("rtsp://camera/")]
    [TestCase("RTSP://camera:8554/Streaming/Channels/101?transportmode=unicast&profile=Profile_1")]
    [TestCase("rtsps://[fe80::1]:322/a%40b%23c")]
    [TestCase("rtsp://10.0.0.1/user=admin&password=&channel=1&stream=0.sdp", Description = "an empty password is no secret")]
    [TestCase("http://camera/video.mjpg")]
    [TestCase("https://camera/video.mjpg")]
    [TestCase("file:///recordings/a.mp4")]
    public void Sound_addresses_are_taken_as_they_are(string url)
    {
        var (cameras, problems) = ReadTargets($"{{ id: a, url: '{url}' }}");
        Assert.That(problems, Is.Empty);
        Assert.That(cameras.Single().Url.OriginalString, Is.EqualTo(url));
    }

    [TestCase("rtsp://admin:s3cret@10.0.0.11/", "holds an @")]
    [TestCase("rtsp://admin@10.0.0.11/s3cret", "holds an @")]
    [TestCase("rtsp://admin:s3c/ret@10.0.0.11/", "holds an @")]
    [TestCase("rtsp://admin:12/s3cret@10.0.0.11/", "holds an @")]
    [TestCase("rtsp://admin:s3c#ret@10.0.0.11/", "holds an @")]
    [TestCase("rtsp://10.0.0.11/?user=admin&password=s3cret", "holds a password or token")]
    [TestCase("rtsp://10.0.0.11/?Pwd=s3cret", "holds a password or token")]
    [TestCase("rtsp://10.0.0.11/user=admin&password=s3cret&channel=1", "holds a password or token")]
    [TestCase("http://10.0.0.11/v?token=s3cret", "holds a password or token")]
    [TestCase("s3cret", "is not an address")]
    [TestCase("10.0.0.11:554/s3cret", "is not an address")]
    [TestCase("/recordings/s3cret", "is not an address")]
    [TestCase("rtsp:s3cret", "is not an address")]
    [TestCase("rtsp:///s3cret", "is not an address")]
    [TestCase("rtsp://camera:port/s3cret", "is not an address")]
    [TestCase("rtsp://camera/#s3cret", "is not an address")]
    [TestCase("ftp://camera/s3cret", "is not an address")]
    public void Other_addresses_are_refused_and_never_repeated(string url, string why)
    {
        var (cameras, problems) = ReadTargets($"{{ id: a, url: '{url}' }}");
        Assert.That(problems.Single(), Does.StartWith($"verolux.yml:1: cameras.targets[0].url: {why}").And.Not.Contain("s3c").And.Not.Contain("admin"));
        Assert.That(cameras, Is.Empty);
    }

    [TestCase("{ id: a }", "verolux.yml:1: cameras.targets[0].url: is missing; add it, for example `url: rtsp://10.0.0.11:554/stream1`")]
    [TestCase("{ url: 'rtsp://c/' }", "verolux.yml:1: cameras.targets[0].id: is missing; add it, for example `id: gate_a1`")]
    [TestCase("{ id: '', url: 'rtsp://c/' }", "verolux.yml:1: cameras.targets[0].id: is empty; give it a value or remove the key")]
    [TestCase("{ id: \"a\\nb\", url: 'rtsp://c/' }", "verolux.yml:1: cameras.targets[0].id: holds a control character, such as a line end or a tab; remove it")]
    [TestCase("{ id: a, url: 'rtsp://c/', username: \"a\\r\\nb\" }", "verolux.yml:1: cameras.targets[0].username: holds a control character, such as a line end or a tab; remove it")]
    [TestCase("{ id: a, url: 'rtsp://c/', password_file: p }", "verolux.yml:1: cameras.targets[0].username: is missing beside the password; add the name of the user whose password it is")]
    [TestCase("{ id: a, url: 'rtsp://c/', username: u, password: s3cret }", "verolux.yml:1: cameras.targets[0].password: holds a secret in the configuration itself; put it into a file and name that in password_file")]
    [TestCase("{ id: a, url: 'rtsp://c/', expected_fps: 0 }", "verolux.yml:1: cameras.targets[0].expected_fps: \"0\" is not a number from 0.001 to 1000; write it with a decimal point and no unit")]
    [TestCase("{ id: a, url: 'rtsp://c/', web_port: 80.5 }", "verolux.yml:1: cameras.targets[0].web_port: is not a whole number; write the port's number, like 80")]
    [TestCase("{ id: a, url: 'rtsp://c/', web_port: 65536 }", "verolux.yml:1: cameras.targets[0].web_port: \"65536\" is not a number from 1 to 65535; write it with a decimal point and no unit")]
    [TestCase("{ id: a, url: 'rtsp://c/', interval: off }", "verolux.yml:1: cameras.targets[0].interval: \"off\" is not a duration from 1s to 1d; write it like 15s, 10m or 1h30m")]
    [TestCase("{ id: a, url: 'rtsp://c/', interval: 10s, timeout: 11s }", "verolux.yml:1: cameras.targets[0].timeout: 11s is longer than the interval of 10s; make it at most as long")]
    [TestCase("{ id: a, url: 'rtsp://c/', sample: 4s }", "verolux.yml:1: cameras.targets[0].sample: \"4s\" is not a duration from 5s to 1d; write it like 15s, 10m or 1h30m")]
    [TestCase("{ id: a, url: 'rtsp://c/', picture: 9s }", "verolux.yml:1: cameras.targets[0].picture: \"9s\" is not a duration from 10s to 1d; write it like 15s, 10m or 1h30m")]
    [TestCase("{ id: a, url: 'rtsp://c/', enabled: 'no' }", "verolux.yml:1: cameras.targets[0].enabled: \"no\" is neither true nor false; write true or false")]
    [TestCase("{ id: a, url: 'rtsp://c/' }, { id: a, url: 'rtsp://d/' }", "verolux.yml:1: cameras.targets[1].id: \"a\" is already the id of a camera of the site \"north\" (verolux.yml:1: cameras.targets[0].id); give one of them another id, or remove it")]
    public void A_mistake_is_told_with_its_place_and_remedy(string targets, string problem) => Assert.That(ReadTargets(targets).Problems, Is.EqualTo(new[] { problem }));

    [TestCase("id", 128)]
    [TestCase("username", 128)]
    [TestCase("switch", 128)]
    [TestCase("site", 64)]
    public void Names_have_a_longest_form(string key, int longest)
    {
        string Camera(int length) => $"{{ {(key == "id" ? "" : "id: a, ")}url: 'rtsp://c/', {key}: {new string('x', length)} }}";
        Assert.That(ReadTargets(Camera(longest)).Problems, Is.Empty);
        Assert.That(ReadTargets(Camera(longest + 1)).Problems, Is.EqualTo(new[] { $"verolux.yml:1: cameras.targets[0].{key}: is longer than {longest} characters; shorten it" }));
    }

    [Test]
    public void Two_sites_may_have_a_camera_of_the_same_id()
    {
        var (cameras, problems) = ReadTargets($"{{ id: a, url: '{Url}' }}, {{ id: a, url: '{Url}', site: south }}");
        Assert.That(problems, Is.Empty);
        Assert.That(cameras, Is.EqualTo(new[] { Default("a", Url), Default("a", Url, "south") }));
    }

    [Test]
    public void An_unknown_key_is_named_with_those_there_are()
    {
        var problem = ReadTargets($"{{ id: a, url: '{Url}', fps: 25 }}").Problems.Single();
        Assert.That(problem, Is.EqualTo("verolux.yml:1: cameras.targets[0].fps: is not a known key; remove it, or write one of: enabled, expected_fps, id, interval, maintenance, password, password_file, "
            + "picture, sample, site, switch, thumbnail, timeout, url, username, web_port"));
    }
}
