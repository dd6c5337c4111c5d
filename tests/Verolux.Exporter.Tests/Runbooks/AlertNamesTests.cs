using NUnit.Framework;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>
/// Names of public rule packs, held against the shipped runbooks. Every third name of a pack is held out: aliases and symptoms are never written with a
/// look at those, so their figure says how names will fare that nobody has seen. It is told as a figure alone, to keep it so.
/// </summary>
public class AlertNamesTests
{
    const string None = "none";

    /// <param name="Runbook">What whoever is paged needs, or <see cref="None"/>.</param>
    sealed record Named(string Name, string Runbook, bool HeldOut)
    {
        public string Found { get; } = ShippedRunbooksTests.Shipped.Match(Name, null).Runbook?.Name ?? None;

        public bool IsFalse => Found != None && Found != Runbook;
    }

    static readonly IReadOnlyList<Named> Names = Read();

    [Test]
    public void The_list_is_long_and_names_runbooks_that_are_there_and_nothing_twice()
    {
        Assert.That(Names.Select(n => n.Name), Is.Unique);
        Assert.That(Names, Has.Count.GreaterThanOrEqualTo(300));
        Assert.That(Names.Select(n => n.Runbook).Distinct(), Is.SubsetOf(ShippedRunbooksTests.Shipped.Runbooks.Select(r => r.Name).Append(None)));
    }

    [Test]
    public void Of_the_names_that_the_symptoms_were_written_with_95_in_100_find_their_runbook_and_none_a_wrong_one()
    {
        var tuned = Names.Where(n => !n.HeldOut).ToList();
        Tell("tuned", tuned);
        Assert.That(tuned.Where(n => n.IsFalse).Select(n => $"{n.Name} got {n.Found} instead of {n.Runbook}"), Is.Empty);
        Assert.That(Share(tuned), Is.GreaterThanOrEqualTo(0.95), $"missed: {string.Join(", ", tuned.Where(n => n.Found != n.Runbook).Select(n => n.Name))}");
    }

    [Test]
    public void Of_the_names_held_out_95_in_100_find_their_runbook_and_none_a_wrong_one()
    {
        var heldOut = Names.Where(n => n.HeldOut).ToList();
        Tell("held out", heldOut);
        Assert.That(heldOut.Count(n => n.IsFalse), Is.Zero);
        Assert.That(Share(heldOut), Is.GreaterThanOrEqualTo(0.95));
    }

    [TestCase("CameraFlapping", "RUNBOOK_RTSP_STORM")]
    [TestCase("RTSPReconnectStorm", "RUNBOOK_RTSP_STORM")]
    [TestCase("CamerasUnstable", "RUNBOOK_RTSP_STORM")]
    [TestCase("Camera 12 offline", "RUNBOOK_CAMERA_OFFLINE")]
    [TestCase("disk-space low", "RUNBOOK_STORAGE_FULL")]
    [TestCase("GPU temperature high", "RUNBOOK_GPU_SATURATION")]
    [TestCase("VeroluxExporterDown", None)]
    [TestCase("VeroluxTargetUnknown", None)]
    [TestCase("VeroluxDeliveryStuck", None)]
    [TestCase("VeroluxReceiverFailing", None)]
    [TestCase("VeroluxWatchdogSilent", None)]
    [TestCase("VeroluxClockSkewed", None)]
    public void Names_that_no_public_pack_has(string alertname, string runbook) => Assert.That(ShippedRunbooksTests.Shipped.Match(alertname, null).Runbook?.Name ?? None, Is.EqualTo(runbook));

    static double Share(IReadOnlyList<Named> names) => names.Count(n => n.Runbook != None && n.Found == n.Runbook) / (double)names.Count(n => n.Runbook != None);

    static void Tell(string which, IReadOnlyList<Named> names) => TestContext.Out.WriteLine(
        $"{which}: {names.Count} names, {names.Count(n => n.Runbook != None)} of them ours, {Share(names):P1} of those with the right runbook, {names.Count(n => n.IsFalse)} false");

    static List<Named> Read()
    {
        var problems = new Problems();
        var file = RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "alert-names.yml");
        var names = new List<Named>();
        string[] runbooks = [None, .. ShippedRunbooksTests.Shipped.Runbooks.Select(r => r.Name)];
        var document = Document.Parse(File.ReadAllText(file), "alert-names.yml", "", problems);
        foreach (var pack in document.Root.Children("packs"))
        {
            pack.RequiredText("pack", "a name");
            pack.RequiredText("source", "https://github.com/owner/name");
            names.AddRange(runbooks.SelectMany(r => pack.Texts(r).Select(name => (Name: name, Runbook: r))).OrderBy(n => n.Name, StringComparer.Ordinal)
                .Select((n, i) => new Named(n.Name, n.Runbook, HeldOut: i % 3 == 2)));
        }
        document.ReportUnknownKeys();
        Assert.That(problems.All, Is.Empty);
        return names;
    }
}
