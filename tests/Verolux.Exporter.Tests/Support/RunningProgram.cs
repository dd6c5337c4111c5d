using System.Diagnostics;
using NUnit.Framework;
using Verolux.Exporter.Site;

namespace Verolux.Exporter.Tests.Support;

/// <summary>A child process and what it has said so far. Ends with the test, and all its children with it.</summary>
sealed class RunningProgram : IAsyncDisposable
{
    const int LinesShown = 30;

    readonly Process process;
    readonly Journal<string> lines = new();
    readonly Task ended;

    RunningProgram(ProcessStartInfo start)
    {
        process = Command.Start(start);
        Name = Path.GetFileName(start.FileName);
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        // Completes only after the last line has been kept.
        ended = process.WaitForExitAsync();
    }

    public string Name { get; }

    public int Id => process.Id;

    public bool HasEnded => process.HasExited;

    /// <summary>Standard output and standard error, as they came.</summary>
    public IReadOnlyList<string> Lines => lines.Items;

    public string LastLines => string.Join('\n', Lines.TakeLast(LinesShown));

    public static RunningProgram Start(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingFolder = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new RunningProgram(start);
    }

    /// <summary>The first line, said already or later, that fits. Fails when the program ends without it.</summary>
    public async Task<string> WaitForLineAsync(Predicate<string> fits, CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var line = lines.FirstAsync(fits, giveUp.Token);
        await Task.WhenAny(line, ended);
        if (!line.IsCompleted && !Lines.Any(l => fits(l)))
            await giveUp.CancelAsync();
        try
        {
            return await line;
        }
        catch (OperationCanceledException)
        {
            throw Failure(ended.IsCompleted ? $"ended with {process.ExitCode} and never said the line" : "didn't say the line in time");
        }
    }

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await ended.WaitAsync(cancellationToken);
        return process.ExitCode;
    }

    /// <summary>SIGKILL: no chance to tidy up, as when the power fails.</summary>
    public void Kill() => process.Kill();

    /// <summary>SIGTERM, as every service manager does it.</summary>
    public Task<int> StopAsync(CancellationToken cancellationToken)
    {
        Signal("TERM");
        return WaitForExitAsync(cancellationToken);
    }

    public void Signal(string signal) => Command.Signal(Id, signal);

    /// <summary>SIGSTOP. It reaches the threads one by one, and any of them could still answer; so this waits until all have it. SIGCONT lets it go on.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => PauseAsync(Id, cancellationToken);

    /// <param name="id">Of a child that does the work, where the program itself only waits for it.</param>
    public Task PauseAsync(int id, CancellationToken cancellationToken)
    {
        Command.Signal(id, "STOP");
        return Readiness.UntilAsync(() => Task.FromResult(AllThreadsAreStopped(id)), this, cancellationToken);
    }

    public AssertionException Failure(string what) => new($"{Name} {what}; its last lines:\n{LastLines}");

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await ended;
        FailedTestOutput.Keep($"--- {Name} ended with {process.ExitCode}; its last lines:\n{LastLines}");
        process.Dispose();
    }

    // The state follows the name, which stands in parentheses.
    static bool AllThreadsAreStopped(int id) => Directory.GetDirectories($"/proc/{id}/task")
        .All(thread => File.ReadAllText(Path.Combine(thread, "stat")).Split(") ")[^1].StartsWith('T'));

    void Keep(object sender, DataReceivedEventArgs received)
    {
        if (received.Data is not null)
            lines.Add(received.Data);
    }
}
