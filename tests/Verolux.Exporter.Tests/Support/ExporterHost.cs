using NUnit.Framework;
using Verolux.Exporter.Commands;
using Service = Verolux.Exporter.Commands.Exporter;

namespace Verolux.Exporter.Tests.Support;

/// <summary>The whole service in this process, read from a file and listening.</summary>
sealed class ExporterHost : IAsyncDisposable
{
    readonly IDisposable? owned;
    readonly Task<bool> running;

    ExporterHost(Service service, IDisposable? owned)
    {
        (Service, this.owned) = (service, owned);
        Client = new HttpClient { BaseAddress = new Uri(service.Url), Timeout = TimeSpan.FromSeconds(30) };
        running = service.RunAsync();
    }

    public Service Service { get; }

    public HttpClient Client { get; }

    /// <param name="yaml">The configuration without <c>listen</c>, <c>site</c> and <c>runbooks</c>.</param>
    /// <param name="folder">Where the configuration is written to and the store comes; without one, the host has one of its own.</param>
    public static Task<ExporterHost> StartAsync(string yaml, TemporaryFolder? folder = null)
    {
        var owned = folder is null ? folder = new TemporaryFolder() : null;
        return ReadAsync(Rewrite(yaml, folder), TimeProvider.System, owned);
    }

    /// <summary>Writes another configuration where the host reads its own.</summary>
    public static string Rewrite(string yaml, TemporaryFolder folder) =>
        folder.Write("verolux.yml", $"listen: 127.0.0.1:0\nsite: north\nrunbooks: {{ path: {RepositoryRoot.Of("runbooks")} }}\n{yaml}\n");

    /// <param name="file">The whole configuration.</param>
    /// <param name="owned">Disposed of with the host.</param>
    public static async Task<ExporterHost> ReadAsync(string file, TimeProvider time, IDisposable? owned)
    {
        var options = ExporterOptions.Load(file, time);
        Assert.That(options.Problems, Is.Empty);
        Directory.CreateDirectory(Path.GetDirectoryName(options.Alerts.Store)!);
        var service = new Service(options, time);
        await service.StartAsync();
        return new ExporterHost(service, owned);
    }

    public async Task<Exposition> ScrapeAsync(CancellationToken cancellationToken) => new(await Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Service.StopAsync();
        await running;
        await Service.DisposeAsync();
        owned?.Dispose();
    }
}
