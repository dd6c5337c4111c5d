using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Tests.Support;

/// <summary>The exporter as people run it: a process of its own.</summary>
sealed class ExporterProgram : IAsyncDisposable
{
    const string Greeting = "Verolux Exporter listens on ";

    // The program stands beside the tests, because they refer to it. Another build of it, such as the native one, passes the same tests.
    static readonly string? Other = Environment.GetEnvironmentVariable("VEROLUX_EXPORTER") is { Length: > 0 } other ? other : null;

    static readonly string[] Command = Other is null ? ["dotnet", typeof(Problem).Assembly.Location] : [Other];

    /// <summary>What starts it, with what comes first on its command line.</summary>
    public static IReadOnlyList<string> Line => Command;

    ExporterProgram(RunningProgram program, string url) => (Program, Url) = (program, url);

    public RunningProgram Program { get; }

    /// <summary>Without a slash at the end.</summary>
    public string Url { get; }

    /// <summary>Listening, and with its store open.</summary>
    public static Task<ExporterProgram> StartAsync(string configFile, CancellationToken cancellationToken) => StartAsync(configFile, new Dictionary<string, string>(), cancellationToken);

    /// <param name="environment">Set beside what the tests have.</param>
    public static async Task<ExporterProgram> StartAsync(string configFile, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var program = RunningProgram.Start(Command[0], [.. Command[1..], "--config", configFile], environment);
        try
        {
            var line = await program.WaitForLineAsync(l => l.StartsWith(Greeting), cancellationToken);
            return new ExporterProgram(program, line[Greeting.Length..].Split([' ', ','])[0]);
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>For commands that ask, answer and end: in this process, since to start one takes many times as long as most commands do. Another build of it has to be started.</summary>
    public static Task<Ended> CommandAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) => Other is not null
        ? RunToEndAsync(arguments, cancellationToken)
        : OwnConsole.OfAsync(() => (int)typeof(Problem).Assembly.EntryPoint!.Invoke(null, [arguments.ToArray()])!).WaitAsync(cancellationToken);

    /// <summary>For what is about the process itself, and for starts that are refused.</summary>
    public static Task<Ended> RunToEndAsync(IEnumerable<string> arguments, CancellationToken cancellationToken, params (string Name, string Value)[] environment) =>
        Ended.OfAsync(Command[0], [.. Command[1..], .. arguments], cancellationToken, environment);

    public ValueTask DisposeAsync() => Program.DisposeAsync();
}
