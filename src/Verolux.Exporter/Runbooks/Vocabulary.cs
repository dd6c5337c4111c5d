namespace Verolux.Exporter.Runbooks;

/// <summary>The names that evidence may use: what the exporter publishes, and why its looks fail.</summary>
sealed record Vocabulary(IReadOnlySet<string> Metrics, IReadOnlySet<string> Reasons)
{
    // A name with more mistakes than this is another name.
    const int MostMistakes = 3;

    /// <summary>The known name that was most likely meant; null where none is near.</summary>
    public static string? Nearest(IReadOnlySet<string> known, string name) => known
        .Where(k => Math.Abs(k.Length - name.Length) <= MostMistakes)
        .Select(k => (Name: k, Mistakes: Mistakes(k, name)))
        .Where(k => k.Mistakes <= MostMistakes)
        .OrderBy(k => k.Mistakes).ThenBy(k => k.Name, StringComparer.Ordinal)
        .FirstOrDefault().Name;

    /// <summary>Letters to add, remove or change (Levenshtein's distance).</summary>
    static int Mistakes(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (row[j], diagonal) = (Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)), row[j]);
        }
        return row[b.Length];
    }
}
