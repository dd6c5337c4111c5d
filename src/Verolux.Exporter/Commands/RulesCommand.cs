using System.CommandLine;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Commands;

/// <summary>
/// <c>verolux-exporter rules FOLDER --runbooks FOLDER [--out FOLDER] [--public-url URL] [--speed N]</c>: writes what the runbooks state into Prometheus' rule
/// files. Behind <c>make rules</c>. Exit status 0 or 1.
/// </summary>
static class RulesCommand
{
    public static void AddTo(RootCommand root)
    {
        var folder = new Argument<DirectoryInfo>("FOLDER") { Description = "Folder with the *.rules.yml files." };
        var runbooks = new Option<DirectoryInfo>("--runbooks") { Description = "Folder with the runbooks.", Required = true };
        var into = new Option<DirectoryInfo?>("--out") { Description = "Where to write; the same folder by default." };
        var publicUrl = new Option<string>("--public-url") { Description = "What the links to the runbooks start with.", DefaultValueFactory = _ => "http://127.0.0.1:9877/" };
        var speed = new Option<double>("--speed") { Description = "Divides every duration, for tests and demos; 1 leaves them as they are.", DefaultValueFactory = _ => 1 };
        var command = new Command("rules", "Write severity, durations, links and thresholds from the runbooks into the rule files.") { folder, runbooks, into, publicUrl, speed };
        command.SetAction(a => Write(a.GetValue(folder)!, a.GetValue(runbooks)!, a.GetValue(into), a.GetValue(publicUrl)!, a.GetValue(speed)));
        root.Subcommands.Add(command);
    }

    static int Write(DirectoryInfo folder, DirectoryInfo runbooks, DirectoryInfo? into, string publicUrl, double speed)
    {
        var catalogue = Catalogue.Load(runbooks.FullName, EvidenceNames.All);
        var problems = new List<Problem>(catalogue.Problems);
        if (!folder.Exists)
            problems.Add(new Problem(folder.FullName, "is not a folder", "name the folder with the *.rules.yml files"));
        if (!Uri.TryCreate(publicUrl.TrimEnd('/') + "/", UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            problems.Add(new Problem("--public-url", $"\"{publicUrl}\" is not an http(s) address", "write it like https://verolux.example/"));
        if (speed > 1 && (into is null || Path.GetFullPath(into.FullName) == Path.GetFullPath(folder.FullName)))
            problems.Add(new Problem("--out", "is the folder of the rules themselves, whose range windows would stay short for good", "write the fast copy elsewhere, such as build/rules"));
        if (speed < 1)
            problems.Add(new Problem("--speed", $"{speed} is less than 1", "write 1 or more"));
        var files = folder.Exists ? folder.EnumerateFiles("*.rules.yml").OrderBy(f => f.Name, StringComparer.Ordinal).ToList() : [];
        if (folder.Exists && files.Count == 0)
            problems.Add(new Problem(folder.FullName, "holds no *.rules.yml file", "name the folder with the rule files"));
        if (problems.Count > 0)
            return CheckConfigCommand.Report(problems);
        var target = into ?? folder;
        target.Create();
        foreach (var file in files)
        {
            try
            {
                var rules = RuleFile.Rewrite(File.ReadAllText(file.FullName), catalogue.Runbooks, url!, speed);
                File.WriteAllText(Path.Combine(target.FullName, file.Name), rules);
            }
            catch (FormatException error)
            {
                problems.Add(new Problem(file.Name, error.Message, "add it, as the other rules have it"));
            }
        }
        return problems.Count > 0 ? CheckConfigCommand.Report(problems) : 0;
    }
}
