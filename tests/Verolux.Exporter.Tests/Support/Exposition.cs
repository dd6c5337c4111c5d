using System.Globalization;
using System.Text;
using NUnit.Framework;
using Prometheus;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Support;

/// <summary>
/// A page of metrics in Prometheus' text format or in OpenMetrics, by series. Read by itself: what the exporter writes must not be judged by code that it shares.
/// </summary>
sealed class Exposition
{
    readonly Dictionary<string, double> values;
    readonly Dictionary<string, string> types;

    public Exposition(string text)
    {
        Text = text;
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        types = lines.Where(l => l.StartsWith("# TYPE ")).Select(l => l.Split(' ')).ToDictionary(l => l[2], l => l[3]);
        values = lines.Where(l => l[0] != '#').ToDictionary(l => l[..l.LastIndexOf(' ')], l => Number(l[(l.LastIndexOf(' ') + 1)..]));
    }

    public string Text { get; }

    /// <summary>Every series as it is written, labels included.</summary>
    public IReadOnlyCollection<string> Series => values.Keys;

    /// <summary>Families by name, with their type.</summary>
    public IReadOnlyDictionary<string, string> Types => types;

    /// <summary>The value of a series by its whole name, as in <c>up{site="north"}</c>; null where it is not on the page.</summary>
    public double? this[string series] => values.TryGetValue(series, out var value) ? value : null;

    /// <summary>The values of all series of this name.</summary>
    public IReadOnlyList<double> Of(string name) => [.. values.Where(v => NameOf(v.Key) == name).Select(v => v.Value)];

    public static async Task<Exposition> OfAsync(Series series)
    {
        using var page = new MemoryStream();
        await series.WriteAsync(page, ExpositionFormat.PrometheusText, CancellationToken.None);
        return new Exposition(Encoding.UTF8.GetString(page.ToArray()));
    }

    public static string NameOf(string series) => Read(series).Name;

    /// <summary>A series as it is written, taken apart.</summary>
    public static (string Name, IReadOnlyDictionary<string, string> Labels) Read(string series)
    {
        var labels = new Dictionary<string, string>();
        var nameEnd = series.IndexOf('{');
        if (nameEnd < 0)
            return (series, labels);
        var at = nameEnd + 1;
        while (series[at] != '}')
        {
            var equals = series.IndexOf('=', at);
            var label = series[at..equals];
            (var value, at) = Quoted(series, equals + 1);
            labels.Add(label, value);
            if (series[at] == ',')
                at++;
        }
        if (at != series.Length - 1)
            throw new AssertionException($"not a series: {series}");
        return (series[..nameEnd], labels);
    }

    static (string Value, int End) Quoted(string series, int quote)
    {
        var value = "";
        var at = quote + 1;
        for (; series[at] != '"'; at++)
            value += series[at] != '\\' ? series[at] : series[++at] == 'n' ? '\n' : series[at];
        return (value, at + 1);
    }

    static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
