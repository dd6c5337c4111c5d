using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Prometheus;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts;

/// <summary>
/// What the receiver's parts need in a test: a store's file that outlives the parts, a clock, the runbooks (one, for the warning DiskFull) and a log.
/// </summary>
sealed class Workbench : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 24, 10, 5, 0, TimeSpan.Zero);

    readonly TemporaryFolder folder = new();
    readonly RunbookFolder runbooks = new();

    /// <param name="runbook">The one there is.</param>
    public Workbench(string runbook = RunbookFolder.Sound)
    {
        runbooks.Write("RUNBOOK_DISK.md", runbook);
        Catalogue = runbooks.Load();
        Assert.That(Catalogue.Problems, Is.Empty);
        Engine = new Engine(Time);
        Logs = LoggerFactory.Create(logging => logging.AddProvider(Log).SetMinimumLevel(LogLevel.Trace));
    }

    public FakeTimeProvider Time { get; } = new(Now);

    public Catalogue Catalogue { get; }

    /// <summary>What is watched; nothing until a test says so.</summary>
    public Engine Engine { get; }

    public static Uri PublicUrl { get; } = new("http://exporter/");

    public ResponsePlan Plan => new(() => Catalogue, PublicUrl);

    public Lines Log { get; } = new();

    public ILoggerFactory Logs { get; }

    public string StorePath => folder["verolux.db"];

    /// <summary>The full path of a file; creates nothing.</summary>
    public string this[string name] => folder[name];

    public Secret SecretOf(string text, string name = "key") => Secret.FromFile(folder.Write(name, text));

    public Store OpenStore() => Store.Open(StorePath, _ => { }, Time);

    public Receiver NewReceiver(Store store, CollectorRegistry registry, IReadOnlyList<IDestination> destinations, params IReadOnlyList<string> firstLevel) => new(
        new AlertsOptions(StorePath, AlertsOptions.UsualRetention, ["replica"], [], [firstLevel]), "north", PublicUrl, Plan, () => Catalogue.Policy, new Exporter.Alerts.Triage.Triage(Engine.Loop, Time, Logs.CreateLogger<Exporter.Alerts.Triage.Triage>()), destinations, store, new ReceiverMetrics(Metrics.WithCustomRegistry(registry), registry), Time, Logs);

    public void Dispose()
    {
        Logs.Dispose();
        runbooks.Dispose();
        folder.Dispose();
    }
}
