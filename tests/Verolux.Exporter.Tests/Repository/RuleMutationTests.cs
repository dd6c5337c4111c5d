using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>
/// Breaks each rule in the ways such rules are broken by well-meant edits, and expects its promtool tests to notice. Not here, because no data can tell:
/// <c>max</c> to <c>min</c> in front of <c>* 0</c> alone, and the flags of read-only and maintenance by their instant value: what that loses in two minutes, <c>for</c> hides.
/// </summary>
[Parallelizable]
public class RuleMutationTests
{
    const string Ratio = "max by (site, path) (avg_over_time(verolux_storage_used_ratio[2m]))";
    const string ReadOnly = "max by (site, path) (last_over_time(verolux_storage_read_only[2m]))";
    const string OwnThreshold = "max by (site, path) (last_over_time(verolux_storage_used_ratio_threshold[15m]))\n                or on (site, path)\n                  ";
    const string Literal = "\n                or on (site, path)\n                  " + Ratio + " * 0 + 0.85";
    const string ReadOnlyGuard = "\n          unless on (site, path)\n            " + ReadOnly + " == 1";
    const string Absent = "\n          or\n            absent(max by (site) (up{job=\"verolux-exporter\"}))";
    const string CameraUp = "max by (site, camera) (last_over_time(verolux_camera_up[2m])) == 0";
    const string CameraStreaming = "max by (site, camera) (last_over_time(verolux_camera_streaming[2m])) == 0";
    const string InMaintenance = "max by (site, camera) (last_over_time(verolux_camera_maintenance[2m]))";
    const string MaintenanceGuard = "\n          unless on (site, camera)\n            " + InMaintenance + " == 1";
    string folder = "";

    [SetUp]
    public void Copy_the_rules()
    {
        folder = Directory.CreateTempSubdirectory("verolux-rules-").FullName;
        foreach (var file in Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), "*.yml"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }

    [TearDown]
    public void Remove_the_copy() => Directory.Delete(folder, recursive: true);

    [TestCase("            > on (site, path)", "            >= on (site, path)", TestName = "StorageNearFull_at_its_threshold_instead_of_above")]
    [TestCase("            > on (site, path)", "            < on (site, path)", TestName = "StorageNearFull_below_its_threshold")]
    [TestCase("        for: 10m\n", "", TestName = "StorageNearFull_without_for")]
    [TestCase("        for: 10m\n", "        for: 10m30s\n", TestName = "StorageNearFull_with_a_longer_for")]
    [TestCase("        for: 10m\n", "        for: 9m30s\n", TestName = "StorageNearFull_with_a_shorter_for")]
    [TestCase("        keep_firing_for: 10m\n", "", TestName = "StorageNearFull_without_keep_firing_for")]
    [TestCase("        keep_firing_for: 10m\n", "        keep_firing_for: 9m30s\n", TestName = "StorageNearFull_with_a_shorter_keep_firing_for")]
    [TestCase(Ratio + "\n", "min by (site, path) (avg_over_time(verolux_storage_used_ratio[2m]))\n", TestName = "StorageNearFull_by_the_emptiest_reading")]
    [TestCase("max by (site, path) (last_over_time(verolux_storage_used_ratio_threshold", "min by (site, path) (last_over_time(verolux_storage_used_ratio_threshold",
        TestName = "StorageNearFull_by_the_lowest_threshold")]
    [TestCase("max by (site, path) (last_over_time(verolux_storage_read_only", "min by (site, path) (last_over_time(verolux_storage_read_only",
        TestName = "StorageNearFull_read_only_by_all_readings")]
    [TestCase("avg_over_time(verolux_storage_used_ratio", "last_over_time(verolux_storage_used_ratio", TestName = "StorageNearFull_by_the_last_value")]
    [TestCase("avg_over_time(verolux_storage_used_ratio[2m])", "verolux_storage_used_ratio", TestName = "StorageNearFull_by_the_instant_value")]
    [TestCase("verolux_storage_used_ratio[2m]", "verolux_storage_used_ratio[1m]", TestName = "StorageNearFull_over_half_the_window")]
    [TestCase("last_over_time(verolux_storage_used_ratio_threshold[15m]))\n", "verolux_storage_used_ratio_threshold)\n", TestName = "StorageNearFull_threshold_by_the_instant_value")]
    [TestCase("threshold[15m]))\n", "threshold[5m]))\n", TestName = "StorageNearFull_threshold_over_a_third_of_the_window")]
    [TestCase("by (site, path)", "by (site, path, instance)", TestName = "StorageNearFull_per_instance")]
    [TestCase("(site, path)", "(path)", TestName = "StorageNearFull_over_all_sites")]
    [TestCase(OwnThreshold, "", TestName = "StorageNearFull_without_the_threshold_series")]
    [TestCase(Literal, "", TestName = "StorageNearFull_without_the_literal")]
    [TestCase("* 0 + 0.85\n", "* 0 + 0.8\n", TestName = "StorageNearFull_with_another_literal")]
    [TestCase(ReadOnlyGuard, "", TestName = "StorageNearFull_without_the_read_only_guard")]
    [TestCase("read_only[2m])) == 1", "read_only[2m]))", TestName = "StorageNearFull_guarded_by_the_mere_presence_of_the_flag")]
    [TestCase("          unless on (site, path)", "          unless on (site)", TestName = "StorageNearFull_quieted_by_another_path")]
    [TestCase("severity: warning", "severity: critical", TestName = "StorageNearFull_with_another_severity")]
    [TestCase("vector(1) * 0 + 0.85", "vector(1) * 0 + 0.8", TestName = "StorageNearFull_telling_another_number")]
    [TestCase("{site=%q,path=%q}", "{path=%q,site=%q}", TestName = "StorageNearFull_telling_another_paths_threshold")]
    public void The_storage_tests_kill(string old, string @new) => AssertKilled("storage", old, @new);

