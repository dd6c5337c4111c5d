namespace Verolux.Exporter.Collecting;

/// <summary>How the looks of one minute went.</summary>
enum Went : byte
{
    Unseen,
    Well,
    Badly,
}

/// <summary>A minute of the last hour.</summary>
/// <param name="Went">Badly where one look of it did.</param>
/// <param name="Value">The least value that was measured in it; null where none was.</param>
readonly record struct Minute(Went Went, double? Value);

/// <summary>What a watch's looks were like over the last hour, for a small picture. In few bytes, since ten thousand watches have one each.</summary>
/// <param name="plotted">The family whose values are kept; null for none.</param>
sealed class LastHour(Family? plotted)
{
    public const int Minutes = 60;

    readonly Went[] ends = new Went[Minutes];
    readonly Half[] values = plotted is null ? [] : NoValues();
    long newest;

    public void Add(DateTimeOffset at, bool isGood, IReadOnlyList<Sample> samples)
    {
        var minute = MinuteOf(at);
        // What a clock that was set back a little tells again adds to what there is; one that was set back far begins anew.
        if (minute > newest || newest - minute >= Minutes)
        {
            for (var passed = minute < newest ? minute - Minutes + 1 : Math.Max(newest + 1, minute - Minutes + 1); passed <= minute; passed++)
                Forget(SlotOf(passed));
            newest = minute;
        }
        var slot = SlotOf(minute);
        ends[slot] = isGood && ends[slot] != Went.Badly ? Went.Well : Went.Badly;
        foreach (var sample in samples)
        {
            // Not a number, and what is beyond the small type, can't be drawn.
            if (sample.Family == plotted && Half.IsFinite((Half)sample.Value) && !(values[slot] <= (Half)sample.Value))
                values[slot] = (Half)sample.Value;
        }
    }

    /// <summary>Minute by minute, the oldest first; the last one is now.</summary>
    public IReadOnlyList<Minute> Read(DateTimeOffset now)
    {
        var read = new Minute[Minutes];
        var last = MinuteOf(now);
        for (var i = 0; i < Minutes; i++)
        {
            var minute = last - (Minutes - 1) + i;
            if (minute > newest || newest - minute >= Minutes)
                continue;
            var slot = SlotOf(minute);
            read[i] = new Minute(ends[slot], values.Length == 0 || Half.IsNaN(values[slot]) ? null : (double)values[slot]);
        }
        return read;
    }

    /// <summary>Adds each minute to how many went well and how many badly.</summary>
    public void Count(DateTimeOffset now, Span<int> well, Span<int> badly)
    {
        var last = MinuteOf(now);
        for (var i = 0; i < Minutes; i++)
        {
            var minute = last - (Minutes - 1) + i;
            if (minute > newest || newest - minute >= Minutes)
                continue;
            var went = ends[SlotOf(minute)];
            well[i] += went == Went.Well ? 1 : 0;
            badly[i] += went == Went.Badly ? 1 : 0;
        }
    }

    void Forget(int slot)
    {
        ends[slot] = Went.Unseen;
        if (values.Length > 0)
            values[slot] = Half.NaN;
    }

    static Half[] NoValues()
    {
        var values = new Half[Minutes];
        Array.Fill(values, Half.NaN);
        return values;
    }

    /// <summary>Also of a machine without a battery, whose clock begins in 1970.</summary>
    static int SlotOf(long minute) => (int)((minute % Minutes + Minutes) % Minutes);

    static long MinuteOf(DateTimeOffset at) => at.ToUnixTimeSeconds() / 60;
}
