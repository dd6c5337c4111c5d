using System.Buffers;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>One session's stream: the camera's clip over and over, in real time and with timestamps that go on across its end.</summary>
sealed class Playback
{
    const int SecondsBetweenReports = 5;

    readonly Camera camera;
    readonly CameraKind kind;
    readonly int channel;
    readonly Clip clip;
    readonly int firstFrame;
    readonly Random chance;
    readonly uint source;
    uint timestampOrigin;
    ushort sequence;
    uint packets;
    uint bytes;

    public Playback(Camera camera, CameraKind kind, int channel)
    {
        (this.camera, this.kind, this.channel) = (camera, kind, channel);
        clip = Clip.Of(kind.Codec, kind.Scene);
        var number = camera.CountPlayback();
        // The next key frame each time: nobody sees the same pictures in two looks, as with a camera that is live.
        firstFrame = clip.KeyFrames[number % clip.KeyFrames.Count];
        chance = new Random(kind.Seed + number);
        source = (uint)Random.Shared.NextInt64(1L << 32);
        timestampOrigin = kind.FirstTimestamp ?? (uint)Random.Shared.NextInt64(1L << 32);
        sequence = kind.FirstSequence ?? (ushort)Random.Shared.Next(1 << 16);
        (FirstSequence, FirstTimestamp) = (sequence, TimestampOf(0));
    }

    public ushort FirstSequence { get; }

    public uint FirstTimestamp { get; }

    /// <summary>Until the connection ends or this is cancelled.</summary>
    public async Task RunAsync(Func<ReadOnlyMemory<byte>, ValueTask> sendAsync, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (kind.Packets == RtpFault.NoFrames)
            return;
        var start = clock.GetTimestamp();
        for (var number = 0L; ; number++)
        {
            var due = TimeSpan.FromSeconds((double)number / kind.Fps) + (kind.Jitter * chance.NextDouble()) - clock.GetElapsedTime(start);
            if (due > TimeSpan.Zero)
                await Task.Delay(due, clock, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            var frame = clip.Frames[(int)((firstFrame + number) % clip.Frames.Count)];
            var buffer = ArrayPool<byte>.Shared.Rent(Rtp.ReportLength + frame.Payloads.Sum(p => p.Length + Rtp.Overhead + 1));
            try
            {
                var length = number % (SecondsBetweenReports * kind.Fps) == 0
                    ? Rtp.WriteReport(buffer, channel + 1, source, clock.GetUtcNow(), TimestampOf(number), packets, bytes)
                    : 0;
                length += Write(frame, number, buffer.AsSpan(length));
                await sendAsync(buffer.AsMemory(0, length));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    int Write(Frame frame, long number, Span<byte> to)
    {
        if (kind.Packets == RtpFault.TimestampJump && number == kind.Fps)
            timestampOrigin += 1 << 30;
        var timestamp = TimestampOf(number + frame.Shift);
        var length = 0;
        var lost = 0;
        for (var i = 0; i < frame.Payloads.Count; i++)
        {
            if (kind.Loss > 0 && chance.NextDouble() < kind.Loss)
                lost++;
            else
                length += Write(frame.Payloads[i], i == frame.Payloads.Count - 1, timestamp, to[length..]);
            sequence++;
        }
        camera.CountFrame(frame.Payloads.Count - lost, lost);
        return length;
    }

    int Write(ReadOnlySpan<byte> payload, bool last, uint timestamp, Span<byte> to)
    {
        packets++;
        bytes += (uint)payload.Length;
        if (kind.Packets == RtpFault.HugePadding)
            payload = new[] { payload[0], (byte)0xFF };
        var onChannel = kind.Packets == RtpFault.WrongChannel ? channel + 6 : channel;
        var length = Rtp.Write(to, onChannel, Rtp.PayloadType(kind.Codec), last && kind.Packets != RtpFault.NoMarker, sequence, timestamp, source, payload);
        to[4] = kind.Packets switch
        {
            RtpFault.WrongVersion => 1 << 6,
            RtpFault.HugePadding => (2 << 6) | 0x20,
            _ => to[4],
        };
        return length;
    }

    uint TimestampOf(long number) => (uint)(timestampOrigin + (number * Rtp.Clock / kind.Fps));
}
