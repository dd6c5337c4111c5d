namespace Verolux.Exporter.Pages;

/// <summary>Names in the order in which people count: <c>yard_2</c> before <c>yard_10</c>.</summary>
sealed class NaturalOrder : IComparer<string>
{
    public static readonly NaturalOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        var (left, right, i, j) = (x ?? "", y ?? "", 0, 0);
        while (i < left.Length && j < right.Length)
        {
            var order = char.IsAsciiDigit(left[i]) && char.IsAsciiDigit(right[j]) ? CompareNumbers(Number(left, ref i), Number(right, ref j)) : left[i++].CompareTo(right[j++]);
            if (order != 0)
                return order;
        }
        var rest = (left.Length - i).CompareTo(right.Length - j);
        // What differs in leading zeros alone still has one order.
        return rest != 0 ? rest : string.CompareOrdinal(left, right);
    }

    /// <summary>Of any length: without leading zeros the one with more digits is larger.</summary>
    static int CompareNumbers(ReadOnlySpan<char> one, ReadOnlySpan<char> other) =>
        one.Length != other.Length ? one.Length.CompareTo(other.Length) : one.SequenceCompareTo(other);

    static ReadOnlySpan<char> Number(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return text.AsSpan(start, at - start).TrimStart('0');
    }
}
