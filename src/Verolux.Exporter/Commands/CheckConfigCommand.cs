using System.CommandLine;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Commands;

/// <summary><c>verolux-exporter check-config FILE</c>: everything that can be said about a configuration without running it. Exit status 0 or 1.</summary>
static class CheckConfigCommand
{
    public static void AddTo(RootCommand root)
    {
        var file = new Argument<string>("FILE") { Description = "The configuration file." };
        var command = new Command("check-config", "Check a configuration file, its secrets and the runbooks, and tell every mistake at once.") { file };
        command.SetAction(arguments => Check(arguments.GetValue(file)!));
        root.Subcommands.Add(command);
    }

    static int Check(string file)
    {
        var options = ExporterOptions.Load(file, TimeProvider.System);
        var problems = new List<Problem>(options.Problems);
        problems.AddRange(options.Catalogue.Problems);
        problems.AddRange(options.Alerts.Problems());
        foreach (var (where, secret, what, mistake) in Slice.Secrets(options))
        {
            if (secret.TryRead(out var text) is { } why)
                problems.Add(new Problem(where, why, $"write {what} into it and make it readable for the exporter's user"));
            else if (mistake(text) is { } wrong)
                problems.Add(new Problem(where, wrong, $"write {what} into it"));
        }
        if (problems.Count > 0)
            return Report(problems);
        Console.WriteLine($"{file} is valid: it watches {Slice.Watched(options)}; {options.Alerts.Destinations.Count} destination(s), {options.Alerts.Alertmanagers.Count} Alertmanager(s) that it asks, {options.Catalogue.Runbooks.Count} runbook(s).");
        return 0;
    }

    /// <summary>Prints every problem to the error stream.</summary>
    /// <returns>The exit status.</returns>
    public static int Report(IReadOnlyList<Problem> problems)
    {
        foreach (var problem in problems)
            Console.Error.WriteLine(problem);
        Console.Error.WriteLine(problems.Count == 1 ? "1 mistake." : $"{problems.Count} mistakes.");
        return 1;
    }
}
