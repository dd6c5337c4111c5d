using System.Text.Json.Nodes;

namespace Verolux.Exporter.Tests.Deploy;

/// <summary>One service of a compose file.</summary>
sealed class ComposeService(string name, JsonObject node)
{
    public string Name => name;

    public JsonObject Node => node;

    public string Image => $"{node["image"]}";

    public string User => $"{node["user"]}";

    public bool IsBuilt => node.ContainsKey("build");

    public IReadOnlyDictionary<string, string> Environment => node["environment"]?.AsObject().ToDictionary(v => v.Key, v => $"{v.Value}") ?? [];

    public IReadOnlyList<string> Command => Texts("command");

    public IReadOnlyList<ComposePort> Ports => [.. Texts("ports").Select(ComposePort.Parse)];

    /// <summary>The networks it is in, with the names that it has there.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Networks => node["networks"] switch
    {
        JsonArray list => list.ToDictionary(n => $"{n}", _ => (IReadOnlyList<string>)[name]),
        JsonObject map => map.ToDictionary(n => n.Key, n => (IReadOnlyList<string>)[name, .. n.Value?["aliases"]?.AsArray().Select(a => $"{a}") ?? []]),
        _ => new Dictionary<string, IReadOnlyList<string>>(),
    };

    public IReadOnlyList<ComposeMount> Mounts => [.. (node["volumes"] as JsonArray ?? []).Select(m => m is JsonObject given ? ComposeMount.Of(given) : ComposeMount.Parse($"{m}"))];

    /// <summary>The names of its secrets, by where in the container they are.</summary>
    public IReadOnlyDictionary<string, string> Secrets => (node["secrets"]?.AsArray() ?? []).ToDictionary(
        s => s is JsonObject given ? $"{given["target"]}" : $"/run/secrets/{s}", s => s is JsonObject given ? $"{given["source"]}" : $"{s}");

    /// <summary>What it waits for, and in which state.</summary>
    public IReadOnlyDictionary<string, string> DependsOn => node["depends_on"]?.AsObject().ToDictionary(d => d.Key, d => $"{d.Value!["condition"]}") ?? [];

    public IReadOnlyList<string> Texts(string key) => node[key] is JsonArray list ? [.. list.Select(item => $"{item}")] : [];

    public override string ToString() => name;
}

/// <summary>A port of the host and that of the container which it leads to.</summary>
sealed record ComposePort(string Address, int Host, int Container)
{
    public static ComposePort Parse(string text)
    {
        var parts = text.Split(':');
        return new ComposePort(string.Join(':', parts[..^2]), int.Parse(parts[^2]), int.Parse(parts[^1]));
    }
}

/// <summary>What is mounted where.</summary>
sealed record ComposeMount(string Source, string Target, IReadOnlyList<string> Options)
{
    /// <summary>Whether it is of this repository.</summary>
    public bool IsFile => Source.StartsWith('.');

    public bool IsVolume => !IsFile && !Source.StartsWith('/');

    public bool IsReadOnly => Options.Contains("ro");

    /// <summary>Of the long form.</summary>
    public static ComposeMount Of(JsonObject given) => new($"{given["source"]}", $"{given["target"]}", (bool?)given["read_only"] == true ? ["ro"] : []);

    public static ComposeMount Parse(string text)
    {
        var parts = text.Split(':');
        return new ComposeMount(parts[0], parts[1], parts.Length > 2 ? parts[2].Split(',') : []);
    }
}
