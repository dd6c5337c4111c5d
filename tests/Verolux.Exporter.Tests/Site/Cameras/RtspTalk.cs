using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Verolux.Exporter.Site.Cameras;

namespace Verolux.Exporter.Tests.Site.Cameras;

/// <param name="Headers">Names as they came; where one comes twice, all values with a line feed between.</param>
sealed record RtspReply(int Status, IReadOnlyDictionary<string, string> Headers, string Body);

/// <param name="Bytes">What came on the channel: RTP or RTCP.</param>
sealed record Packet(int Channel, byte[] Bytes)
{
    public int Version => Bytes[0] >> 6;

    public bool HasPadding => (Bytes[0] & 0x20) != 0;

    public bool Marker => (Bytes[1] & 0x80) != 0;

    public int PayloadType => Bytes[1] & 0x7F;

    public ushort Sequence => BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(2));

    public uint Timestamp => BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(4));

    public ReadOnlySpan<byte> Payload => Bytes.AsSpan(12);
}

/// <summary>One connection to a camera, on which a test says whatever it likes. No password is known here.</summary>
sealed class RtspTalk : IDisposable
{
    readonly TcpClient client;
    readonly NetworkStream stream;
    readonly BufferedStream received;
    readonly CancellationToken cancellationToken;
    int cseq;

    RtspTalk(TcpClient client, string url, CancellationToken cancellationToken)
    {
        (this.client, Url, this.cancellationToken) = (client, url, cancellationToken);
        stream = client.GetStream();
        received = new BufferedStream(stream);
    }

    /// <summary>The camera's.</summary>
    public string Url { get; }

    public static Task<RtspTalk> ConnectAsync(CameraFarm farm, Camera camera, CancellationToken cancellationToken) => ConnectAsync(farm.Url(camera), cancellationToken);

    public static async Task<RtspTalk> ConnectAsync(string url, CancellationToken cancellationToken)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", new Uri(url).Port, cancellationToken);
        return new RtspTalk(client, url, cancellationToken);
    }

    /// <summary>Sends a request to the camera and reads the answer, past all frames that come before it.</summary>
    public async Task<RtspReply> AskAsync(string method, params IEnumerable<string> headers)
    {
        await SendAsync(string.Concat([$"{method} {Url} RTSP/1.0\r\nCSeq: {++cseq}\r\n", .. headers.Select(h => $"{h}\r\n"), "\r\n"]));
        return await ReplyAsync();
    }

    public async Task SendAsync(string text) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken);

    public async Task<RtspReply> ReplyAsync()
    {
        var line = await LineAsync();
        var status = int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while ((line = await LineAsync()).Length > 0)
        {
            var colon = line.IndexOf(':');
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim());
            headers[name] = headers.TryGetValue(name, out var before) ? $"{before}\n{value}" : value;
        }
        var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        await received.ReadExactlyAsync(body, cancellationToken);
        return new RtspReply(status, headers, Encoding.Latin1.GetString(body));
    }

    public Task<RtspReply> SetUpAsync(string transport = "RTP/AVP/TCP;unicast;interleaved=0-1") => AskAsync("SETUP", $"Transport: {transport}");

    /// <summary>SETUP and PLAY.</summary>
    public async Task<RtspReply> PlayAsync()
    {
        var setUp = await SetUpAsync();
        return setUp.Status == 200 ? await AskAsync("PLAY", $"Session: {SessionOf(setUp)}") : setUp;
    }

    public static string SessionOf(RtspReply reply) => reply.Headers["Session"].Split(';')[0];

    /// <summary>The next RTP packets on any channel but that of RTCP.</summary>
    public async Task<IReadOnlyList<Packet>> PacketsAsync(int count)
    {
        var packets = new List<Packet>();
        while (packets.Count < count)
        {
            var packet = await PacketAsync();
            if (packet.Channel != 1)
                packets.Add(packet);
        }
        return packets;
    }

    /// <summary>All RTP packets of the next frames, as their timestamps tell frames apart.</summary>
    public async Task<IReadOnlyList<Packet>> FramesAsync(int count)
    {
        var packets = new List<Packet>();
        while (true)
        {
            var packet = (await PacketsAsync(1))[0];
            if (packets.Select(p => p.Timestamp).Append(packet.Timestamp).Distinct().Count() > count)
                return packets;
            packets.Add(packet);
        }
    }

    /// <summary>The next packet on any channel.</summary>
    public async Task<Packet> PacketAsync()
    {
        var head = new byte[4];
        await received.ReadExactlyAsync(head, cancellationToken);
        if (head[0] != '$')
            throw new InvalidDataException($"no packet of {Url} but {Encoding.Latin1.GetString(head)}");
        var bytes = new byte[BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2))];
        await received.ReadExactlyAsync(bytes, cancellationToken);
        return new Packet(head[1], bytes);
    }

    /// <summary>As many bytes as there are before the end, at most this many.</summary>
    public async Task<byte[]> BytesAsync(int most)
    {
        var bytes = new byte[most];
        return bytes[..await received.ReadAtLeastAsync(bytes, most, throwOnEndOfStream: false, cancellationToken)];
    }

    public void Dispose()
    {
        received.Dispose();
        stream.Dispose();
        client.Dispose();
    }

    async Task<string> LineAsync()
    {
        var line = new List<byte>();
        while (true)
        {
            var next = (await ReadByteAsync())[0];
            if (next == '$' && line.Count == 0)
            {
                var rest = await BytesAsync(3);
                await BytesAsync(BinaryPrimitives.ReadUInt16BigEndian(rest.AsSpan(1)));
                continue;
            }
            if (next == '\n')
                return Encoding.Latin1.GetString([.. line]).TrimEnd('\r');
            line.Add(next);
        }
    }

    async Task<byte[]> ReadByteAsync()
    {
        var one = new byte[1];
        await received.ReadExactlyAsync(one, cancellationToken);
        return one;
    }
}
