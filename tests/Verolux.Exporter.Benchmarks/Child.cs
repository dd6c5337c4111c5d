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
    readonly Regex announcement;
    readonly TaskCompletionSource<Match> announced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    Child(Process process, Regex announcement)
    {
        (this.process, this.announcement) = (process, announcement);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    /// <summary>What it printed once it was ready.</summary>
    public Match Announced => announced.Task.Result;

    /// <summary>Where it listens; ends with a slash.</summary>
    public Uri Url => new($"http://{Announced.Groups[1].Value}/");

    /// <summary>Starts a program that prints where it listens, and waits for that.</summary>
    public static Task<Child> StartAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation) => StartAsync(program, arguments, Address(), cancellation);

    /// <summary>Starts a program, and waits until it prints this.</summary>
    public static async Task<Child> StartAsync(string program, IEnumerable<string> arguments, Regex announcement, CancellationToken cancellation)
    {
        var child = new Child(Start(program, arguments), announcement);
        try
        {
            await Task.WhenAny(child.announced.Task, child.process.WaitForExitAsync(cancellation)).WaitAsync(StartWithin, cancellation);
            cancellation.ThrowIfCancellationRequested();
            if (!child.announced.Task.IsCompleted)
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
        await using var child = new Child(Start(program, arguments), Address());
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
        if (announcement.Match(line) is { Success: true } match)
            announced.TrySetResult(match);
    }

    string Said()
    {
        lock (said)
            return string.Join('\n', said);
    }

    // Prometheus' programs print `msg="Listening on" address=…`, Redis' exporter `Providing metrics at …`, ours `listens on http://…`.
    [GeneratedRegex("""(?:Listening on" address=|Providing metrics at |listens on http://)(127\.0\.0\.1:\d+)""")]
    private static partial Regex Address();
}
