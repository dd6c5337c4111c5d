using System.ComponentModel;
using System.Diagnostics;

namespace Verolux.Exporter.Tests.Support;

/// <summary>Runs the programs that judge what is shipped beside the code. One that is not installed fails the test.</summary>
static class Tool
{
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    public static (int ExitCode, string Output) Run(string program, params string[] arguments) => RunIn(RepositoryRoot.Path, program, arguments);

    /// <param name="folder">The working directory.</param>
    /// <returns>Output holds both streams, standard output first.</returns>
    public static (int ExitCode, string Output) RunIn(string folder, string program, params string[] arguments)
    {
        using var process = Start(folder, program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Longest))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} was still running after {Longest}");
        }
        return (process.ExitCode, output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult());
    }

    static Process Start(string folder, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        }
        catch (Win32Exception error)
        {
            throw new InvalidOperationException($"{program} can't be started ({error.Message}); `make test` installs it", error);
        }
    }
}
