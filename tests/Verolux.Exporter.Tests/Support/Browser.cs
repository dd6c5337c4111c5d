using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

/// <summary>What a browser made of a page.</summary>
/// <param name="Dom">The document as it stood in the end, as HTML.</param>
/// <param name="Log">What it logged, the page's console included.</param>
sealed record Visit(string Dom, string Log);

/// <summary>The real Chromium without a window.</summary>
static class Browser
{
    public static readonly string[] Flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", "--hide-scrollbars", "--enable-logging=stderr", "--v=0",
    ];

    public static async Task<Visit> VisitAsync(string address, CancellationToken cancellationToken)
    {
        using var profile = new TemporaryFolder();
        var (output, errors) = await RunAsync(["--dump-dom", address], profile, cancellationToken);
        return new Visit(output, errors);
    }

    static async Task<(string Output, string Errors)> RunAsync(string[] arguments, TemporaryFolder profile, CancellationToken cancellationToken)
    {
        var ended = await Ended.OfAsync("chromium", [.. Flags, $"--user-data-dir={profile["profile"]}", .. arguments], cancellationToken);
        if (ended.ExitCode != 0)
            throw new AssertionException($"chromium ended with {ended.ExitCode}:\n{ended.Errors}");
        return (ended.Output, ended.Errors);
    }
}
