using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

/// <summary>
/// Programs that are run to their end: small ones of the operating system, and those that judge what is shipped beside the code. One that is not installed fails the test.
/// </summary>
static class Command
{
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <returns>Output holds both streams, standard output first.</returns>
    public static (int ExitCode, string Output) Run(string file, params IEnumerable<string> arguments) => RunIn("", file, arguments);

    /// <param name="folder">The folder to run it in; empty for that of the tests.</param>
    /// <returns>Output holds both streams, standard output first.</returns>
    public static (int ExitCode, string Output) RunIn(string folder, string file, params IEnumerable<string> arguments)
    {
        using var process = Start(new ProcessStartInfo(file, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true });
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Longest))
        {
            process.Kill(entireProcessTree: true);
            throw new AssertionException($"{file} {string.Join(' ', arguments)} was still running after {Longest}");
        }
        return (process.ExitCode, output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult());
    }

    public static void Signal(int processId, string signal) => Run("kill", "-s", signal, $"{processId}");

    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing) when (missing.NativeErrorCode == 2)
        {
            throw new AssertionException($"{start.FileName} is missing (or the folder to run it in is): `make test` installs what the tests need", missing);
        }
    }
}
