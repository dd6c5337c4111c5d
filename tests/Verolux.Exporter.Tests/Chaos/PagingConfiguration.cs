using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Chaos;

/// <summary>A configuration that watches nothing and pages PagerDuty's stand-in, always at one address, whichever process serves it.</summary>
sealed class PagingConfiguration
{
    /// <param name="store">Full path; without one, in the folder.</param>
    public PagingConfiguration(TemporaryFolder folder, SiteHost site, string? store = null)
    {
        Store = store ?? folder["verolux.db"];
        var address = $"127.0.0.1:{FreePort.Next()}";
        Url = $"http://{address}";
        folder.Write("routing_key", SiteHost.RoutingKey);
        File = folder.Write("verolux.yml", $$"""
            listen: {{address}}
            runbooks: { path: {{RepositoryRoot.Of("runbooks")}} }
            alerts:
              store: {{Store}}
              destinations: { pagerduty: { type: pagerduty, routing_key_file: routing_key, url: {{site.Url}}/v2/enqueue } }
              levels: { L1: [pagerduty] }
            """);
    }

    public string File { get; }

    public string Store { get; }

    /// <summary>Without a slash at the end.</summary>
    public string Url { get; }
}
