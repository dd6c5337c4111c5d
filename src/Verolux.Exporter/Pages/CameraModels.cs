using System.Globalization;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Pages;

/// <summary>How many cameras are in a state.</summary>
/// <param name="Link">To these alone.</param>
public sealed record CamerasInState(string State, int Count, string Link);

/// <summary>What several cameras that are down have in common.</summary>
/// <param name="What">Such as <c>auth</c> or <c>switch sw3</c>.</param>
public sealed record InCommon(string What, int Count);

/// <summary>One camera of the fleet.</summary>
/// <param name="State">As in <see cref="TargetState"/>, and so is <paramref name="Why"/>.</param>
public sealed record CameraRow(string Name, string Site, string Link, string State, string Why, string Rate, string Switch, bool Maintenance, string Looked, HourModel Hour);

/// <summary>The fleet at a glance, red first.</summary>
/// <param name="Count">Of all cameras.</param>
/// <param name="Common">Of those that are down, what most of them have in common.</param>
/// <param name="Only">The one state that is shown; empty for all.</param>
/// <param name="Text">What is looked for in name, site, switch and what is wrong; empty for nothing.</param>
/// <param name="More">Cameras that don't fit on the page.</param>
public sealed record FleetModel(int Count, IReadOnlyList<CamerasInState> States, IReadOnlyList<InCommon> Common, IReadOnlyList<CameraRow> Cameras, string Only, string Text, int More);

/// <summary>One step of a look.</summary>
public sealed record StepRow(string Name, string Took, string Said);

/// <summary>One look at a camera.</summary>
/// <param name="Before">How many looks of this depth ended alike before it, without another end between.</param>
public sealed record LookRow(string Depth, string At, string Took, bool Failed, string Outcome, int Before, IReadOnlyList<StepRow> Steps);

/// <summary>A value as people read it.</summary>
public sealed record Fact(string Name, string Value);

/// <summary>What the runbook makes of it.</summary>
/// <param name="Because">The findings that the scenario rests on.</param>
public sealed record LikeliestModel(string Title, string Link, IReadOnlyList<string> Because, StepsModel Steps);

/// <summary>One camera: its state, what it points to, and its last looks.</summary>
/// <param name="Likeliest">Null where no scenario is known to hold.</param>
/// <param name="Runbook">Address of the runbook; empty where there is none.</param>
/// <param name="Picture">Address of the last good picture; empty where none is kept.</param>
/// <param name="Depths">What it may be probed for.</param>
public sealed record CameraModel(
    CameraRow Camera, IReadOnlyList<Fact> Facts, LikeliestModel? Likeliest, string Runbook, string Picture, IReadOnlyList<string> Depths, IReadOnlyList<LookRow> Looks);

/// <summary>What the exporter knows of cameras, made into texts.</summary>
static class CameraView
{
    public const string Slice = "camera";

    /// <summary>The alert whose runbook says what a camera's looks point to.</summary>
    public const string Alert = "CameraOffline";

    const int MostCommon = 5;

    // A camera that delivers less than this share of what it should is not well, whatever it answers.
    const double LeastShare = 0.8;

    /// <summary>The families that a person wants to see of one camera, with what to call them and how to write them.</summary>
    static readonly IReadOnlyList<(string Family, string Name, Func<double, string> Write)> Known =
    [
        ("verolux_camera_frames_per_second", "Frames per second, measured", v => v.ToString("0.##", CultureInfo.InvariantCulture)),
        ("verolux_camera_expected_frames_per_second", "Frames per second, expected", v => v.ToString("0.##", CultureInfo.InvariantCulture)),
        ("verolux_camera_declared_frames_per_second", "Frames per second, declared", v => v.ToString("0.##", CultureInfo.InvariantCulture)),
        ("verolux_camera_received_bytes_per_second", "Bit rate", v => (v * 8 / 1000).ToString("0 'kbit/s'", CultureInfo.InvariantCulture)),
        ("verolux_camera_rtp_packets_lost_ratio", "Packets lost", v => (v * 100).ToString("0.## '%'", CultureInfo.InvariantCulture)),
        ("verolux_camera_rtp_jitter_seconds", "Jitter", v => (v * 1000).ToString("0.# 'ms'", CultureInfo.InvariantCulture)),
        ("verolux_camera_keyframe_interval_seconds", "Between key frames", v => v.ToString("0.## 's'", CultureInfo.InvariantCulture)),
        ("verolux_camera_last_frame_timestamp_seconds", "Last frame", Moment),
        ("verolux_camera_width_pixels", "Width", v => v.ToString("0 'px'", CultureInfo.InvariantCulture)),
        ("verolux_camera_height_pixels", "Height", v => v.ToString("0 'px'", CultureInfo.InvariantCulture)),
        ("verolux_camera_picture_frozen", "Picture frozen", YesNo),
        ("verolux_camera_picture_black", "Picture black", YesNo),
        ("verolux_camera_picture_luma_ratio", "Brightness", v => (v * 100).ToString("0 '%'", CultureInfo.InvariantCulture)),
        ("verolux_camera_rtsp_status_code", "Last RTSP status", v => v.ToString("0", CultureInfo.InvariantCulture)),
        ("verolux_camera_host_reachable", "Host answers", YesNo),
        ("verolux_camera_web_reachable", "Web port accepts", YesNo),
        ("verolux_camera_reconnects_total", "Times back after being down", v => v.ToString("0", CultureInfo.InvariantCulture)),
        ("verolux_camera_tls_certificate_expiry_timestamp_seconds", "Certificate valid until", Moment),
    ];