    [TestCase(CameraUp + "\n              or\n                ", "", TestName = "CameraOffline_without_up")]
    [TestCase("\n              or\n                " + CameraStreaming, "", TestName = "CameraOffline_without_streaming")]
    [TestCase("              or\n", "              and\n", TestName = "CameraOffline_only_if_both_are_bad")]
    [TestCase(CameraUp, "min by (site, camera) (last_over_time(verolux_camera_up[2m])) == 0", TestName = "CameraOffline_when_one_of_two_exporters_says_so")]
    [TestCase(CameraStreaming, "min by (site, camera) (last_over_time(verolux_camera_streaming[2m])) == 0", TestName = "CameraOffline_when_one_of_two_exporters_gets_no_frames")]
    [TestCase(InMaintenance, "min by (site, camera) (last_over_time(verolux_camera_maintenance[2m]))", TestName = "CameraOffline_in_maintenance_by_all_exporters")]
    [TestCase("last_over_time(verolux_camera_up[2m])", "verolux_camera_up", TestName = "CameraOffline_by_the_instant_value")]
    [TestCase("last_over_time(verolux_camera_streaming[2m])", "verolux_camera_streaming", TestName = "CameraOffline_by_the_streams_instant_value")]
    [TestCase("last_over_time(verolux_camera_up", "max_over_time(verolux_camera_up", TestName = "CameraOffline_two_minutes_late")]
    [TestCase("last_over_time(verolux_camera_up", "min_over_time(verolux_camera_up", TestName = "CameraOffline_in_spite_of_a_good_look")]
    [TestCase("last_over_time(verolux_camera_streaming", "max_over_time(verolux_camera_streaming", TestName = "CameraOffline_two_minutes_late_for_the_stream")]
    [TestCase("last_over_time(verolux_camera_streaming", "min_over_time(verolux_camera_streaming", TestName = "CameraOffline_in_spite_of_a_good_sample")]
    [TestCase("camera_up[2m]))", "camera_up[1m]))", TestName = "CameraOffline_over_half_the_window")]
    [TestCase("camera_up[2m]))", "camera_up[5m]))", TestName = "CameraOffline_over_more_than_twice_the_window")]
    [TestCase("streaming[2m]))", "streaming[1m]))", TestName = "CameraOffline_over_half_the_streams_window")]
    [TestCase("streaming[2m]))", "streaming[5m]))", TestName = "CameraOffline_over_more_than_twice_the_streams_window")]
    [TestCase("up[2m])) == 0\n", "up[2m])) == 1\n", TestName = "CameraOffline_while_up")]
    [TestCase("up[2m])) == 0\n", "up[2m])) >= 0\n", TestName = "CameraOffline_always")]
    [TestCase("streaming[2m])) == 0\n", "streaming[2m])) == 1\n", TestName = "CameraOffline_while_streaming")]
    [TestCase("by (site, camera)", "by (site, camera, instance)", TestName = "CameraOffline_per_instance")]
    [TestCase("(site, camera)", "(camera)", TestName = "CameraOffline_over_all_sites")]
    [TestCase("(site, camera)", "(site)", TestName = "CameraOffline_when_the_whole_site_is")]
    [TestCase("verolux_camera_up[2m])) == 0\n", "verolux_camera_up[2m])) == 0 or absent(verolux_camera_up)\n", TestName = "CameraOffline_for_want_of_any_camera")]
    [TestCase(MaintenanceGuard, "", TestName = "CameraOffline_in_spite_of_maintenance")]
    [TestCase("maintenance[2m])) == 1", "maintenance[2m]))", TestName = "CameraOffline_quieted_by_the_mere_presence_of_the_flag")]
    [TestCase("maintenance[2m])) == 1", "maintenance[2m])) == 0", TestName = "CameraOffline_in_maintenance_alone")]
    [TestCase("          unless on (site, camera)", "          unless on (site)", TestName = "CameraOffline_quieted_by_another_cameras_maintenance")]
    [TestCase("          unless on (site, camera)", "          unless on (camera)", TestName = "CameraOffline_quieted_by_maintenance_at_another_site")]
    [TestCase("            (\n", "\n", "            )\n", "\n", TestName = "CameraOffline_with_maintenance_for_the_stream_alone")]
    [TestCase("        for: 10m\n", "", TestName = "CameraOffline_without_for")]
    [TestCase("        for: 10m\n", "        for: 9m30s\n", TestName = "CameraOffline_with_a_shorter_for")]
    [TestCase("        for: 10m\n", "        for: 10m30s\n", TestName = "CameraOffline_with_a_longer_for")]
    [TestCase("        keep_firing_for: 2m\n", "", TestName = "CameraOffline_without_keep_firing_for")]
    [TestCase("        keep_firing_for: 2m\n", "        keep_firing_for: 1m30s\n", TestName = "CameraOffline_with_a_shorter_keep_firing_for")]
    [TestCase("        keep_firing_for: 2m\n", "        keep_firing_for: 2m30s\n", TestName = "CameraOffline_with_a_longer_keep_firing_for")]
    [TestCase("severity: critical", "severity: warning", TestName = "CameraOffline_with_another_severity")]
    [TestCase("{site=%q,camera=%q}[2m])) == 0", "{camera=%q,site=%q}[2m])) == 0", TestName = "CameraOffline_telling_another_cameras_state")]
    [TestCase("{site=%q,camera=%q}[2m])) == 0", "{site=%q,camera=%q}[2m]))", TestName = "CameraOffline_telling_every_camera_silent")]
    public void The_camera_tests_kill(params string[] edits) => AssertKilled("cameras", edits);

