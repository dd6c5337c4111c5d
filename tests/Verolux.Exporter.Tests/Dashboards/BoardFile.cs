using System.Text.Json.Nodes;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Dashboards;

/// <summary>A dashboard as it is shipped.</summary>
public sealed record BoardFile(string Name, JsonNode Json)
{
    public static IReadOnlyList<BoardFile> All { get; } =
        [.. Directory.EnumerateFiles(RepositoryRoot.Of("grafana-dashboards"), "*.json").Order(StringComparer.Ordinal).Select(f => new BoardFile(Path.GetFileName(f), JsonNode.Parse(File.ReadAllText(f))!))];

    public string Uid => Text(Json, "uid");

    public IReadOnlyList<JsonNode> Rows => [.. Json["panels"]!.AsArray().Where(p => Text(p!, "type") == "row")!];

    /// <summary>Those that rows hold included, the rows themselves not.</summary>
    public IReadOnlyList<JsonNode> Panels =>
        [.. Json["panels"]!.AsArray().SelectMany(p => Text(p!, "type") == "row" ? p!["panels"]!.AsArray() : (IEnumerable<JsonNode?>)[p])!];

    public IReadOnlyList<JsonNode> Variables => [.. Json["templating"]!["list"]!.AsArray()!];

    public IReadOnlyList<Choice> Choices => [.. Variables.Where(v => Text(v, "type") == "query").Select(Choice.Of)];

    public IReadOnlyList<JsonNode> Annotations => [.. Json["annotations"]!["list"]!.AsArray().Where(a => a!["builtIn"] is null)!];

    /// <summary>Of panels and of annotations.</summary>
    public IReadOnlyList<BoardQuery> Queries =>
    [
        .. Panels.SelectMany(p => p["targets"]!.AsArray().Select(t =>
            new BoardQuery(Uid, Text(p, "title"), Text(p, "type"), Text(t!, "refId"), Text(t!, "expr"), Text(t!, "legendFormat"), t!["instant"]!.GetValue<bool>()))),
        .. Annotations.Select(a => new BoardQuery(Uid, Text(a, "name"), "annotation", "", Text(a["target"]!, "expr"), Text(a, "titleFormat"), false)),
    ];

    public override string ToString() => Uid;

    public static string Text(JsonNode node, string key) => node[key]!.GetValue<string>();
}

/// <summary>One query, by where it stands.</summary>
public sealed record BoardQuery(string Board, string Panel, string Kind, string RefId, string Expression, string Legend, bool IsInstant)
{
    public string Name => $"{Board}: {Panel} {RefId}".TrimEnd();

    public override string ToString() => Name;
}

/// <summary>A variable whose values are asked for: those that a label has in some series.</summary>
public sealed record Choice(string Name, string AllValue, string Selector, string Label)
{
    public static Choice Of(JsonNode variable)
    {
        var query = BoardFile.Text(variable["query"]!, "query");
        const string Function = "label_values(";
        var comma = query.LastIndexOf(',');
        return query.StartsWith(Function) && query.EndsWith(')') && comma > 0
            ? new Choice(BoardFile.Text(variable, "name"), BoardFile.Text(variable, "allValue"), query[Function.Length..comma], query[(comma + 1)..^1].Trim())
            : throw new FormatException($"not label_values(SELECTOR, LABEL): {query}");
    }
}
