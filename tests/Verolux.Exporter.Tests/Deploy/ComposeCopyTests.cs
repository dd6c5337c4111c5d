using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Deploy;

/// <summary>
/// The configurations of Prometheus and Alertmanager for containers are the shipped ones with other addresses, and nothing else. <c>UPDATE_GOLDEN=1</c> writes them anew.
/// </summary>
public class ComposeCopyTests
{
    const string Key = "      - routing_key_file: /etc/prometheus/pagerduty_routing_key\n";

    [TestCase("prometheus/prometheus.yml", "compose/prometheus.yml", "127.0.0.1:9877", "verolux-exporter:9877", "127.0.0.1:9093", "verolux-alertmanager:9093")]
    [TestCase("alertmanager/alertmanager.yml", "compose/alertmanager.yml", "127.0.0.1:9877", "verolux-exporter:9877")]
    [TestCase("compose/alertmanager.yml", "compose/demo/alertmanager.yml", Key, Key + "        url: http://backend:8000/v2/enqueue\n")]
    public void A_copy_differs_in_these_texts_alone(string shipped, string copy, params string[] replaced)
    {
        var expected = File.ReadAllText(RepositoryRoot.Of("deploy", shipped));
        foreach (var pair in replaced.Chunk(2))
        {
            Assert.That(expected, Does.Contain(pair[0]));
            expected = expected.Replace(pair[0], pair[1]);
        }
        var path = RepositoryRoot.Of("deploy", copy);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(path, expected);
        Assert.That(File.ReadAllText(path), Is.EqualTo(expected), $"deploy/{copy} is not deploy/{shipped} with other addresses: UPDATE_GOLDEN=1 writes it anew");
    }
}
