using System.Globalization;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Configuration;

/// <summary>
/// Durations as Prometheus writes them: <c>500ms</c>, <c>15s</c>, <c>10m</c>, <c>1h30m</c>, <c>1d</c>, <c>2w</c>; units in falling order, each at most
/// once (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#duration).
/// </summary>
static partial class Durations
{
    static readonly (string Unit, long Milliseconds)[] Units =
        [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var match = Pattern().Match(text);
        if (!match.Success || text.Length == 0)
            return false;
        long total = 0;
        foreach (var (unit, milliseconds) in Units)
        {
            var group = match.Groups[unit];
            if (!group.Success)
                continue;
            if (!long.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                return false;
            total += count * milliseconds;
        }
        duration = TimeSpan.FromMilliseconds(total);
        return true;
    }

    /// <summary>The shortest form that reads back as the same duration; <c>0s</c> for none.</summary>
    public static string Format(TimeSpan duration)
    {
        var rest = (long)duration.TotalMilliseconds;
        if (rest == 0)
            return "0s";
        var text = "";
        // Weeks are left out on purpose: 10d reads better than 1w3d.
        foreach (var (unit, milliseconds) in Units.AsSpan(1))
        {
            if (rest / milliseconds is > 0 and var count)
                text += string.Create(CultureInfo.InvariantCulture, $"{count}{unit}");
            rest %= milliseconds;
        }
        return text;
    }

    [GeneratedRegex("^(?:(?<w>[0-9]{1,6})w)?(?:(?<d>[0-9]{1,6})d)?(?:(?<h>[0-9]{1,6})h)?(?:(?<m>[0-9]{1,6})m)?(?:(?<s>[0-9]{1,9})s)?(?:(?<ms>[0-9]{1,12})ms)?$")]
    private static partial Regex Pattern();
}
