using Verolux.Exporter.Configuration;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary><c>make demo</c>, a little faster than people see it. Stopped in good order whatever becomes of the test, or its disk would stay mounted.</summary>
sealed class RunningDemo(TemporaryFolder folder) : IAsyncDisposable
{
    static readonly string Script = RepositoryRoot.Of("tests", "demo.sh");

    public RunningProgram Program { get; } = RunningProgram.Start(
        Script,
        ["start", typeof(SiteHost).Assembly.Location, typeof(Problem).Assembly.Location, "30"],
        new Dictionary<string, string> { ["DEMO"] = folder["demo"] });

    /// <summary>Where a part of it listens, such as <c>exporter</c>.</summary>
    public string Url(string part) =>
        $"http://127.0.0.1:{File.ReadAllLines(folder["demo/state"]).Select(l => l.Split('=', 2)).First(l => l[0] == $"{part}_port")[1]}";

    /// <summary>What <c>make break</c> and <c>make mend</c> do.</summary>
    public static Task<Ended> RunAsync(TemporaryFolder folder, CancellationToken cancellationToken, params string[] command) =>
        Ended.OfAsync(Script, command, cancellationToken, ("DEMO", folder["demo"]));

    public async ValueTask DisposeAsync()
    {
        if (!Program.HasEnded)
            await Program.StopAsync(CancellationToken.None);
        await Program.DisposeAsync();
    }
}
