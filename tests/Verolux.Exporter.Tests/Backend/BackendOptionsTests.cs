using NUnit.Framework;
using Verolux.Exporter.Backend;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Tests.Backend;

public class BackendOptionsTests
{
    static (IReadOnlyList<BackendService> Services, IReadOnlyList<string> Problems) Read(string target)
    {
        var problems = new Problems();
        var document = Document.Parse($"backend: {{ targets: [{target}] }}", "verolux.yml", "/etc/verolux", problems);
        var services = BackendOptions.Read(document.Root.Child("backend"), "north", 20, 19);
        document.ReportUnknownKeys();
        return (services, [.. problems.All.Select(p => p.ToString())]);
    }

    [Test]
    public void A_service_needs_a_name_and_an_address()
    {
        var (services, problems) = Read("{ name: backend, url: 'http://backend:8000' }");
        Assert.That(problems, Is.Empty);
        Assert.That(services, Is.EqualTo(new[]
        {
            new BackendService("backend", "north", new Uri("http://backend:8000/"), true, true, null, new Pace(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(5)), null, 25, 20, 19),
        }));
    }

    [Test]
    public void Everything_can_be_said_of_a_service()
    {
        var (services, problems) = Read(
            """{ name: b, url: 'https://b/api', checks: [health, production], queue_stats_url: 'http://reporting:8001/stats/queue', interval: 1m, timeout: 10s, expected_fps: 30, """ +
            """inference_frames_per_second_threshold: 24, pipeline_camera_frames_per_second_threshold: 10, tls: { ca_file: ca.pem } }""");
        Assert.That(problems, Is.Empty);
        Assert.That(services, Is.EqualTo(new[]
        {
            new BackendService("b", "north", new Uri("https://b/api/"), false, true, new Uri("http://reporting:8001/stats/queue"), new Pace(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10)),
                new ClientTls("/etc/verolux/ca.pem"), 30, 24, 10),
        }));
    }

    [TestCase("{ url: 'http://b' }", "backend.targets[0]", "name")]
    [TestCase("{ name: b }", "backend.targets[0]", "url")]
    [TestCase("{ name: b, url: 'http://u:p@b' }", "backend.targets[0].url", "plain http(s) address")]
    [TestCase("{ name: b, url: 'http://b', checks: [health, queue] }", "backend.targets[0].checks", "\"queue\" is not a check")]
    [TestCase("{ name: b, url: 'http://b', checks: [cameras] }", "backend.targets[0].checks", "lacks health")]
    [TestCase("{ name: b, url: 'http://b', expected_fps: 0 }", "backend.targets[0].expected_fps", "not a number from 0.1 to 1000")]
    [TestCase("{ name: b, url: 'http://b', timeout: 20s }", "backend.targets[0].timeout", "longer than the interval")]
    [TestCase("{ name: b, url: 'http://b', tokn: x }", "backend.targets[0].tokn", "not a known key")]
    public void A_mistake_is_told_with_its_place(string target, string where, string what) =>
        Assert.That(Read(target).Problems, Has.Some.Contains(where).And.Some.Contains(what));
}
