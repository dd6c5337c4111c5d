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
        var path = new AlertingPath(["verolux-exporter"], start);
        path.Looked([View.Failed("b", start, "connection refused")]);
        Assert.That((path.IsDead(start.AddMinutes(4)), path.IsAlive(start.AddMinutes(4))), Is.EqualTo((true, false)));
        path.Saw(start.AddMinutes(5));
        Assert.That((path.IsDead(start.AddMinutes(5)), path.IsAlive(start.AddMinutes(5))), Is.EqualTo((false, true)));
        Assert.That((path.IsDead(start.AddMinutes(7)), path.IsAlive(start.AddMinutes(7))), Is.EqualTo((false, false)), "between dead and alive it is neither");
    }

    [TestCase("verolux-exporter", null)]
    [TestCase("", null, Description = "who sends by hand does not say")]
    [TestCase("team.x\nand <b>", "team.x and <b>")]
    public void A_receiver_that_is_called_otherwise_is_named(string receiver, string? named)
    {
        var path = new AlertingPath(["verolux-exporter", "other"], Workbench.Now);
        path.Came(receiver);
        Assert.That(
            path.Problems(Workbench.Now),
            named is null ? Is.Empty : Is.EqualTo(new[] { $"Alertmanager sends alerts here from its receiver \"{named}\", and alerts.alertmanagers knows none of that name: set `receiver` there, else what it holds and mutes is not known to be ours." }));
    }

    [Test]
    public void Where_none_is_asked_any_receiver_will_do()
    {
        var path = new AlertingPath([], Workbench.Now);
        path.Came("whatever");
        Assert.That(path.Problems(Workbench.Now.AddHours(1)), Is.Empty);
    }
}