    [TestCase(Absent, "", TestName = "VeroluxExporterDown_without_absent")]
    [TestCase("absent(max by (site) (up{job=\"verolux-exporter\"}))", "absent(up{job=\"verolux-exporter\"})", TestName = "VeroluxExporterDown_with_job_in_its_identity")]
    [TestCase("max by (site) (up{job=\"verolux-exporter\"}) == 0\n          or\n            ", "", TestName = "VeroluxExporterDown_without_up")]
    [TestCase("max by (site) (up{job=\"verolux-exporter\"}) == 0", "min by (site) (up{job=\"verolux-exporter\"}) == 0", TestName = "VeroluxExporterDown_when_one_of_two_is")]
    [TestCase("max by (site) (up{job=\"verolux-exporter\"}) == 0", "max(up{job=\"verolux-exporter\"}) == 0", TestName = "VeroluxExporterDown_when_all_sites_are")]
    [TestCase("max by (site) (up{job=\"verolux-exporter\"}) == 0", "up{job=\"verolux-exporter\"} == 0", TestName = "VeroluxExporterDown_per_instance")]
    [TestCase("up{job=\"verolux-exporter\"}", "up", TestName = "VeroluxExporterDown_for_any_job")]
    [TestCase(") == 0", ") >= 0", TestName = "VeroluxExporterDown_while_up")]
    [TestCase("        for: 5m\n", "", TestName = "VeroluxExporterDown_without_for")]
    [TestCase("        for: 5m\n", "        for: 4m30s\n", TestName = "VeroluxExporterDown_with_a_shorter_for")]
    [TestCase("        keep_firing_for: 2m\n", "", TestName = "VeroluxExporterDown_without_keep_firing_for")]
    [TestCase("          component: verolux-exporter\n", "", TestName = "VeroluxExporterDown_on_the_way_through_the_exporter")]
    [TestCase("vector(1)\n", "vector(1)\n        for: 1m\n", TestName = "Watchdog_with_for")]
    [TestCase("expr: vector(1)", "expr: up == 1", TestName = "Watchdog_over_a_metric")]
    [TestCase("severity: none", "severity: info", TestName = "Watchdog_with_another_severity")]
    public void The_exporter_tests_kill(string old, string @new) => AssertKilled("exporter", old, @new);

