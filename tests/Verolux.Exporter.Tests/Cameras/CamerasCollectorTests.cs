using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Cameras;

/// <summary>What is published of a camera, from one look to the next.</summary>
[CancelAfter(120_000)]
public class CamerasCollectorTests
{
    const string Camera = """{site="north",camera="gate_a1"}""";
    const string Up = $"verolux_camera_up{Camera}";
    const string Reconnects = $"verolux_camera_reconnects_total{Camera}";
    const double Interval = 15;

    [Test]
    public async Task A_camera_that_is_switched_off_says_only_that_and_is_left_alone()
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam");
        await using var engine = new Engine();
        await engine.ApplyAsync(new CamerasCollector([Watching.At(farm.Url(camera)) with { Enabled = false, ExpectedFps = 25 }], engine.Time));
        engine.Time.Advance(TimeSpan.FromDays(1));

        var page = await engine.ScrapeAsync();
        Assert.That(page.OfCameras(), Is.EqualTo(new[] { $"verolux_camera_enabled{Camera}" }));
        Assert.That(page[$"verolux_camera_enabled{Camera}"], Is.Zero);
        Assert.That((engine.Time.TurnsLeft, camera.Requests), Is.EqualTo((0, 0L)));
    }

    [TestCase(true, 1)]
    [TestCase(false, 0)]
    public async Task What_is_configured_is_published_before_the_first_look(bool maintenance, double value)
    {
        await using var engine = new Engine();
        using var silent = new RefusingPort();
        var camera = Watching.At($"rtsp://127.0.0.1:{silent.Port}/cam").OnlyDescribed() with { Maintenance = maintenance };
        // The second one's turn has not come.
        await engine.ApplyAsync(new CamerasCollector([camera with { Id = "first" }, camera with { ExpectedFps = 12.5 }], engine.Time));

        var page = await engine.ScrapeAsync();
        Assert.That(page.OfCameras().Where(s => s.Contains(Watching.Name)).ToDictionary(s => s, s => page[s]), Is.EquivalentTo(new Dictionary<string, double?>
        {
            [$"verolux_camera_enabled{Camera}"] = 1,
            [$"verolux_camera_maintenance{Camera}"] = value,
            [$"verolux_camera_expected_frames_per_second{Camera}"] = 12.5,
            [Reconnects] = 0,
        }));
    }

    [Test]
    public async Task Reconnects_count_from_down_to_up_and_the_first_connect_is_none()
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam");
        await using var engine = new Engine();
        await engine.ApplyAsync(new CamerasCollector([Watching.At(farm.Url(camera)).OnlyDescribed()], engine.Time));
        await engine.Time.TurnsAsync();
        var counted = new List<(double?, double?)> { await StateAsync(engine) };
        foreach (var cut in (bool[])[false, true, true, false, false, true, false])
        {
            if (cut)
                camera.Cut();
            else
                camera.Restore();
            await engine.PassAsync(Interval);
            counted.Add(await StateAsync(engine));
        }
        Assert.That(counted, Is.EqualTo(new (double?, double?)[] { (1, 0), (1, 0), (0, 0), (0, 0), (1, 1), (1, 1), (0, 1), (1, 2) }));
    }

    [Test]
    public async Task While_it_is_down_a_camera_keeps_its_codec_and_its_switch()
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam");
        camera.Cut();
        await using var engine = new Engine();
        await engine.ApplyAsync(new CamerasCollector([Watching.At(farm.Url(camera)).OnlyDescribed() with { Switch = "sw-3" }], engine.Time));
        await engine.Time.TurnsAsync();
        var never = (await engine.ScrapeAsync()).LabelsOf("verolux_camera_info");
        camera.Restore();
        await engine.PassAsync(Interval);
        var up = (await engine.ScrapeAsync()).LabelsOf("verolux_camera_info");
        camera.Cut();
        await engine.PassAsync(Interval);
        var down = await engine.ScrapeAsync();

        Assert.That((never["codec"], never["transport"], never["switch"]), Is.EqualTo(("", "tcp", "sw-3")));
        Assert.That(up["codec"], Is.EqualTo("h264"));
        Assert.That(down[Up], Is.Zero);
        Assert.That(down.LabelsOf("verolux_camera_info"), Is.EqualTo(up));
        Assert.That((down.Of("verolux_camera_host_reachable"), down.Of("verolux_camera_declared_frames_per_second")), Is.EqualTo((new[] { 1d }, Array.Empty<double>())));
    }

    [Test]
    public async Task A_good_look_withdraws_what_was_asked_of_the_host()
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam");
        camera.Cut();
        await using var engine = new Engine();
        await engine.ApplyAsync(new CamerasCollector([Watching.At(farm.Url(camera)).OnlyDescribed()], engine.Time));
        await engine.Time.TurnsAsync();
        Assert.That((await engine.ScrapeAsync()).Of("verolux_camera_host_reachable"), Has.Count.EqualTo(1));
        camera.Restore();
        await engine.PassAsync(Interval);
        var page = await engine.ScrapeAsync();
        Assert.That(page.Of("verolux_camera_host_reachable").Concat(page.Of("verolux_camera_web_reachable")), Is.Empty);
    }

    [Test]
    public async Task The_depths_of_one_camera_share_no_series_and_each_is_withdrawn_by_its_own_alone(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam");
        await using var engine = new Engine(TimeProvider.System);
        await engine.ApplyAsync(new CamerasCollector([Watching.At(farm.Url(camera)) with { ExpectedFps = 25 }], TimeProvider.System));
        var watches = engine.Loop.Watches.ToDictionary(w => w.Watch.Check!);
        foreach (var watched in watches.Values)
            Assert.That((await watched.LookNowAsync().WaitAsync(cancellationToken)).Failure, Is.Null);
        var good = await engine.ScrapeAsync();
        var owners = new List<string>();
        foreach (var watched in watches.Values)
            owners.AddRange(watched.Read().Select(s => $"{s.Family.Name} {string.Join(' ', s.Labels)}"));

        Assert.That(owners, Is.Unique);
        Assert.That(owners, Has.Count.EqualTo(good.OfCameras().Count()), "all of them are on the page");
        Assert.That(good.OfCameras().Where(s => s.StartsWith("verolux_camera_phase_duration_seconds")).Select(s => Exposition.Read(s).Labels["phase"]),
            Is.EquivalentTo(new[] { "connect", "options", "describe", "setup", "play", "first_frame" }));
        Assert.That(good.OfCameras().Where(s => s.StartsWith("verolux_camera_last_success")).Select(s => Exposition.Read(s).Labels["depth"]), Is.EquivalentTo(watches.Keys));
        Assert.That(good.OfCameras().Select(Exposition.NameOf).Distinct(), Is.SubsetOf(CameraFamilies.All.Concat(new Health(new CamerasCollector([], TimeProvider.System)).Families).Select(f => f.Name)));

        camera.Kind = new CameraKind { Answers = AnswerFault.BusyAtSetup };
        foreach (var depth in (string[])["sample", "picture"])
            Assert.That((await watches[depth].LookNowAsync().WaitAsync(cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.Busy), depth);
        var busy = await engine.ScrapeAsync();
        Assert.That(busy[Up], Is.EqualTo(1), "describing needs no session");
        Assert.That(busy.Of("verolux_camera_streaming").Concat(busy.Of("verolux_camera_frames_per_second")).Concat(busy.Of("verolux_camera_decodable")), Is.Empty);
        Assert.That(busy.Of("verolux_camera_last_frame_timestamp_seconds"), Is.EqualTo(good.Of("verolux_camera_last_frame_timestamp_seconds")), "its age is the news");
        Assert.That(watches["describe"].Read().Select(s => s.Family), Has.Member(CameraFamilies.PhaseDuration));
    }

    [Test]
    public void A_camera_is_watched_at_the_depths_it_is_configured_for_and_only_describing_decides()
    {
        var camera = Watching.At("rtsp://192.0.2.1/cam");
        IEnumerable<(string?, bool, TimeSpan)> Watches(params Verolux.Exporter.Cameras.Camera[] cameras) =>
            new CamerasCollector(cameras, TimeProvider.System).Watches.Select(w => (w.Check, w.DecidesUp, w.Interval));

        Assert.That(Watches(camera.OnlyDescribed()), Is.EqualTo(new[] { ((string?)"describe", true, Watch.DefaultInterval) }));
        Assert.That(Watches(camera), Is.EqualTo(new[] { ("describe", true, Watch.DefaultInterval), ("sample", false, Watching.SampleInterval), ((string?)"picture", false, Watching.PictureInterval) }));
        Assert.That(Watches(camera with { Sample = null }).Select(w => w.Item1), Is.EqualTo(new[] { "describe", "picture" }));
    }

    static async Task<(double? Up, double? Reconnects)> StateAsync(Engine engine)
    {
        var page = await engine.ScrapeAsync();
        return (page[Up], page[Reconnects]);
    }
}
