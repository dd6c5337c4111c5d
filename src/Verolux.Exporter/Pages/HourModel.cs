using System.Globalization;
using System.Text;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Pages;

/// <summary>A small picture of the last hour, drawn minute by minute: below how the looks went, above what was measured.</summary>
/// <param name="Well">Path of the minutes in which all went well.</param>
/// <param name="Badly">Path of those in which something did not; higher, so that it is told apart without colours.</param>
/// <param name="Line">Path of what was measured; empty where nothing was.</param>
/// <param name="Mark">Path of what is expected of it; empty where nothing is.</param>
/// <param name="Said">The same in words.</param>
/// <param name="Top">What the upper edge of the measured part stands for; empty where nothing is measured.</param>
public sealed record HourModel(string Well, string Badly, string Line, string Mark, string Said, string Top)
{
    public static readonly HourModel None = new("", "", "", "", "", "");

    // In the picture's own units: a minute is one wide.
    const double Bottom = 20;
    const double WellHeight = 2.5;
    const double MostBadly = 7;
    const double LineTop = 1;
    const double LineBottom = 12;

    /// <summary>Samples may be this many minutes apart and still be one line.</summary>
    const int LongestGap = 6;

    /// <summary>Of one target: how its looks went, and what one of its watches measured, if any does.</summary>
    /// <param name="expected">Of what is measured; null for nothing.</param>
    internal static HourModel Of(IReadOnlyList<Watched> watches, double? expected, DateTimeOffset now)
    {
        var deciding = TargetState.Deciding(watches);
        return Of(deciding.LastHour.Read(now), watches.FirstOrDefault(w => w.Watch.Plotted is not null)?.LastHour.Read(now), expected, "FPS");
    }

    internal static HourModel Of(IReadOnlyList<Minute> looks, IReadOnlyList<Minute>? measured, double? expected, string unit)
    {
        var (well, badly) = (looks.Select(m => m.Went == Went.Well ? 1.0 : 0).ToArray(), looks.Select(m => m.Went == Went.Badly ? 1.0 : 0).ToArray());
        var values = measured?.Index().Where(m => m.Item.Value is not null).Select(m => (m.Index, Value: m.Item.Value!.Value)).ToList() ?? [];
        var said = InWords(well.Count(w => w > 0), badly.Count(b => b > 0));
        if (values.Count == 0)
            return new HourModel(Bars(well, WellHeight), Bars(badly, MostBadly), "", "", said, "");
        var top = Math.Max(expected ?? 0, values.Max(v => v.Value)) * 1.1;
        return new HourModel(
            Bars(well, WellHeight), Bars(badly, MostBadly), LineOf(values, top),
            expected is { } mark ? string.Create(CultureInfo.InvariantCulture, $"M0 {Height(mark, top):0.##}h60") : "",
            string.Create(CultureInfo.InvariantCulture, $"{said}; {values.Min(v => v.Value):0.#} to {values.Max(v => v.Value):0.#} {unit}"),
            string.Create(CultureInfo.InvariantCulture, $"{top:0} {unit}"));
    }

    /// <summary>Of many watches: in each minute how many went badly, as a share of those that were seen.</summary>
    internal static HourModel Of(IEnumerable<LastHour> hours, DateTimeOffset now)
    {
        Span<int> well = stackalloc int[LastHour.Minutes], badly = stackalloc int[LastHour.Minutes];
        foreach (var hour in hours)
            hour.Count(now, well, badly);
        var (bars, shares) = (new double[LastHour.Minutes], new double[LastHour.Minutes]);
        for (var i = 0; i < LastHour.Minutes; i++)
        {
            bars[i] = well[i] > 0 && badly[i] == 0 ? 1 : 0;
            // One of ten thousand is to be seen as well.
            shares[i] = badly[i] == 0 ? 0 : 0.45 + 0.55 * badly[i] / (well[i] + badly[i]);
        }
        return new HourModel(Bars(bars, WellHeight), Bars(shares, MostBadly), "", "", InWords(bars.Count(b => b > 0), shares.Count(s => s > 0)), "");
    }

    static string InWords(int well, int badly) => string.Create(CultureInfo.InvariantCulture, $"Last hour: {well} min well, {badly} min badly, {LastHour.Minutes - well - badly} min not looked at");

    /// <summary>Minutes of the same height in one go, which keeps a page of five hundred of these small.</summary>
    static string Bars(double[] heights, double highest)
    {
        var path = new StringBuilder();
        for (var i = 0; i < heights.Length;)
        {
            var from = i;
            while (i < heights.Length && heights[i] == heights[from])
                i++;
            if (heights[from] > 0)
            {
                var height = heights[from] * highest;
                path.Append(CultureInfo.InvariantCulture, $"M{from} {Bottom:0.##}v-{height:0.##}h{i - from}v{height:0.##}z");
            }
        }
        return path.ToString();
    }

    static string LineOf(List<(int Index, double Value)> values, double top)
    {
        var path = new StringBuilder();
        var last = int.MinValue / 2;
        foreach (var (index, value) in values)
        {
            // The hardly visible stroke makes a dot of one that stands alone.
            path.Append(CultureInfo.InvariantCulture, $"{(index - last > LongestGap ? 'M' : 'L')}{index + 0.5:0.#} {Height(value, top):0.##}{(index - last > LongestGap ? "h.01" : "")}");
            last = index;
        }
        return path.ToString();
    }

    static double Height(double value, double top) => LineBottom - (LineBottom - LineTop) * (top > 0 ? value / top : 0);
}
