using NUnit.Framework;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Trust;

namespace Verolux.Exporter.Tests.Alerts.Trust;

public class AlertingPathTests
{
    [Test]
    public void That_nobody_watches_is_over_when_the_Watchdog_arrives_although_one_Alertmanager_is_lost()
    {
        var start = Workbench.Now;
        var path = new AlertingPath(true, start);
        path.Looked([View.Failed("b", start, "connection refused")]);
        Assert.That((path.IsDead(start.AddMinutes(4)), path.IsAlive(start.AddMinutes(4))), Is.EqualTo((true, false)));
        path.Saw(start.AddMinutes(5));
        Assert.That((path.IsDead(start.AddMinutes(5)), path.IsAlive(start.AddMinutes(5))), Is.EqualTo((false, true)));
        Assert.That((path.IsDead(start.AddMinutes(7)), path.IsAlive(start.AddMinutes(7))), Is.EqualTo((false, false)), "between dead and alive it is neither");
    }
}
