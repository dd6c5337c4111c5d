using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Configuration;

/// <summary>
/// One mapping of a <see cref="Document"/>, read key by key. Nothing here throws: a value that is missing, of the wrong kind or out of range becomes a
/// problem with its path and remedy, and the default stands in so that the reading goes on to the next mistake.
/// </summary>
sealed class Section
{
    readonly Document document;
    readonly YamlMappingNode node;
    readonly HashSet<string> known;
    (string? Name, YamlNode Value)[]? entries;
    bool othersAllowed;

    /// <param name="known">The keys that were asked for; one set for all items of a list, since those are of one kind.</param>
    internal Section(Document document, string path, YamlMappingNode node, HashSet<string>? known = null)
    {
        (this.document, Path, this.node, this.known) = (document, path, node, known ?? new(StringComparer.Ordinal));
        document.Add(this);
    }

    /// <summary>Where this mapping stands, such as <c>storage.targets[1]</c>; empty for the whole document.</summary>
    public string Path { get; }

    /// <summary>Where mistakes in what this mapping names, such as another file, are collected.</summary>
    public Problems Problems => document.Problems;

    internal YamlMappingNode Node => node;

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Whether a key holds just this word, as some do in place of a list.</summary>
    public bool Is(string key, string word) => Find(key) is YamlScalarNode scalar && scalar.Value == word;

    /// <summary>All that stands under a key, to be compared with what stood there before. May hold secrets from the environment: not for people.</summary>
    public string Written(string key) => Find(key)?.ToString() ?? "";

