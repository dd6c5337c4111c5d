using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

/// <summary>
/// A sample's line of Prometheus' text format or of OpenMetrics, read by itself: what the exporter writes must not be judged by code that it shares.
/// </summary>
static class ExpositionLine
{
    public static (string Name, IReadOnlyDictionary<string, string> Labels) Read(string line)
    {
        var labels = new Dictionary<string, string>();
        var nameEnd = line.IndexOfAny(['{', ' ']);
        if (nameEnd < 0)
            throw new AssertionException($"not a sample: {line}");
        var at = nameEnd + 1;
        while (line[nameEnd] == '{' && line[at] != '}')
        {
            var equals = line.IndexOf('=', at);
            var label = line[at..equals];
            (var value, at) = Text(line, equals + 1);
            labels.Add(label, value);
            if (line[at] == ',')
                at++;
        }
        return (line[..nameEnd], labels);
    }

    static (string Value, int End) Text(string line, int quote)
    {
        var value = "";
        var at = quote + 1;
        for (; line[at] != '"'; at++)
            value += line[at] != '\\' ? line[at] : line[++at] == 'n' ? '\n' : line[at];
        return (value, at + 1);
    }
}
