using NUnit.Framework;
using Verolux.Exporter.Commands;
using Verolux.Exporter.Storage;

namespace Verolux.Exporter.Tests.Commands;

public class EvidenceNamesTests
{
    [Test]
    public void A_slice_brings_its_families_its_health_and_its_reasons_although_it_watches_nothing()
    {
        var names = EvidenceNames.Of([new StorageCollector([], TimeProvider.System)]);
        Assert.That(names.Metrics, Is.SupersetOf(new[] { "verolux_storage_used_ratio", "verolux_storage_used_ratio_threshold", "verolux_storage_up", "verolux_storage_failure" }));
        Assert.That(names.Reasons, Is.EquivalentTo(new[] { "config", "timeout", "internal", "not_found", "permission", "io" }));
    }
}
