using System.CommandLine;
using Verolux.Exporter.Alerts;

namespace Verolux.Exporter.Commands;

/// <summary>
/// <c>verolux-exporter store backup FILE [--config FILE]</c>: a copy of the store as it is at one moment, while the exporter goes on. Exit status 0 or 1.
/// </summary>
static class StoreCommand
{
    public static void AddTo(RootCommand root)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Where the copy goes; there must be no such file yet." };
        var config = new Option<string?>("--config") { Description = "Configuration file that names the store; without it that of the defaults." };
        var backup = new Command("backup", "Copy the store while the exporter runs; a copy is put in the store's place to restore it.") { file, config };
        backup.SetAction(a => Backup(a.GetValue(file)!, a.GetValue(config)));
        root.Subcommands.Add(new Command("store", "What the exporter keeps on the disk.") { backup });
    }

    static int Backup(FileInfo file, string? config)
    {
        var options = ExporterOptions.Load(config, TimeProvider.System);
        if (options.Problems.Count > 0)
            return CheckConfigCommand.Report(options.Problems);
        try
        {
            Store.Backup(options.Alerts.Store, file.FullName);
        }
        catch (StoreException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
        Console.WriteLine($"{options.Alerts.Store} was copied to {file.FullName}");
        return 0;
    }
}
