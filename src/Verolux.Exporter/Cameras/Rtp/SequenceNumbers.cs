namespace Verolux.Exporter.Cameras.Rtp;

/// <summary>How a packet's sequence number fits those before it.</summary>
enum Order
{
    /// <summary>Not seen before: next, after a gap, or late.</summary>
    Fresh,

    Duplicate,

    /// <summary>Far from all others, and it has no neighbour yet.</summary>
    Stray,

    /// <summary>The second of two neighbours that are far from all others: the sender counts anew.</summary>
    Restart,
}

/// <summary>
/// Counts received and expected packets (RFC 3550, A.1 and A.3), with one difference: a packet that comes twice is received once, so that duplicates don't
/// hide losses.
/// </summary>
sealed class SequenceNumbers
{
    // The RFC's MAX_DROPOUT and MAX_MISORDER.
    const int MostDropped = 3000;
    const int MostMisordered = 100;
    bool begun;
    long lowest;
    long highest;
    int stray = -1;
    long expectedBefore;

    /// <summary>Bit n: <see cref="highest"/> − n has been received.</summary>
    UInt128 seen;

    public long Received { get; private set; }

    public long Expected => begun ? expectedBefore + highest - lowest + 1 : expectedBefore;

    public Order Add(ushort number)
    {
        if (!begun)
            return Begin(number, Order.Fresh);
        var step = (short)(number - (ushort)highest);
        if (step is > 0 and < MostDropped)
        {
            highest += step;
            // A shift by the width or more would be one by the remainder.
            seen = (step < 128 ? seen << step : 0) | 1;
        }
        else if (step is <= 0 and > -MostMisordered)
        {
            var bit = UInt128.One << -step;
            if ((seen & bit) != 0)
                return Order.Duplicate;
            seen |= bit;
            lowest = Math.Min(lowest, highest + step);
        }
        else if (number == stray)
        {
            Break();
            return Begin(number, Order.Restart);
        }
        else
        {
            stray = (ushort)(number + 1);
            return Order.Stray;
        }
        Received++;
        return Order.Fresh;
    }

    /// <summary>What comes next has nothing to do with the numbers before it.</summary>
    public void Break()
    {
        expectedBefore = Expected;
        begun = false;
    }

    Order Begin(ushort number, Order order)
    {
        (begun, lowest, highest, seen, stray) = (true, number, number, 1, -1);
        Received++;
        return order;
    }
}