    public string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode { Value: { Length: > 0 } value } => value,
        YamlScalarNode => Refuse<string>(key, "is empty", "give it a value or remove the key"),
        _ => Refuse<string>(key, "is a list or a mapping", "give it a single value"),
    };

    /// <summary>A text that must be there; <paramref name="example"/> is shown as the remedy.</summary>
    public string RequiredText(string key, string example)
    {
        if (!Has(key))
            Refuse(key, "is missing", $"add it, for example `{key}: {example}`");
        return Text(key) ?? "";
    }

    public bool Flag(string key, bool otherwise) => Text(key) switch
    {
        null => otherwise,
        "true" => true,
        "false" => false,
        var text => Refuse<bool?>(key, $"\"{text}\" is neither true nor false", "write true or false") ?? otherwise,
    };

    public double? Number(string key, double least, double most)
    {
        if (Text(key) is not { } text)
            return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        return Refuse<double?>(key, $"\"{text}\" is not a number from {least.ToString(CultureInfo.InvariantCulture)} to {most.ToString(CultureInfo.InvariantCulture)}",
            "write it with a decimal point and no unit");
    }

    public TimeSpan? Duration(string key, TimeSpan least, TimeSpan most)
    {
        if (Text(key) is not { } text)
            return null;
        if (Durations.TryParse(text, out var duration) && duration >= least && duration <= most)
            return duration;
        return Refuse<TimeSpan?>(key, $"\"{text}\" is not a duration from {Durations.Format(least)} to {Durations.Format(most)}", "write it like 15s, 10m or 1h30m");
    }

    /// <summary>An absolute http or https address without user, query or fragment.</summary>
    public Uri? Url(string key)
    {
        if (Text(key) is not { } text)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0)
            return url;
        // The value is not repeated: an address with a user in it is most likely one with a password.
        return Refuse<Uri>(key, "is not a plain http(s) address", "write it like https://verolux.example, without user, query or fragment");
    }

    /// <summary>An address like <see cref="Url"/>'s that other paths are relative to: it ends with a slash, whether or not it was written with one.</summary>
    public Uri? BaseUrl(string key) => Url(key) is { } url ? url.AbsolutePath.EndsWith('/') ? url : new Uri($"{url}/") : null;

    /// <summary>The full path of a file or folder that is named relative to the document.</summary>
    public string? File(string key) => Text(key) is { } text ? System.IO.Path.GetFullPath(text, document.Directory) : null;

    /// <summary>A list of texts, empty where the key is missing.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        var texts = new List<string>();
        foreach (var (path, item) in Items(key))
        {
            if (item is YamlScalarNode { Value: { Length: > 0 } value })
                texts.Add(value);
            else
                document.Problems.Add(document.Where(path, item), "is not a text", "write a list of single values");
        }
        return texts;
    }

    /// <summary>The mapping under a key; an empty one, which reports nothing, where the key is missing.</summary>
    /// <param name="remedy">Of what is no mapping.</param>
    public Section Child(string key, string remedy = "write its keys under it, indented")
    {
        switch (Find(key))
        {
            case YamlMappingNode map:
                return new Section(document, Under(key), map);
            case null or YamlScalarNode { Value: "" or null }:
                break;
            default:
                Refuse(key, "is not a mapping", remedy);
                break;
        }
        return new Section(document, Under(key), []);
    }

    /// <summary>The mappings in a list, empty where the key is missing.</summary>
    public IReadOnlyList<Section> Children(string key)
    {
        var children = new List<Section>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (path, item) in Items(key))
        {
            if (item is YamlMappingNode map)
                children.Add(new Section(document, path, map, known));
            else
                document.Problems.Add(document.Where(path, item), "is not a mapping", "write it like `- { key: value }`");
        }
        return children;
    }

    /// <summary>The mappings under a key by name, in the order written.</summary>
    public IReadOnlyList<(string Name, Section Section)> Named(string key)
    {
        var named = new List<(string, Section)>();
        var parent = Child(key, "give each a name of its own, with its keys under that, as in `main: { key: value }`");
        foreach (var name in parent.node.Children.Keys.OfType<YamlScalarNode>())
            named.Add((name.Value ?? "", parent.Child(name.Value ?? "")));
        return named;
    }

    /// <summary>The keys of this mapping in the order written, each with its text; for mappings whose keys are names.</summary>
    public IReadOnlyList<(string Name, string Text)> Pairs()
    {
        var pairs = new List<(string, string)>();
        foreach (var name in node.Children.Keys.OfType<YamlScalarNode>())
        {
            if (Text(name.Value ?? "") is { } text)
                pairs.Add((name.Value ?? "", text));
        }
        return pairs;
    }

    /// <summary>
    /// A credential: <c>KEY_file</c> names the file that holds it; <c>KEY</c> itself is taken from the environment alone, because a value in the file
    /// would be read by everyone who may read the configuration.
    /// </summary>
    public Secret? Secret(string key)
    {
        var inline = Find(key);
        if (inline is not null && document.VariableOf(inline) is { } variable)
            return Configuration.Secret.FromEnvironment(variable, (inline as YamlScalarNode)?.Value ?? "");
        if (inline is not null)
            Refuse(key, "holds a secret in the configuration itself", $"put it into a file and name that in {key}_file");
        return File($"{key}_file") is { } file ? Configuration.Secret.FromFile(file) : null;
    }

    /// <summary>The place of a key, or of the mapping itself where the key is missing, as messages name it.</summary>
    public string Where(string key) => document.Where(Under(key), Find(key) ?? node);

    /// <summary>Adds a problem at a key, or at the mapping itself where the key is missing.</summary>
    public void Refuse(string key, string what, string remedy) => document.Problems.Add(Where(key), what, remedy);

    /// <summary>Keys that nobody asks for belong to somebody else here, and are no mistake.</summary>
    public void AllowOtherKeys() => othersAllowed = true;

    T? Refuse<T>(string key, string what, string remedy)
    {
        Refuse(key, what, remedy);
        return default;
    }

    internal void ReportUnknownKeys()
    {
        if (othersAllowed)
            return;
        foreach (var key in node.Children.Keys)
        {
            var name = (key as YamlScalarNode)?.Value ?? key.ToString();
            if (known.Contains(name))
                continue;
            var where = document.VariableOf(node.Children[key]) is { } variable ? $"environment variable {variable}" : document.Where(Under(name), key);
            document.Problems.Add(where, "is not a known key", known.Count == 0 ? "remove it" : $"remove it, or write one of: {string.Join(", ", known.Order(StringComparer.Ordinal))}");
        }
    }

    YamlNode? Find(string key)
    {
        if (!othersAllowed)
            known.Add(key);
        // Only now, since the environment is laid over the tree when its root is already there.
        entries ??= [.. node.Children.Select(child => ((child.Key as YamlScalarNode)?.Value, child.Value))];
        foreach (var (name, value) in entries)
        {
            if (name == key)
                return value;
        }
        return null;
    }

    IEnumerable<(string Path, YamlNode Node)> Items(string key)
    {
        switch (Find(key))
        {
            case null or YamlScalarNode { Value: "" or null }:
                return [];
            case YamlSequenceNode list:
                return list.Children.Select((item, i) => ($"{Under(key)}[{i.ToString(CultureInfo.InvariantCulture)}]", item));
            default:
                Refuse(key, "is not a list", "write its items under it, each behind a dash");
                return [];
        }
    }

    string Under(string key) => Path.Length == 0 ? key : $"{Path}.{key}";
}
