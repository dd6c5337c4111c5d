using System.Net;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Site.PagerDuty;

namespace Verolux.Exporter.Tests.Site.Cameras;

/// <summary>What becomes of a camera when somebody outside the program says so.</summary>
[CancelAfter(30_000)]
public class CameraRoutesTests
{
    CameraFarm farm = null!;
    SiteHost site = null!;
    Camera camera = null!;

    [SetUp]
    public async Task Start()
    {
        farm = CameraFarm.Start();
        camera = farm.Add("/gate_a1");
        site = await SiteHost.StartAsync(new PagerDutySite(TimeProvider.System, SiteHost.RoutingKey), cameras: farm);
    }

    [TearDown]
    public async Task Stop()
    {
        await site.DisposeAsync();
        await farm.DisposeAsync();
    }

    [Test]
    public async Task It_becomes_a_camera_of_another_kind(CancellationToken cancellationToken)
    {
        Assert.That(await SteerAsync("gate_a1?becomes=password_changed", cancellationToken), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(camera.Kind, Is.EqualTo(DemoCameras.Kinds["password_changed"]));
    }

    [TestCase("cut", 0)]
    [TestCase("flapping", 1)]
    public async Task It_is_cut_or_flaps_until_it_becomes_a_good_one(string becomes, int answered, CancellationToken cancellationToken)
    {
        Assert.That(await SteerAsync($"gate_a1?becomes={becomes}", cancellationToken), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await AnsweredAsync(2), Is.EqualTo(answered));
        Assert.That(await SteerAsync("gate_a1?becomes=open25", cancellationToken), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await AnsweredAsync(2), Is.EqualTo(2));
    }

    [TestCase("gate_a1?becomes=beautiful", HttpStatusCode.BadRequest)]
    [TestCase("gate_a1", HttpStatusCode.BadRequest)]
    [TestCase("nobody?becomes=cut", HttpStatusCode.NotFound)]
    public async Task What_makes_no_sense_is_refused(string path, HttpStatusCode status, CancellationToken cancellationToken) =>
        Assert.That(await SteerAsync(path, cancellationToken), Is.EqualTo(status));

    async Task<HttpStatusCode> SteerAsync(string path, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using var response = await client.PostAsync(new Uri($"{site.Url}/cameras/{path}"), null, cancellationToken);
        return response.StatusCode;
    }

    async Task<int> AnsweredAsync(int connections)
    {
        var answered = 0;
        for (var i = 0; i < connections; i++)
        {
            using var talk = await RtspTalk.ConnectAsync(farm, camera, CancellationToken.None);
            try
            {
                answered += (await talk.AskAsync("OPTIONS")).Status == 200 ? 1 : 0;
            }
            catch (IOException)
            {
                // Reset.
            }
        }
        return answered;
    }
}
