using NUnit.Framework;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Storage;

namespace Verolux.Exporter.Tests.Storage;

public class StorageOptionsTests
{
    static (IReadOnlyList<StoragePath> Paths, IReadOnlyList<string> Problems) Read(string yaml)
    {
        var problems = new Problems();
        var document = Document.Parse(yaml, "verolux.yml", "/etc/verolux", problems);
        var paths = StorageOptions.Read(document.Root.Child("storage"), "north", 0.85);
        document.ReportUnknownKeys();
        return (paths, [.. problems.All.Select(p => p.ToString())]);
    }

    static StoragePath Default(string path) => new(path, "north", false, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(5), 0.85);

    [Test]
    public void A_path_needs_nothing_but_itself()
    {
        var (paths, problems) = Read("storage: { targets: [{ path: /recordings }] }");
        Assert.That(problems, Is.Empty);
        Assert.That(paths, Is.EqualTo(new[] { Default("/recordings") }));
    }

    [Test]
    public void Everything_can_be_said_of_a_path()
    {
        var (paths, problems) = Read("storage: { targets: [{ path: /r, recordings: true, interval: 1m, timeout: 10s, used_ratio_threshold: 0.97 }] }");
        Assert.That(problems, Is.Empty);
        Assert.That(paths, Is.EqualTo(new[] { new StoragePath("/r", "north", true, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10), 0.97) }));
    }

    [TestCase("")]
    [TestCase("storage: {}")]
    [TestCase("storage: { targets: [] }")]
    public void Without_targets_nothing_is_watched(string yaml)
    {
        var (paths, problems) = Read(yaml);
        Assert.That((paths.Count, problems.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Auto_is_this_machines_disks()
    {
        var (paths, problems) = Read("storage: { targets: auto }");
        Assert.That(problems, Is.Empty);
        Assert.That(paths[0], Is.EqualTo(Default("/")));
    }

    [TestCase("/recordings/", "/recordings")]
    [TestCase("/recordings//", "/recordings")]
    [TestCase("/", "/")]
    [TestCase("//", "/")]
    public void A_slash_at_the_end_does_not_count(string written, string path) =>
        Assert.That(Read($"storage: {{ targets: [{{ path: {written} }}] }}").Paths.Single().Path, Is.EqualTo(path));

    [Test]
    public void Where_the_interval_is_short_so_is_the_timeout()
    {
        var (paths, problems) = Read("storage: { targets: [{ path: /r, interval: 2s }] }");
        Assert.That(problems, Is.Empty);
        Assert.That(paths.Single().Timeout, Is.EqualTo(TimeSpan.FromSeconds(2)));
    }

    [TestCase("{ path: recordings }", "verolux.yml:1: storage.targets[0].path: \"recordings\" is not absolute; write it from the root, like /recordings")]
    [TestCase("{ recordings: true }", "verolux.yml:1: storage.targets[0].path: is missing; add it, for example `path: /recordings`")]
    [TestCase("{ path: '' }", "verolux.yml:1: storage.targets[0].path: is empty; give it a value or remove the key")]
    [TestCase("{ path: [/a] }", "verolux.yml:1: storage.targets[0].path: is a list or a mapping; give it a single value")]
    [TestCase("{ path: /r, recordings: yes please }", "verolux.yml:1: storage.targets[0].recordings: \"yes please\" is neither true nor false; write true or false")]
    [TestCase("{ path: /r, interval: 500ms }", "verolux.yml:1: storage.targets[0].interval: \"500ms\" is not a duration from 1s to 1d; write it like 15s, 10m or 1h30m")]
    [TestCase("{ path: /r, timeout: 5 }", "verolux.yml:1: storage.targets[0].timeout: \"5\" is not a duration from 100ms to 5m; write it like 15s, 10m or 1h30m")]
    [TestCase("{ path: /r, interval: 10s, timeout: 11s }", "verolux.yml:1: storage.targets[0].timeout: 11s is longer than the interval of 10s; make it at most as long")]
    [TestCase("{ path: /r, used_ratio_threshold: 97 }", "verolux.yml:1: storage.targets[0].used_ratio_threshold: \"97\" is not a number from 0 to 1; write it with a decimal point and no unit")]
    [TestCase("{ path: /r, used_ratio_threshold: NaN }", "verolux.yml:1: storage.targets[0].used_ratio_threshold: \"NaN\" is not a number from 0 to 1; write it with a decimal point and no unit")]
    [TestCase("{ path: /r, threshold: 0.9 }", "verolux.yml:1: storage.targets[0].threshold: is not a known key; remove it, or write one of: interval, path, recordings, timeout, used_ratio_threshold")]
    [TestCase("/r", "verolux.yml:1: storage.targets[0]: is not a mapping; write it like `- { key: value }`")]
    [TestCase("{ path: /r/ }, { path: /r }", "verolux.yml:1: storage.targets[1].path: \"/r\" is listed twice; remove one of them")]
    public void A_mistake_is_told_with_its_path_and_remedy(string targets, string problem) =>
        Assert.That(Read($"storage: {{ targets: [{targets}] }}").Problems, Is.EqualTo(new[] { problem }));

    [Test]
    public void A_word_in_place_of_the_list_is_refused() =>
        Assert.That(Read("storage: { targets: all }").Problems, Is.EqualTo(new[] { "verolux.yml:1: storage.targets: is not a list; write its items under it, each behind a dash" }));

    [Test]
    public void Every_mistake_is_told_at_once()
    {
        var (_, problems) = Read("storage:\n  targets:\n    - { path: a, recordings: 1 }\n    - { timeout: x }\n    - {}\n");
        Assert.That(problems.Select(p => string.Join(':', p.Split(':')[..3])), Is.EqualTo(new[]
        {
            "verolux.yml:3: storage.targets[0].path",
            "verolux.yml:3: storage.targets[0].recordings",
            "verolux.yml:4: storage.targets[1].path",
            "verolux.yml:4: storage.targets[1].timeout",
            "verolux.yml:5: storage.targets[2].path",
        }));
    }
}
