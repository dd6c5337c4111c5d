using NUnit.Framework;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Gpu;

namespace Verolux.Exporter.Tests.Gpu;

public class GpuOptionsTests
{
    static readonly GpuOptions Default = new(null, "north", TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(5), 0.95);

    static (GpuOptions Options, IReadOnlyList<string> Problems) Read(string yaml)
    {
        var problems = new Problems();
        var document = Document.Parse(yaml, "verolux.yml", "/etc/verolux", problems);
        var options = GpuOptions.Read(document.Root.Child("gpu"), "north", 0.95);
        document.ReportUnknownKeys();
        return (options, [.. problems.All.Select(p => p.ToString())]);
    }

    [TestCase("")]
    [TestCase("gpu: {}")]
    [TestCase("gpu: { enabled: auto }")]
    public void Without_a_word_cards_are_watched_where_there_are_any(string yaml)
    {
        var (options, problems) = Read(yaml);
        Assert.That(problems, Is.Empty);
        Assert.That(options, Is.EqualTo(Default));
    }

    [TestCase("true", true)]
    [TestCase("false", false)]
    public void It_can_be_said_for_sure(string enabled, bool expected) => Assert.That(Read($"gpu: {{ enabled: {enabled} }}").Options, Is.EqualTo(Default with { Enabled = expected }));

    [Test]
    public void Everything_can_be_said()
    {
        var (options, problems) = Read("gpu: { enabled: true, interval: 1m, timeout: 10s, utilization_ratio_threshold: 0.8 }");
        Assert.That(problems, Is.Empty);
        Assert.That(options, Is.EqualTo(new GpuOptions(true, "north", TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10), 0.8)));
    }

    [TestCase("{ enabled: yes }", "verolux.yml:1: gpu.enabled: \"yes\" is neither auto, true nor false; write auto, true or false")]
    [TestCase("{ enabled: '' }", "verolux.yml:1: gpu.enabled: is empty; give it a value or remove the key")]
    [TestCase("{ enabled: [true] }", "verolux.yml:1: gpu.enabled: is a list or a mapping; give it a single value")]
    [TestCase("{ interval: 100ms }", "verolux.yml:1: gpu.interval: \"100ms\" is not a duration from 1s to 1d; write it like 15s, 10m or 1h30m")]
    [TestCase("{ timeout: 16s }", "verolux.yml:1: gpu.timeout: 16s is longer than the interval of 15s; make it at most as long")]
    [TestCase("{ utilization_ratio_threshold: 95 }", "verolux.yml:1: gpu.utilization_ratio_threshold: \"95\" is not a number from 0 to 1; write it with a decimal point and no unit")]
    [TestCase("{ targets: [] }", "verolux.yml:1: gpu.targets: is not a known key; remove it, or write one of: enabled, interval, timeout, utilization_ratio_threshold")]
    [TestCase("auto", "verolux.yml:1: gpu: is not a mapping; write its keys under it, indented")]
    public void A_mistake_is_told_with_its_path_and_remedy(string gpu, string problem) => Assert.That(Read($"gpu: {gpu}").Problems, Is.EqualTo(new[] { problem }));

    [Test]
    public void Every_mistake_is_told_at_once() =>
        Assert.That(Read("gpu: { enabled: 1, interval: x, timeout: y, utilization_ratio_threshold: z }").Problems, Has.Count.EqualTo(4));
}
