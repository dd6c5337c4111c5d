using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Tests.Support;

/// <summary>The exporter as people run it: a process of its own.</summary>
sealed class ExporterProgram : IAsyncDisposable
{
    const string Greeting = "Verolux Exporter listens on ";

    // The program stands beside the tests, because they refer to it. Another build of it, such as the native one, passes the same tests.
    static readonly string[] Command = Environment.GetEnvironmentVariable("VEROLUX_EXPORTER") is { Length: > 0 } other ? [other] : ["dotnet", typeof(Problem).Assembly.Location];

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

    /// <summary>For commands, and for starts that are refused.</summary>
    public static Task<Ended> RunToEndAsync(IEnumerable<string> arguments, CancellationToken cancellationToken, params (string Name, string Value)[] environment) =>
        Ended.OfAsync(Command[0], [.. Command[1..], .. arguments], cancellationToken, environment);

    public ValueTask DisposeAsync() => Program.DisposeAsync();
}