    /// <summary>One camera from all its watches and what they publish.</summary>
    public static CameraRow Row(IReadOnlyList<Watched> depths, IReadOnlyList<Sample> samples)
    {
        var target = depths[0].Watch.Target;
        var measured = Value(samples, "verolux_camera_frames_per_second");
        var expected = Value(samples, "verolux_camera_expected_frames_per_second");
        var state = StateOf(depths, samples);
        var rate = (measured, expected) switch
        {
            ({ } fps, { } wanted) => string.Create(CultureInfo.InvariantCulture, $"{fps:0.#} of {wanted:0.#}"),
            ({ } fps, null) => fps.ToString("0.#", CultureInfo.InvariantCulture),
            _ => "",
        };
        return new CameraRow(
            target.Name, target.Site, Link(target), state.State, state.Why, rate,
            samples.Where(s => s.Family.Name == "verolux_camera_info").Select(s => s.Labels[^1]).FirstOrDefault(""),
            Value(samples, "verolux_camera_maintenance") == 1,
            depths.Select(d => d.Newest?.At).Max() is { } at ? Clock(at) : "",
            HourModel.None);
    }

    /// <summary>A picture is drawn of what is shown alone.</summary>
    public static CameraRow Drawn(CameraRow row, IReadOnlyList<Watched> depths, IReadOnlyList<Sample> samples, DateTimeOffset now) =>
        row with { Hour = HourModel.Of(depths, Value(samples, "verolux_camera_expected_frames_per_second"), now) };

    public static string Link(Target target) => $"/cameras/{Uri.EscapeDataString(target.Name)}?site={Uri.EscapeDataString(target.Site)}";

    /// <summary>What ten cameras that are down have in common is hardly the cameras' own.</summary>
    public static IReadOnlyList<InCommon> Common(IReadOnlyList<CameraRow> rows)
    {
        var down = rows.Where(r => r.State == "down").ToList();
        return [.. down.Select(r => r.Why.Split(':')[0]).Concat(down.Where(r => r.Switch.Length > 0).Select(r => $"switch {r.Switch}")).CountBy(w => w)
            .Where(c => c.Value > 1).OrderByDescending(c => c.Value).Take(MostCommon).Select(c => new InCommon(c.Key, c.Value))];
    }

    public static CameraModel Model(CameraRow row, IReadOnlyList<Watched> depths, IReadOnlyList<Sample> samples, Weighing? weighing, Runbook? runbook, string picture) => new(
        row,
        [.. Known.Select(k => (k, Value: Value(samples, k.Family))).Where(k => k.Value is not null).Select(k => new Fact(k.k.Name, k.k.Write(k.Value!.Value)))],
        weighing?.Likeliest is { } likeliest ? new LikeliestModel(
            likeliest.Scenario.Title, $"{Address(runbook)}#{likeliest.Scenario.Id}", [.. likeliest.Findings.Select(f => f.Text())],
            IncidentView.Steps(runbook!, likeliest.Scenario.Id, new Dictionary<string, string> { ["camera"] = row.Name, ["site"] = row.Site })) : null,
        Address(runbook),
        picture,
        row.State == "disabled" ? [] : [.. depths.Select(d => d.Watch.Check!)],
        [.. depths.SelectMany(Looks).OrderByDescending(l => l.Seen.At).Select(l => l.Row)]);

    static string Address(Runbook? runbook) => runbook is null ? "" : $"/runbooks/{runbook.Name}";

    /// <summary>A camera that answers may still show nothing.</summary>
    public static TargetState StateOf(IReadOnlyList<Watched> depths, IReadOnlyList<Sample> samples)
    {
        var state = TargetState.Of(depths);
        var wrong = state.State != "up" ? ""
            : Value(samples, "verolux_camera_picture_frozen") == 1 ? "the picture is frozen"
            : Value(samples, "verolux_camera_picture_black") == 1 ? "the picture is black"
            : Value(samples, "verolux_camera_frames_per_second") < Value(samples, "verolux_camera_expected_frames_per_second") * LeastShare ? "fewer frames than expected"
            : "";
        return wrong.Length == 0 ? state : new TargetState("degraded", wrong, depths.Max(d => d.Newest?.At));
    }

    /// <summary>One for all that ended alike one after the other, or a password that was changed hides everything else.</summary>
    static List<(Seen Seen, LookRow Row)> Looks(Watched depth)
    {
        var looks = new List<(Seen Seen, LookRow Row)>();
        foreach (var seen in depth.Recent)
        {
            if (looks.Count > 0 && looks[^1].Seen.Failure == seen.Failure)
                looks[^1] = looks[^1] with { Row = looks[^1].Row with { Before = looks[^1].Row.Before + 1 } };
            else
                looks.Add((seen, Look(depth.Watch.Check!, seen)));
        }
        return looks;
    }

    static LookRow Look(string depth, Seen seen) => new(
        depth, Clock(seen.At), Milliseconds(seen.Took), seen.Failure is not null, seen.Failure is { } failure ? $"{failure.Reason}: {failure.Detail}" : "good", 0,
        [.. seen.Steps.Select(s => new StepRow(s.Name, Milliseconds(s.Took), s.Said))]);

    static double? Value(IReadOnlyList<Sample> samples, string family)
    {
        foreach (var sample in samples)
        {
            if (sample.Family.Name == family)
                return sample.Value;
        }
        return null;
    }

    static string YesNo(double value) => value == 0 ? "no" : "yes";

    static string Moment(double unix) => DateTimeOffset.FromUnixTimeMilliseconds((long)(unix * 1000)).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    static string Milliseconds(TimeSpan took) => took.TotalMilliseconds.ToString("0.0 'ms'", CultureInfo.InvariantCulture);
}
