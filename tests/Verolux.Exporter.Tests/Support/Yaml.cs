using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Tests.Support;

/// <summary>Reads what is shipped as YAML by paths of keys. What is not there fails the test with its path.</summary>
static class Yaml
{
    public static YamlNode Load(string file)
    {
        using var reader = File.OpenText(file);
        var stream = new YamlStream();
        stream.Load(reader);
        return stream.Documents.Single().RootNode;
    }

    public static YamlNode At(YamlNode node, params ReadOnlySpan<string> path)
    {
        foreach (var key in path)
        {
            node = node is YamlMappingNode map && map.Children.TryGetValue(key, out var child)
                ? child
                : throw new KeyNotFoundException($"no {key} in {string.Join('.', path)}, line {node.Start.Line}");
        }
        return node;
    }

    public static string Text(YamlNode node, params ReadOnlySpan<string> path) => ((YamlScalarNode)At(node, path)).Value ?? "";

    public static IEnumerable<YamlNode> List(YamlNode node, params ReadOnlySpan<string> path) => ((YamlSequenceNode)At(node, path)).Children;
}
