using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Commands;
using Service = Verolux.Exporter.Commands.Exporter;

namespace Verolux.Exporter.Tests.Support;

/// <summary>The whole service in this process, on a port that the kernel picked, with its store in a folder of its own.</summary>
sealed class ExporterHost : IAsyncDisposable
{
    readonly TemporaryFolder folder;
    readonly Task<bool> running;

    ExporterHost(TemporaryFolder folder, Service service)
    {
        (this.folder, Service) = (folder, service);
        Client = new HttpClient { BaseAddress = new Uri(service.Url) };
        running = service.RunAsync();
    }

    public Service Service { get; }

    public HttpClient Client { get; }

    /// <param name="yaml">The configuration without <c>listen</c>, <c>site</c> and <c>runbooks</c>.</param>
    /// <param name="folder">Where the configuration is written to and the store comes; disposed of with the host.</param>
    /// <param name="more">Collectors beside the configured ones.</param>
    public static async Task<ExporterHost> StartAsync(string yaml, TemporaryFolder? folder = null, params IReadOnlyList<ICollector> more)
    {
        folder ??= new TemporaryFolder();
        var options = ExporterOptions.Load(
            folder.Write("verolux.yml", $"listen: 127.0.0.1:0\nsite: north\nrunbooks: {{ path: {RepositoryRoot.Of("runbooks")} }}\n{yaml}\n"), TimeProvider.System);
        Assert.That(options.Problems, Is.Empty);
        Directory.CreateDirectory(Path.GetDirectoryName(options.Alerts.Store)!);
        var service = new Service(options, TimeProvider.System, more);
        await service.StartAsync();
        return new ExporterHost(folder, service);
    }

    public async Task<Exposition> ScrapeAsync(CancellationToken cancellationToken) => new(await Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Service.StopAsync();
        await running;
        await Service.DisposeAsync();
        folder.Dispose();
    }
}
