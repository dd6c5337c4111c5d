using System.Diagnostics;

namespace Verolux.Exporter.Tests.Support;

/// <summary>What a program said and how it ended.</summary>
sealed record Ended(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs a program to its end, or ends it with the test.</summary>
    public static async Task<Ended> OfAsync(string file, IEnumerable<string> arguments, CancellationToken cancellationToken, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Command.Start(start);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return new Ended(process.ExitCode, await output, await errors);
        }
        finally
        {
            // Looking for its children means reading every process of the machine.
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
