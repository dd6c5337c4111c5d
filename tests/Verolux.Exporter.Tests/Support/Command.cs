using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

/// <summary>Small programs of the operating system that are run to their end.</summary>
static class Command
{
    public static (int ExitCode, string Output) Run(string file, params IEnumerable<string> arguments)
    {
        using var process = Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
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
