using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

[CancelAfter(60_000)]
public class ServersTests
{
    [Test]
    public async Task Prometheus_starts_and_answers_queries(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var prometheus = await PrometheusServer.StartAsync(folder.Write("prometheus.yml", "global: {}\n"), folder.Path, cancellationToken);
        var vector = (await prometheus.QueryAsync("""label_replace(vector(1) / 0, "camera", "gate_a1", "", "")""", cancellationToken)).Single();
        Assert.That(vector.Labels, Is.EqualTo(new Dictionary<string, string> { ["camera"] = "gate_a1" }));
        Assert.That(vector.Value, Is.EqualTo(double.PositiveInfinity));
        Assert.That((await prometheus.QueryAsync("1.5", cancellationToken)).Single().Value, Is.EqualTo(1.5));
        Assert.That(await prometheus.QueryAsync("absent_metric", cancellationToken), Is.Empty);
        Assert.That(
            async () => await prometheus.QueryAsync("sum(", cancellationToken),
            Throws.InstanceOf<AssertionException>().With.Message.Contains("parse error"));
    }

    [Test]
    public async Task Alertmanager_starts(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var config = folder.Write("alertmanager.yml", "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n");
        await using var alertmanager = await AlertmanagerServer.StartAsync(config, folder.Path, cancellationToken);
        Assert.That(await alertmanager.Program.StopAsync(cancellationToken), Is.Zero);
    }

    [Test]
    public void A_server_that_refuses_its_configuration_fails_with_its_reason()
    {
        using var folder = new TemporaryFolder();
        var config = folder.Write("prometheus.yml", "nonsense: true\n");
        Assert.That(
            async () => await PrometheusServer.StartAsync(config, folder.Path, CancellationToken.None),
            Throws.InstanceOf<AssertionException>().With.Message.Contains("nonsense"));
    }
}
