using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Deploy;

/// <summary>Compose files laid over each other as Compose does it, once each has been held against the published schema; variables have their defaults.</summary>
sealed partial class ComposeFile
{
    static readonly ConcurrentDictionary<string, Lazy<string>> Texts = new();

    readonly JsonObject root;

    ComposeFile(JsonObject root) => this.root = root;

    public static string Folder { get; } = RepositoryRoot.Of("deploy", "compose");

    public IReadOnlyDictionary<string, ComposeService> Services => Under("services").ToDictionary(s => s.Key, s => new ComposeService(s.Key, s.Value!.AsObject()));

    /// <summary>Where on this machine each secret is, by its name.</summary>
    public IReadOnlyDictionary<string, string> Secrets => Under("secrets").ToDictionary(s => s.Key, s => Here($"{s.Value!["file"]}"));

    public IEnumerable<string> Networks => Under("networks").Select(n => n.Key);

    public IEnumerable<string> Volumes => Under("volumes").Select(v => v.Key);

    public static ComposeFile Load(params IEnumerable<string> names)
    {
        JsonNode? all = null;
        foreach (var name in names)
            all = all is null ? Read(name) : Merge(all, Read(name), "");
        return new ComposeFile(all!.AsObject());
    }

    /// <summary>A path of a file as it is here.</summary>
    public static string Here(string path) => Path.GetFullPath(Path.Combine(Folder, path));

    /// <returns>What is wrong with it by the published schema, and its text as JSON where nothing is.</returns>
    public static (string Problems, string Json) Check(string file)
    {
        var modules = RepositoryRoot.Of("build", "npm", "node_modules");
        var (exitCode, output) = Command.Run("node", RepositoryRoot.Of("tests", "npm", "compose.cjs"), modules, file);
        return exitCode == 0 ? ("", output) : (output, "");
    }

    // Once each: whatever reads it starts a program.
    static JsonNode Read(string name) => JsonNode.Parse(Texts.GetOrAdd(name, _ => new Lazy<string>(() =>
    {
        var (problems, json) = Check(Path.Combine(Folder, name));
        Assert.That(problems, Is.Empty, name);
        return Variable().Replace(json, variable => variable.Groups["default"].Value);
    })).Value)!;

    // https://github.com/compose-spec/compose-spec/blob/main/13-merge.md: mappings by key, mounts by where they are mounted, commands as a whole, other lists one behind the other.
    static JsonNode Merge(JsonNode under, JsonNode over, string at)
    {
        if (under is JsonObject map && over is JsonObject more)
        {
            var merged = map.DeepClone().AsObject();
            foreach (var (key, value) in more)
                merged[key] = merged[key] is { } there && value is not null ? Merge(there, value, key) : value?.DeepClone();
            return merged;
        }
        if (under is not JsonArray list || over is not JsonArray others || at is "command" or "entrypoint" or "test")
            return over.DeepClone();
        static string Key(JsonNode item, string at) => (at, item) switch
        {
            ("volumes", JsonObject given) => $"{given["target"]}",
            ("volumes", _) => $"{item}".Split(':')[1],
            _ => item.ToJsonString(),
        };
        var kept = list.Where(item => !others.Any(other => Key(other!, at) == Key(item!, at)));
        return new JsonArray([.. kept.Concat(others).Select(item => item!.DeepClone())]);
    }

    JsonObject Under(string key) => root[key]?.AsObject() ?? [];

    [GeneratedRegex(@"\$\{(?<name>\w+):-(?<default>[^}]*)\}")]
    private static partial Regex Variable();
}
