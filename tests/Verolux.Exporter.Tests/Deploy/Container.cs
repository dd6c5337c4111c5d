using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Deploy;

/// <summary>What a container would see of the files of this repository and of its secrets, in a folder.</summary>
sealed class Container : IDisposable
{
    readonly TemporaryFolder folder = new();

    /// <param name="service">Says what is mounted where.</param>
    /// <param name="secret">What each secret holds; null: what comes along for the demo.</param>
    public Container(ComposeService service, string? secret)
    {
        foreach (var mount in service.Mounts.Where(m => m.IsFile && Path.Exists(ComposeFile.Here(m.Source))))
            Copy(ComposeFile.Here(mount.Source), this[mount.Target]);
        foreach (var (target, name) in service.Secrets)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(this[target])!);
            File.WriteAllText(this[target], secret is null ? File.ReadAllText(ComposeFile.Load("compose.yml", "demo.yml").Secrets[name]) : Made(name));
        }
    }

    /// <summary>Where a path of the container is here.</summary>
    public string this[string path] => $"{folder.Path}{path}";

    public void Dispose() => folder.Dispose();

    static string Made(string name) => name switch
    {
        "web.yml" => File.ReadAllText(Path.Combine(ComposeFile.Folder, "demo", "credentials", "web.yml")),
        "pagerduty_routing_key" => new string('c', 32),
        "postgres" => "postgresql://verolux_exporter:x@postgres:5432/verolux",
        "amqp" => "amqp://verolux-exporter:x@rabbitmq:5672",
        _ => $"{name}-{new string('a', 64)}",
    };

    static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        if (File.Exists(from))
        {
            File.Copy(from, to);
            return;
        }
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
