using System.CommandLine;
using System.Net.Sockets;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Commands;

/// <summary><c>verolux-exporter [--config FILE]</c>: runs the service. Exit status 0 after a stop that was asked for, 1 otherwise.</summary>
static class RunCommand
{
    public static void AddTo(RootCommand root)
    {
        var config = new Option<string?>("--config") { Description = "Configuration file; without it this machine's disks are watched, on loopback." };
        root.Options.Add(config);
        root.SetAction((arguments, _) => RunAsync(arguments.GetValue(config)));
    }

    static async Task<int> RunAsync(string? file)
    {
        var options = ExporterOptions.Load(file, TimeProvider.System);
        if (options.Problems.Count > 0)
            return CheckConfigCommand.Report(options.Problems);
        using var supervisor = Supervisor.Find(Environment.GetEnvironmentVariable, Environment.ProcessId, TimeProvider.System);
        // Meant for us, and for none of the programs that we start.
        foreach (var variable in (string[])["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"])
            Environment.SetEnvironmentVariable(variable, null);
        try
        {
            await using var exporter = new Exporter(options, TimeProvider.System) { Supervisor = supervisor };
            if (!await ListensAsync(exporter, options))
                return 1;
            Console.WriteLine(file is null ? Greeting(options, exporter.Url) : $"Verolux Exporter listens on {exporter.Url}, site \"{options.Site}\".");
            return await exporter.RunAsync() ? 0 : 1;
        }
        catch (StoreException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }

    static async Task<bool> ListensAsync(Exporter exporter, ExporterOptions options)
    {
        try
        {
            await exporter.StartAsync();
            return true;
        }
        // Kestrel makes an IOException of a port in use, and of nothing else that keeps it from listening.
        catch (Exception error) when (error is IOException or SocketException)
        {
            CheckConfigCommand.Report([new Problem("listen", $"{options.Listen} can't be listened on ({error.Message})", "stop what uses it, or write another port or an address of this machine, for once as in VEROLUX__LISTEN=127.0.0.1:9878")]);
            return false;
        }
    }

    static string Greeting(ExporterOptions options, string url) => $"""

        Verolux Exporter listens on {url}, site "{options.Site}", and watches {Slice.Watched(options)}. Things to try next:

          1. Open    {url}/  in a browser: what is watched, its cameras, and the runbooks
          2. Read    curl -s {url}/metrics | grep verolux_
          3. Probe   curl -s '{url}/probe?camera={(options.Cameras.Count > 0 ? options.Cameras[0].Id : "ID")}&debug=true'
                     and see each step of a look, and what it points to
          4. Post    curl -s -d @deploy/sample-alert.json {url}/api/v1/alertmanager
                     and get the alert's runbook, its SLA and the time to respond by
        {Waiting(options)}
        Stop with Ctrl+C.

        """;

    static string Waiting(ExporterOptions options)
    {
        var waiting = Slice.Of(options).Where(s => s.Targets == 0).ToList();
        var examples = string.Join("\n", waiting.Select(s => $"\n    # {s.Noun}\n    {s.Example.ReplaceLineEndings("\n    ")}"));
        return waiting.Count == 0 ? "" : $"""

        Nothing is configured yet of what follows. These lines in a file, and `make run CONFIG=FILE`, would add one each (deploy/verolux.yml shows every key):
        {examples}

        """;
    }
}
