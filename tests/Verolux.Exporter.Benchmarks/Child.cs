using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Benchmarks;

/// <summary>A program that is measured: started on a port of the kernel's choice, and gone when this is disposed.</summary>
sealed partial class Child : IAsyncDisposable
{
    static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(60);
    readonly Process process;
    readonly Queue<string> said = new();
    readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    Child(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    /// <summary>Where it listens; ends with a slash.</summary>
    public Uri Url => listening.Task.Result;

    /// <summary>Starts a program that prints where it listens, and waits for that.</summary>
    public static async Task<Child> StartAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var child = new Child(Start(program, arguments));
        try
        {
            await Task.WhenAny(child.listening.Task, child.process.WaitForExitAsync(cancellation)).WaitAsync(StartWithin, cancellation);
            cancellation.ThrowIfCancellationRequested();
            if (!child.listening.Task.IsCompleted)
                throw new BenchmarkException($"{program} has ended:\n{child.Said()}");
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        await using var child = new Child(Start(program, arguments));
        await child.process.WaitForExitAsync(cancellation);
        return child.process.ExitCode == 0 ? child.Said() : throw new BenchmarkException($"{program} has failed:\n{child.Said()}");
    }

    /// <summary>Kills it: what it has answered as stored must be on the disk all the same.</summary>
    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    static Process Start(string program, IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception error)
        {
            throw new BenchmarkException($"{program} can't be started ({error.Message}); `make bench` installs what the benchmarks need");
        }
    }

    void Hear(string? line)
    {
        if (line is null)
            return;
        lock (said)
        {
            said.Enqueue(line);
            if (said.Count > 100)
                said.Dequeue();
        }
        if (Address().Match(line) is { Success: true } match)
            listening.TrySetResult(new Uri($"http://{match.Groups[1].Value}/"));
    }

    string Said()
    {
        lock (said)
            return string.Join('\n', said);
    }

    // Prometheus' programs print `msg="Listening on" address=…`, ours `listens on http://…`.
    [GeneratedRegex("""(?:Listening on" address=|listens on http://)(127\.0\.0\.1:\d+)""")]
    private static partial Regex Address();
}
