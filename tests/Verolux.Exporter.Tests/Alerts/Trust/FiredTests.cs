using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Trust;

namespace Verolux.Exporter.Tests.Alerts.Trust;

public class FiredTests
{
    [TestCase("0 15 30", 300, "0-30")]
    [TestCase("60", 300, "60-60", Description = "one look found it")]
    [TestCase("0 15 30 45 120 135 500", 900, "0-135 500-500", Description = "within five minutes it is the same incident")]
    [TestCase("270 285 300", 300, "", Description = "it still fires, and will be told of")]
    [TestCase("0 15 485", 480, "0-15", Description = "it fired again and goes on")]
    [TestCase("", 300, "")]
    public void What_ended_is_read_with_its_times(string seconds, int until, string expected)
    {
        var values = string.Join(',', seconds.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => $"[{s}.000,\"1\"]"));
        var fired = Fired.Read(Answer($$"""{"metric":{"__name__":"ALERTS","alertname":"DiskFull","alertstate":"firing","path":"/1"},"values":[{{values}}]}"""), DateTimeOffset.FromUnixTimeSeconds(until));
        Assert.That(string.Join(' ', fired.Select(f => $"{f.StartsAt.ToUnixTimeSeconds()}-{f.EndsAt.ToUnixTimeSeconds()}")), Is.EqualTo(expected));
        Assert.That(fired.Select(f => string.Join(',', f.Labels.Keys)), Is.All.EqualTo("alertname,path"));
    }

    [TestCase("""<html>It works!</html>""")]
    [TestCase("""{"status":"success"}""")]
    [TestCase("""{"data":{"result":[{"metric":{"alertname":"A"},"values":[["soon","1"]]}]}}""")]
    [TestCase("""{"data":{"result":[{"metric":{"alertname":"A"},"values":[[]]}]}}""")]
    [TestCase("""{"data":{"result":[{"metric":{"alertname":"A"},"values":[[1e300,"1"]]}]}}""")]
    [TestCase("""{"data":{"result":[{"metric":{"alertname":1},"values":[]}]}}""")]
    public void What_is_no_answer_says_so(string answer) =>
        Assert.That(() => Fired.Read(Encoding.UTF8.GetBytes(answer), DateTimeOffset.UnixEpoch), Throws.TypeOf<FormatException>().With.Message.EqualTo("it is no answer of Prometheus' query"));

    [Test]
    public void What_names_no_alert_and_a_drill_are_left_out() => Assert.That(
        Fired.Read(Answer("""{"metric":{"x":"y"},"values":[[0,"1"]]},{"metric":{"alertname":"VeroluxDrill"},"values":[[0,"1"]]}"""), DateTimeOffset.FromUnixTimeSeconds(300)), Is.Empty);

    static byte[] Answer(string series) => Encoding.UTF8.GetBytes($$$"""{"status":"success","data":{"resultType":"matrix","result":[{{{series}}}]}}""");
}
