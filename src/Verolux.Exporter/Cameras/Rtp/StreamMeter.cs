namespace Verolux.Exporter.Cameras.Rtp;

/// <summary>
/// Measures a video stream by its RTP packets, without decoding. Time is the RTP clock's, so that a burst at the start (cameras send what they hold since the
/// last key frame) does not count as speed. Throws for no packet, allocates for none, and holds less than 1 KB however long the stream is. Not for
/// concurrent use.
/// </summary>
sealed class StreamMeter
{
    readonly int clockRate;
    readonly SequenceNumbers sequence = new();
    readonly Timeline timeline;
    readonly KeyFrames keyFrames;
    int payloadType = -1;
    uint source;
    long rejected;
    TimeSpan? lastArrival;
    long lastTimestamp;
    double? jitter;

    /// <param name="clockRate">Of the timestamps, in Hz; 90000 for nearly all video.</param>
    /// <exception cref="ArgumentOutOfRangeException">The clock rate is not positive.</exception>
    public StreamMeter(Codec codec, int clockRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(clockRate);
        this.clockRate = clockRate;
        timeline = new Timeline(clockRate);
        keyFrames = new KeyFrames(codec);
    }

    /// <summary>Adds a packet as it came off the wire. Those of another payload type than the first one are none of this stream, and don't count at all.</summary>
    /// <param name="arrival">Since whatever origin. Null where it is not known to the millisecond: then it says nothing about jitter.</param>
    public void Add(ReadOnlySpan<byte> packet, TimeSpan? arrival)
    {
        if (!RtpPacket.TryRead(packet, out var rtp))
        {
            rejected++;
            return;
        }
        if (payloadType < 0)
            (payloadType, source) = (rtp.PayloadType, rtp.Source);
        if (rtp.PayloadType != payloadType)
            return;
        if (rtp.Source != source)
        {
            source = rtp.Source;
            sequence.Break();
            timeline.Break();
        }
        switch (sequence.Add(rtp.SequenceNumber))
        {
            case Order.Stray:
                rejected++;
                return;
            case Order.Duplicate:
                return;
            case Order.Restart:
                timeline.Break();
                break;
        }
        // A packet of nothing but padding keeps a connection open, and is part of no frame.
        if (rtp.Payload.IsEmpty)
            return;
        if (timeline.Add(rtp.Timestamp, packet.Length))
        {
            keyFrames.Break();
            lastArrival = null;
        }
        keyFrames.Add(rtp.Payload, timeline.Last);
        AddJitter(arrival);
    }

    /// <summary>Different timestamps so far.</summary>
    public long Frames => timeline.Frames;

    public StreamReading Read()
    {
        var measured = timeline.Measured;
        var seconds = (double)measured.Elapsed / clockRate;
        return new StreamReading(
            sequence.Received,
            timeline.Frames,
            measured.Elapsed > 0 ? measured.Frames / seconds : null,
            measured.Elapsed > 0 ? measured.Bytes / seconds : null,
            sequence.Expected > 0 ? 1 - (double)sequence.Received / sequence.Expected : null,
            jitter,
            keyFrames.Interval is { } interval ? TimeSpan.FromSeconds((double)interval / clockRate) : null,
            rejected);
    }

    /// <summary>RFC 3550, A.8, in seconds.</summary>
    void AddJitter(TimeSpan? arrival)
    {
        if (arrival is { } now && lastArrival is { } before)
        {
            var difference = (double)(now.Ticks - before.Ticks) / TimeSpan.TicksPerSecond - (double)(timeline.Last - lastTimestamp) / clockRate;
            jitter = (jitter ?? 0) + (Math.Abs(difference) - (jitter ?? 0)) / 16;
        }
        (lastArrival, lastTimestamp) = (arrival, timeline.Last);
    }
}
