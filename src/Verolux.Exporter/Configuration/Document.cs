using System.Globalization;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Configuration;

/// <summary>
/// One YAML document with the environment laid over it, as a tree that <see cref="Section"/> reads. Knows where each value came from, and afterwards which
/// of them nobody asked for.
/// </summary>
sealed class Document
{
    const string Prefix = "VEROLUX__";
    readonly Dictionary<YamlNode, string> fromEnvironment = new(ReferenceEqualityComparer.Instance);
    readonly List<Section> sections = [];
    readonly string name;
    readonly int firstLine;

    Document(string name, string directory, int firstLine, Problems problems)
    {
        this.name = name;
        this.firstLine = firstLine;
        Directory = directory;
        Problems = problems;
        Root = new Section(this, "", new YamlMappingNode());
    }

    public Section Root { get; private set; }

    public Problems Problems { get; }

    /// <summary>What relative paths in the document are relative to.</summary>
    public string Directory { get; }

    /// <summary>Reads a document, as JSON where its name ends in <c>.json</c>. A broken one is one problem, with an empty tree behind it.</summary>
    /// <param name="name">What messages call it, as a rule the file's name.</param>
    /// <param name="directory">What relative paths are relative to.</param>
    /// <param name="firstLine">The line of the file on which the text begins.</param>
    /// <param name="list">The key under which a document that is a list is read, as if it stood there; null where none may be one.</param>
    public static Document Parse(string text, string name, string directory, Problems problems, int firstLine = 1, string? list = null)
    {
        var document = new Document(name, directory, firstLine, problems);
        var isJson = name.EndsWith(".json", StringComparison.Ordinal);
        IParser parser = isJson ? new JsonParser(text) : new Parser(new StringReader(text));
        try
        {
            var stream = new YamlStream();
            stream.Load(parser);
            if (stream.Documents.Count > 1)
                problems.Add(name, "holds more than one YAML document", "keep the first, without the line ---");
            switch (stream.Documents is [var first, ..] ? first.RootNode : new YamlMappingNode())
            {
                case YamlMappingNode map:
                    document.Root = new Section(document, "", map);
                    break;
                case YamlScalarNode { Value: "" or null }:
                    break;
                case YamlSequenceNode items when list is not null:
                    document.Root = new Section(document, "", new YamlMappingNode(new YamlScalarNode(list), items));
                    break;
                default:
                    problems.Add(name, "is not a mapping of keys to values", "start with a line such as `key: value`");
                    break;
            }
        }
        catch (JsonException error)
        {
            // Without the library's message, which counts lines from 0 and may quote the text.
            problems.Add($"{name}:{(error.LineNumber ?? 0) + firstLine}", "is not JSON from here on", "correct it; most often a comma or a quote is missing or too much");
        }
        // The scanner gives up on some broken flow collections, `[a` among them, with an exception that is none of its own and knows no line.
        catch (Exception error) when (error is YamlException or InvalidOperationException or ArgumentException)
        {
            var line = (error as YamlException)?.Start.Line ?? parser.Current?.Start.Line ?? 1;
            problems.Add($"{name}:{line + firstLine - 1}", $"is not {(isJson ? "JSON" : "YAML")} ({(error as YamlException)?.Message ?? "a bracket, brace or quote is left open"})", "correct the line; most often it is indentation or a missing quote");
        }
        return document;
    }

    /// <summary>
    /// Lays variables such as <c>VEROLUX__STORAGE__TARGETS__0__PATH</c> over the document: <c>__</c> separates keys, a number is a place in a list (the
    /// next free one appends), a value that starts with <c>[</c> or <c>{</c> is YAML, anything else is text.
    /// </summary>
    public void Overlay(IEnumerable<KeyValuePair<string, string>> environment)
    {
        foreach (var (variable, value) in environment.Where(v => v.Key.StartsWith(Prefix, StringComparison.Ordinal)).OrderBy(v => v.Key, StringComparer.Ordinal))
            Overlay(variable, value);
    }

    void Overlay(string variable, string value)
    {
        var keys = variable[Prefix.Length..].Split("__");
        YamlNode at = Root.Node;
        for (var i = 0; i < keys.Length; i++)
        {
            var last = i == keys.Length - 1;
            YamlNode Next() => last ? Leaf(variable, value) : int.TryParse(keys[i + 1], out _) ? new YamlSequenceNode() : new YamlMappingNode();
            switch (at)
            {
                case YamlMappingNode map:
                    var key = map.Children.Keys.FirstOrDefault(k => string.Equals((k as YamlScalarNode)?.Value, keys[i], StringComparison.OrdinalIgnoreCase))
                        ?? new YamlScalarNode(keys[i].ToLowerInvariant());
                    if (last || !map.Children.TryGetValue(key, out var child) || child is YamlScalarNode)
                        map.Children[key] = child = Mark(Next(), variable);
                    at = child;
                    break;
                case YamlSequenceNode list when int.TryParse(keys[i], NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= list.Children.Count:
                    if (index == list.Children.Count)
                        list.Children.Add(Mark(Next(), variable));
                    else if (last)
                        list.Children[index] = Mark(Next(), variable);
                    at = list.Children[index];
                    break;
                default:
                    Problems.Add($"environment variable {variable}", $"{keys[i]} has no place there", "use the key's position in the list, counted from 0 without gaps");
                    return;
            }
        }
    }

    YamlNode Leaf(string variable, string value)
    {
        if (value is not ['[' or '{', ..])
            return new YamlScalarNode(value);
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(value));
            return stream.Documents[0].RootNode;
        }
        catch (Exception error) when (error is YamlException or InvalidOperationException or ArgumentException)
        {
            // The message is left out: it quotes the value, which may be a secret.
            Problems.Add($"environment variable {variable}", "starts like a YAML list or mapping, and is none", "correct it, or begin with another character");
            return new YamlScalarNode("");
        }
    }

    YamlNode Mark(YamlNode node, string variable)
    {
        fromEnvironment[node] = variable;
        return node;
    }

    internal string? VariableOf(YamlNode node) => fromEnvironment.GetValueOrDefault(node);

    internal string Where(string path, YamlNode node) =>
        VariableOf(node) is { } variable ? $"environment variable {variable}"
        : node.Start.Line > 0 ? $"{name}:{node.Start.Line + firstLine - 1}: {path}"
        : $"{name}: {path}";

    internal void Add(Section section) => sections.Add(section);

    /// <summary>Reports every key that nothing has read. Call it when all has been read.</summary>
    public void ReportUnknownKeys()
    {
        foreach (var section in sections)
            section.ReportUnknownKeys();
    }
}
