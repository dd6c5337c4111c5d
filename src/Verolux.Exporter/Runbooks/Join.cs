namespace Verolux.Exporter.Runbooks;

/// <summary>Finds the series of two families that are about the same thing: those whose common labels have equal values.</summary>
sealed class Join
{
    readonly string[] names;

    Join(string[] names) => this.names = names;

    /// <summary>By one series of either family; all of a family have the same labels.</summary>
    public static Join Of(IReadOnlyList<KeyValuePair<string, string>> left, IReadOnlyList<KeyValuePair<string, string>> right) =>
        new([.. left.Select(l => l.Key).Intersect(right.Select(l => l.Key))]);

    // Lengths stand before the values, so that no value can look like two.
    public string KeyOf(IReadOnlyList<KeyValuePair<string, string>> labels) =>
        string.Concat(names.Select(name => labels.FirstOrDefault(l => l.Key == name).Value ?? "").Select(value => $"{value.Length}:{value}"));
}
