using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>
/// Breaks each rule in the ways such rules are broken by well-meant edits, and expects its promtool tests to notice. Not here, because no data can tell:
/// <c>max</c> to <c>min</c> in front of <c>* 0</c> alone, and the read-only flag by its instant value: what that loses in two minutes, <c>for</c> hides.
/// </summary>
public class RuleMutationTests
{
    const string Ratio = "max by (site, path) (avg_over_time(verolux_storage_used_ratio[2m]))";
    const string ReadOnly = "max by (site, path) (last_over_time(verolux_storage_read_only[2m]))";
    const string OwnThreshold = "max by (site, path) (last_over_time(verolux_storage_used_ratio_threshold[15m]))\n                or on (site, path)\n                  ";
    const string Literal = "\n                or on (site, path)\n                  " + Ratio + " * 0 + 0.85";
    const string ReadOnlyGuard = "\n          unless on (site, path)\n            " + ReadOnly + " == 1";
    const string Absent = "\n          or\n            absent(max by (site) (up{job=\"verolux-exporter\"}))";
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

    [TestCase("storage")]
    [TestCase("exporter")]
    public void Unbroken_rules_pass(string name)
    {
        var (exitCode, output) = Test(name);
        Assert.That(exitCode, Is.Zero, output);
    }

    void AssertKilled(string name, string old, string @new)
    {
        var file = Path.Combine(folder, $"{name}.rules.yml");
        var rules = File.ReadAllText(file);
        var mutant = rules.Replace(old, @new);
        Assert.That(mutant, Is.Not.EqualTo(rules), "the rule no longer has what this mutation changes: follow the rule here");
        File.WriteAllText(file, mutant);

        var (exitCode, output) = Test(name);
        Assert.That(exitCode, Is.Not.Zero, $"survived, so {name}_test.yml lacks a case\n{output}");
        Assert.That(output, Does.Match(new Regex("(?:alertname|rule): [A-Za-z]+, time: ")), "killed by something else than a case, so this mutant is no rule file and its death proves nothing");
    }

    (int ExitCode, string Output) Test(string name) => Command.RunIn(folder, "promtool", "test", "rules", $"{name}_test.yml");
}