    static IEnumerable<string> Mutated => Directory.EnumerateFiles(RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "mutations"), "*.yml").Select(f => Path.GetFileNameWithoutExtension(f)).Order();

    [TestCaseSource(nameof(Mutated))]
    public void Every_mutant_is_killed(string name)
    {
        var mutants = Yaml.Load(RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "mutations", $"{name}.yml"));
        var complaints = ((YamlSequenceNode)mutants).Children.AsParallel().WithDegreeOfParallelism(2).Select(mutant =>
        {
            string[] edits = [.. ((YamlSequenceNode)mutant).Children.Select(e => ((YamlScalarNode)e).Value!)];
            using var folder = new TemporaryFolder();
            foreach (var file in (string[])[$"{name}.rules.yml", $"{name}_test.yml"])
                File.Copy(RepositoryRoot.Of("alert-rules", file), folder[file]);
            return Complaint(folder.Path, name, edits) is { } complaint ? $"{string.Join(" -> ", edits)}: {complaint}" : null;
        });
        Assert.That(complaints.Where(c => c is not null), Is.Empty);
    }

    [TestCase("storage")]
    [TestCase("cameras")]
    [TestCase("exporter")]
    public void Unbroken_rules_pass(string name)
    {
        var (exitCode, output) = Test(folder, name);
        Assert.That(exitCode, Is.Zero, output);
    }

    void AssertKilled(string name, params string[] edits) => Assert.That(Complaint(folder, name, edits), Is.Null);

    /// <param name="edits">Old, new, and so on.</param>
    /// <returns>Null where the cases notice.</returns>
    static string? Complaint(string folder, string name, string[] edits)
    {
        var file = Path.Combine(folder, $"{name}.rules.yml");
        var mutant = File.ReadAllText(file);
        foreach (var edit in edits.Chunk(2))
        {
            if (!mutant.Contains(edit[0]))
                return $"the rule no longer has \"{edit[0]}\": follow the rule here";
            mutant = mutant.Replace(edit[0], edit[1]);
        }
        File.WriteAllText(file, mutant);
        var (exitCode, output) = Test(folder, name);
        return exitCode == 0 ? $"survived, so {name}_test.yml lacks a case\n{output}"
            : !Regex.IsMatch(output, "(?:alertname|rule): [A-Za-z]+, time: ") ? $"killed by something else than a case, so this mutant is no rule file and its death proves nothing\n{output}"
            : null;
    }

    static (int ExitCode, string Output) Test(string folder, string name) => Command.RunIn(folder, "promtool", "test", "rules", $"{name}_test.yml");
}
