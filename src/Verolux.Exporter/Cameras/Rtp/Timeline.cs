namespace Verolux.Exporter.Cameras.Rtp;

/// <summary>
/// Counts frames and the time they take by their RTP timestamps alone, whenever they arrive. A timestamp that is more than 10 s from the one before it starts
/// a new segment; time between segments does not count. Frames that arrive out of their order (B-frames, packets that overtook others) count where they
/// belong.
/// </summary>
sealed class Timeline(int clockRate)
{
    const int Jump = 10;

    // Older packets than that are refused for their sequence number already.
    readonly uint[] recent = new uint[128];
    Extent ended;
    Mark first;
    Mark second;
    Mark previous;
    Mark newest;
    long framesBefore;
    long frames;
    long records;
    long bytes;
    bool reordered;

    /// <summary>Different timestamps so far.</summary>
    public long Frames => framesBefore + frames;

    /// <summary>The timestamp added last, extended to 64 bits; comparable within its segment.</summary>
    public long Last { get; private set; }

    /// <summary>What lies between the first and the newest frame of each segment, in sum.</summary>
    public Extent Measured => ended + Current;

    /// <remarks>
    /// In a stream with B-frames those before the newest frame are still to come, so the one that was newest before it ends the extent. The very first frame
    /// may be a B-frame whose neighbours were sent before the session, so the next newer one begins it.
    /// </remarks>
    Extent Current => !reordered ? newest - first : records > 2 ? previous - second : default;

    /// <summary>Adds a packet of <paramref name="size"/> bytes.</summary>
    /// <returns>Whether it starts a segment.</returns>
    public bool Add(uint timestamp, int size)
    {
        var step = (long)(int)(timestamp - (uint)Last);
        if (frames > 0 && Math.Abs(step) > (long)Jump * clockRate)
            Break();
        if (frames == 0)
        {
            Last = timestamp;
            Count(size);
            return true;
        }
        Last += step;
        if (Last > newest.Timestamp)
        {
            Count(size);
        }
        else
        {
            if (Last < newest.Timestamp)
                CountLate(size);
            bytes += size;
        }
        return false;
    }

    /// <summary>What comes next starts a new segment.</summary>
    public void Break()
    {
        ended += Current;
        framesBefore += frames;
        (frames, records, bytes, reordered) = (0, 0, 0, false);
    }

    void Count(int size)
    {
        var mark = new Mark(Last, frames, bytes);
        (first, second) = records switch { 0 => (mark, mark), 1 => (first, mark), _ => (first, second) };
        (previous, newest) = (newest, mark);
        records++;
        bytes += size;
        Remember();
    }

    void CountLate(int size)
    {
        var known = recent.AsSpan(0, (int)Math.Min(frames, recent.Length)).Contains((uint)Last);
        if (!known)
        {
            reordered = true;
            Remember();
        }
        var more = known ? 0 : 1;
        first = first.With(Last, more, size);
        second = second.With(Last, more, size);
        previous = previous.With(Last, more, size);
        newest = newest.With(Last, more, size);
    }

    void Remember() => recent[frames++ % recent.Length] = (uint)Last;

    /// <summary>A frame, and how many frames and bytes of its segment are older than it.</summary>
    readonly record struct Mark(long Timestamp, long Frames, long Bytes)
    {
        public Mark With(long timestamp, int frames, int bytes) => timestamp < Timestamp ? new Mark(Timestamp, Frames + frames, Bytes + bytes) : this;

        public static Extent operator -(Mark end, Mark start) => new(end.Frames - start.Frames, end.Bytes - start.Bytes, end.Timestamp - start.Timestamp);
    }
}

/// <summary>Frames with their bytes, and the time from the first one to that after the last, in units of the RTP clock.</summary>
readonly record struct Extent(long Frames, long Bytes, long Elapsed)
{
    public static Extent operator +(Extent one, Extent other) => new(one.Frames + other.Frames, one.Bytes + other.Bytes, one.Elapsed + other.Elapsed);
}
