using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Prometheus;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Support;

/// <summary>A page of metrics in the text format, by series.</summary>
sealed partial class Exposition
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

    public static string NameOf(string series) => series.Split('{')[0];

    public static IReadOnlyList<string> LabelsOf(string series) => [.. Label().Matches(series).Select(m => m.Groups["name"].Value)];

    static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("""(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\]|\\.)*"(?:,|\})""")]
    private static partial Regex Label();
}
