using System.Collections;
using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>A family whose series come with the first failure has a name on a healthy site, and nothing else.</summary>
public class FamilyWithoutSeriesTests
{
    [TestCase("count(camera, verolux_camera_host_reachable == 0) > 1")]
    [TestCase("count(switch, verolux_camera_host_reachable == 0) > 1")]
    [TestCase("verolux_camera_host_reachable == 0")]
    public void It_is_not_known_and_breaks_nothing(string condition)
    {
        var seen = ((string[])["verolux_camera_info{site=north,camera=a,switch=sw1} 1", "verolux_camera_up{site=north,camera=a} 1"]).Select(Seen.Read).ToLookup(o => o.Metric);
        var evidence = new Evidence(new Listed(seen, "verolux_camera_host_reachable"), new Dictionary<string, string> { ["site"] = "north", ["camera"] = "a" }, Seen.Now);
        Assert.That(Seen.Answer(condition, evidence), Is.EqualTo(Answer.Unknown));
    }

    /// <summary>What was seen, and a family of which nothing was.</summary>
    sealed class Listed(ILookup<string, Observation> seen, string family) : ILookup<string, Observation>
    {
        public int Count => seen.Count + 1;

        public IEnumerable<Observation> this[string key] => seen[key];

        public bool Contains(string key) => seen.Contains(key);

        public IEnumerator<IGrouping<string, Observation>> GetEnumerator() => seen.Append(new Nothing(family)).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    sealed class Nothing(string key) : IGrouping<string, Observation>
    {
        public string Key => key;

        public IEnumerator<Observation> GetEnumerator() => Enumerable.Empty<Observation>().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
