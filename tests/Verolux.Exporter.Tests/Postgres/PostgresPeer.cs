using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Postgres;

/// <summary>
/// Someone on a loopback port who speaks as told: for what a real server can't be made to say. Messages are those of
/// https://www.postgresql.org/docs/current/protocol-message-formats.html.
/// </summary>
sealed class PostgresPeer : IAsyncDisposable
{
    readonly ScriptedServer server;

    public PostgresPeer(Func<NetworkStream, CancellationToken, Task> talkAsync)
    {
        TalkAsync = talkAsync;
        server = new ScriptedServer((stream, stop) => TalkAsync(stream, stop));
    }

    public int Port => server.Port;

    /// <summary>What is done with each connection that is made from now on; at its end it is closed.</summary>
    public Func<NetworkStream, CancellationToken, Task> TalkAsync { get; set; }

    /// <summary>Connections that neither side has closed.</summary>
    public int Open => server.Open;

    public string Url => $"postgresql://exporter:pg-s3cret@127.0.0.1:{Port}/postgres";

    /// <summary>Says this, then waits for the other side to go.</summary>
    public static Func<NetworkStream, CancellationToken, Task> SayAndWait(params byte[] bytes) => async (stream, stop) =>
    {
        await stream.WriteAsync(bytes, stop);
        await ScriptedServer.UntilClosedAsync(stream, stop);
    };

    /// <summary>Says this and hangs up.</summary>
    public static Func<NetworkStream, CancellationToken, Task> Say(params byte[] bytes) => async (stream, stop) =>
    {
        await stream.WriteAsync(bytes, stop);
        await HearAsync(stream, stop);
    };

    /// <summary>Declines TLS, then says this and waits.</summary>
    public static Func<NetworkStream, CancellationToken, Task> WithoutTls(params byte[] bytes) => async (stream, stop) =>
    {
        await DeclineTlsAsync(stream, stop);
        await SayAndWait(bytes)(stream, stop);
    };

    /// <summary>A byte of this every so often, for ever.</summary>
    public static Func<NetworkStream, CancellationToken, Task> Drip(TimeSpan pause, byte[] bytes) => async (stream, stop) =>
    {
        await DeclineTlsAsync(stream, stop);
        for (var i = 0; ; i++)
        {
            await stream.WriteAsync(bytes.AsMemory(i % bytes.Length, 1), stop);
            await Task.Delay(pause, stop);
        }
    };

    /// <summary>Resets the connection.</summary>
    public static Task ResetAsync(NetworkStream stream, CancellationToken stop)
    {
        stream.Socket.LingerState = new LingerOption(true, 0);
        return Task.CompletedTask;
    }

    /// <summary>Answers as a healthy server does that has no databases.</summary>
    public static async Task AnswerAsync(NetworkStream stream, CancellationToken stop)
    {
        await DeclineTlsAsync(stream, stop);
        await stream.WriteAsync(Welcome, stop);
        for (var executes = 0; ;)
        {
            var type = await ReadMessageAsync(stream, stop);
            if (type == 'X')
                return;
            executes += type == 'E' ? 1 : 0;
            if (type != 'S')
                continue;
            await stream.WriteAsync(executes == 1 ? Reading : NoSizes, stop);
            executes = 0;
        }
    }

    /// <summary>An error that ends the connection.</summary>
    public static byte[] Fatal(string sqlState, string text) => Message('E', Text("SFATAL"), Text("VFATAL"), Text($"C{sqlState}"), Text($"M{text}"), [0]);

    public static byte[] Message(char type, params byte[][] parts)
    {
        var body = parts.SelectMany(p => p).ToArray();
        return [(byte)type, .. Int32(body.Length + 4), .. body];
    }

    public static byte[] Text(string text) => [.. Encoding.UTF8.GetBytes(text), 0];

    public static byte[] Int32(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    /// <summary>Authentication is over, and the server is ready.</summary>
    public static byte[] Welcome { get; } =
    [
        .. Message('R', Int32(0)), .. Parameter("server_version", "15.18"), .. Parameter("client_encoding", "UTF8"), .. Parameter("standard_conforming_strings", "on"),
        .. Parameter("integer_datetimes", "on"), .. Parameter("TimeZone", "Etc/UTC"), .. Message('K', Int32(1), Int32(2)), .. Ready,
    ];

    static byte[] Ready => Message('Z', "I"u8.ToArray());

    static byte[] Reading { get; } =
    [
        .. Begun, .. Columns(25, 16, 701, 701, 701, 16, 701, 20, 20, 20, 20, 20),
        .. Row("15.18"u8.ToArray(), [0], Double(10), Double(3), null, [1], null, new byte[8], new byte[8], new byte[8], new byte[8], new byte[8]), .. Message('C', Text("SELECT 1")), .. Ready,
    ];

    static byte[] NoSizes { get; } =
    [
        .. Begun, .. Message('n'), .. Message('C', Text("SET")), .. Begun, .. Columns(19, 701), .. Message('C', Text("SELECT 0")), .. Ready,
    ];

    static byte[] Begun => [.. Message('1'), .. Message('2')];

    static byte[] Parameter(string name, string value) => Message('S', Text(name), Text(value));

    static byte[] Columns(params int[] types) => Message('T', [0, (byte)types.Length], [.. types.SelectMany(t => (byte[])[.. Text("c"), .. Int32(0), 0, 0, .. Int32(t), 0, 8, .. Int32(-1), 0, 1])]);

    static byte[] Row(params byte[]?[] values) => Message('D', [0, (byte)values.Length], [.. values.SelectMany(v => v is null ? Int32(-1) : [.. Int32(v.Length), .. v])]);

    static byte[] Double(double number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
        return bytes;
    }

    /// <summary>Waits until the other side says something, or goes.</summary>
    public static async Task HearAsync(NetworkStream stream, CancellationToken stop) => await stream.ReadAtLeastAsync(new byte[1024], 1, throwOnEndOfStream: false, stop);

    /// <summary>Answers the question for TLS with no, and hears who it is.</summary>
    public static async Task DeclineTlsAsync(NetworkStream stream, CancellationToken stop)
    {
        await stream.ReadExactlyAsync(new byte[8], stop);
        await stream.WriteAsync("N"u8.ToArray(), stop);
        await ReadLengthAndBodyAsync(stream, stop);
    }

    static async Task<char> ReadMessageAsync(NetworkStream stream, CancellationToken stop)
    {
        var type = new byte[1];
        await stream.ReadExactlyAsync(type, stop);
        await ReadLengthAndBodyAsync(stream, stop);
        return (char)type[0];
    }

    static async Task ReadLengthAndBodyAsync(NetworkStream stream, CancellationToken stop)
    {
        var length = new byte[4];
        await stream.ReadExactlyAsync(length, stop);
        await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(length) - 4], stop);
    }

    /// <summary>Closes every connection.</summary>
    public void HangUp() => server.HangUp();

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
