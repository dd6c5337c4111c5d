using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Tests.Dashboards;

/// <summary>What a query answered: a series each, with the values that are numbers.</summary>
sealed record Answer(IReadOnlyList<(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<double> Values)> Series)
{
    /// <summary>Whether there is anything to see.</summary>
    public bool HasData => Series.Any(s => s.Values.Count > 0);

    /// <summary>Of a stat, or of one line: its newest value.</summary>
    public double Number => Series.Single().Values[^1];
}

/// <summary>Asks Prometheus what Grafana would, with its variables filled in as Grafana does.</summary>
/// <param name="url">Without a slash at the end.</param>
/// <param name="end">Of the range that is shown, Unix time.</param>
/// <param name="range">In seconds, as are the others.</param>
sealed partial class Viewer(string url, long end, int range, int step, int rateInterval) : IDisposable
{
    /// <summary>How the variables above a board are set: all, several, or one, by its place among the values.</summary>
    public static readonly IReadOnlyList<string> Settings = ["all", "several", "one, the first", "one, the second", "one, the third"];

    readonly HttpClient client = new();

    /// <summary>A variable's values, where those before it are set so.</summary>
    public async Task<IReadOnlyList<string>> ValuesAsync(Choice choice, IReadOnlyDictionary<string, string> set, CancellationToken cancellationToken)
    {
        var data = await GetAsync($"label/{choice.Label}/values?match[]={Uri.EscapeDataString(Fill(choice.Selector, set))}&start={end - range}&end={end}", cancellationToken);
        return [.. data.EnumerateArray().Select(v => v.GetString()!)];
    }

    /// <summary>What stands for each variable of a board in its queries.</summary>
    /// <param name="found">Told of each that has a value to choose.</param>
    public async Task<IReadOnlyDictionary<string, string>> SetAsync(BoardFile board, string setting, Action<Choice> found, CancellationToken cancellationToken)
    {
        var set = new Dictionary<string, string>();
        foreach (var choice in board.Choices)
        {
            var values = await ValuesAsync(choice, set, cancellationToken);
            if (values.Count > 0)
                found(choice);
            set[choice.Name] = setting switch
            {
                _ when setting == "all" || values.Count == 0 => choice.AllValue,
                "several" => $"({string.Join('|', values.Select(Escape))})",
                _ => Escape(values[Math.Min(Settings.ToList().IndexOf(setting) - 2, values.Count - 1)]),
            };
        }
        return set;
    }

    public async Task<Answer> AskAsync(BoardQuery query, IReadOnlyDictionary<string, string> set, CancellationToken cancellationToken)
    {
        var expression = Uri.EscapeDataString(Fill(query.Expression, set));
        var data = await GetAsync(query.IsInstant ? $"query?query={expression}&time={end}" : $"query_range?query={expression}&start={end - range}&end={end}&step={step}", cancellationToken);
        return new Answer(
        [
            .. data.GetProperty("result").EnumerateArray().Select(one => (
                (IReadOnlyDictionary<string, string>)one.GetProperty("metric").EnumerateObject().ToDictionary(l => l.Name, l => l.Value.GetString()!),
                (IReadOnlyList<double>)[.. (query.IsInstant ? [one.GetProperty("value")] : one.GetProperty("values").EnumerateArray().ToArray()).Select(v => v[1].GetString()!).Where(v => v is not ("NaN" or "+Inf" or "-Inf")).Select(v => double.Parse(v, CultureInfo.InvariantCulture))])),
        ]);
    }

    /// <summary>As Grafana's Prometheus data source writes a value into a regular expression within a text.</summary>
    public static string Escape(string value) => Special().Replace(value.Replace("\\", @"\\\\"), @"\\$&");

    public void Dispose() => client.Dispose();

    string Fill(string text, IReadOnlyDictionary<string, string> set) => Variable().Replace(text, variable => variable.Groups["name"].Value switch
    {
        "__rate_interval" => $"{rateInterval}s",
        "__range" => $"{range}s",
        var name => set[name],
    });

    async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await client.GetAsync(new Uri($"{url}/api/v1/{path}"), cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new FormatException(text);
        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("data").Clone();
    }

    // $1 is label_replace's.
    [GeneratedRegex(@"\$(?<name>[a-zA-Z_]\w*)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"[$^*{}\[\]'+?.()|]")]
    private static partial Regex Special();
}
