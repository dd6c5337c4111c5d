using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>Minutes from the start of an incident whose response is due in 15.</summary>
public class SlaClockTests
{
    static readonly DateTimeOffset Start = new(2026, 11, 24, 10, 0, 0, TimeSpan.Zero);

    [TestCase(0, null, null, null, Description = "it runs")]
    [TestCase(0, 15, null, "met_ack")]
    [TestCase(0, 16, null, "breached_acked_late")]
    [TestCase(0, null, 15, "met_self_resolved")]
    [TestCase(0, null, 16, "breached_unacked")]
    [TestCase(0, 5, 10, "met_ack", Description = "the acknowledgement came first")]
    [TestCase(0, 5, 90, "met_ack")]
    [TestCase(0, 20, 90, "breached_acked_late")]
    [TestCase(14, null, null, null)]
    [TestCase(15, null, null, "breached_on_arrival")]
    [TestCase(20, null, 10, "met_self_resolved", Description = "it had ended in time, only unheard")]
    [TestCase(90, null, 80, "breached_on_arrival")]
    public void It_stops_at_the_first_acknowledgement_or_at_the_end(int opened, int? acknowledged, int? ended, string? outcome) =>
        Assert.That(SlaClock.Judge(Start.AddMinutes(15), Start.AddMinutes(opened), At(acknowledged), At(ended))?.Label(), Is.EqualTo(outcome));

    [Test]
    public void What_has_no_sla_has_no_outcome() => Assert.That(SlaClock.Judge(null, Start, At(1), At(2)), Is.Null);

    static DateTimeOffset? At(int? minutes) => minutes is { } m ? Start.AddMinutes(m) : null;
}
