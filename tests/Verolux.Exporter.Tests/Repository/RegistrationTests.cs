using System.Reflection;
using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Commands;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>What was written is also started: a collector or a destination that nobody makes would pass all its own tests.</summary>
[CancelAfter(60_000)]
public class RegistrationTests
{
    static IEnumerable<Type> Kinds => Implementing<IDestination>();

    static IEnumerable<Type> Implementing<T>() => typeof(Series).Assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(T)));

    [Test]
    public async Task Every_collector_is_started()
    {
        await using var exporter = await ExporterHost.StartAsync("");
        Assert.That(Implementing<ICollector>(), Is.Not.Empty);
        Assert.That(exporter.Service.Collectors.Select(c => c.GetType()), Is.EquivalentTo(Implementing<ICollector>()));
    }

    [TestCaseSource(nameof(Kinds))]
    public void A_destination_of_every_kind_can_be_configured(MemberInfo kind) => Assert.That(Mistakes(kind.Name.ToLowerInvariant()), Has.None.Contains("not a kind of destination"));

    [Test]
    public void There_are_destinations_and_an_unknown_kind_is_refused()
    {
        Assert.That(Kinds, Is.Not.Empty);
        Assert.That(Mistakes("pigeon"), Has.One.Contains("not a kind of destination"));
    }

    [Test]
    public void A_destination_of_every_kind_is_made()
    {
        var document = Document.Parse("""
            alerts:
              destinations:
                a: { type: pagerduty, routing_key_file: x }
                b: { type: slack, webhook_url_file: x }
                c: { type: webhook, url: "https://h/", secret_file: x }
              levels: { L1: [a] }
            """, "verolux.yml", "/etc/verolux", new Problems());
        using var made = new Destinations(AlertsOptions.Read(document.Root.Child("alerts"), "/etc/verolux").Destinations, TimeProvider.System);
        Assert.That(made.All.Select(d => d.Name), Is.EqualTo(["a", "b", "c"]));
        Assert.That(made.All.Select(d => d.GetType()), Is.EquivalentTo(Kinds));
    }

    static IEnumerable<string> Mistakes(string kind)
    {
        var problems = new Problems();
        var document = Document.Parse($"alerts: {{ destinations: {{ one: {{ type: {kind} }} }} }}", "verolux.yml", "/etc/verolux", problems);
        AlertsOptions.Read(document.Root.Child("alerts"), "/etc/verolux");
        return problems.All.Select(p => p.What);
    }
}
