using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Redis;

/// <summary>
/// What stands in for a server that can't be had. It has one answer each to AUTH, to the first TIME, to what the client library asks for itself, and to the INFO of the
/// look; those that it is not given are <see cref="Proper"/>.
/// </summary>
sealed class RedisPeer : IAsyncDisposable
{
    /// <summary>What it says of itself.</summary>
    public const string Info = "redis_version:7.0.15\r\nrole:master\r\nused_memory:1000\r\nevicted_keys:1\r\n";

    static readonly string[] ProperAnswers = ["+OK\r\n", "*2\r\n$10\r\n1795772545\r\n$6\r\n365396\r\n", Bulk("role:master\r\n"), Bulk(Info)];

    /// <summary>As a server does it.</summary>
    public const string Proper = "proper";

    /// <summary>Nothing more comes, and the connection stays.</summary>
    public const string Silence = "";

    /// <summary>The connection is closed.</summary>
    public const string Close = "close";

    readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    readonly CancellationTokenSource end = new();
    readonly Task serving;
    int open;

    public RedisPeer(params IReadOnlyList<string> answers)
        : this(0) => Answers = answers;

    /// <param name="port">Where nobody listens; 0 for any.</param>
    public RedisPeer(int port)
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <summary>Holds for connections from now on.</summary>
    public IReadOnlyList<string> Answers { get; set; } = [];

    /// <summary>Sends each byte by itself, this long after the one before; null sends all at once.</summary>
    public TimeSpan? Drip { get; init; }

    /// <summary>Connections that the client has not closed.</summary>
    public int Open => Volatile.Read(ref open);

    /// <summary>How many there have been.</summary>
    public int Connections { get; private set; }

    /// <summary>Waits until the client has closed every connection.</summary>
    public Task ClosedAsync(CancellationToken cancellationToken) => Eventually.FoundAsync("the end of the connection", () => Open == 0 ? this : null, cancellationToken);

    public static string Bulk(string text) => $"${text.Length}\r\n{text}\r\n";

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Dispose();
        await serving;
        end.Dispose();
    }

    async Task ServeAsync()
    {
        var conversations = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync(end.Token);
                client.NoDelay = true;
                Connections++;
                Interlocked.Increment(ref open);
                conversations.RemoveAll(c => c.IsCompleted);
                conversations.Add(ConverseAsync(client, Answers));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(conversations);
        }
    }

    async Task ConverseAsync(Socket client, IReadOnlyList<string> answers)
    {
        try
        {
            using var stream = new NetworkStream(client, ownsSocket: true);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var greeted = false;
            while (await ReadAsync(reader) is { } command)
            {
                var turn = command switch { ["AUTH", ..] => 0, ["TIME"] when !greeted => 1, ["INFO"] => 3, _ => 2 };
                greeted |= turn == 1;
                var answer = turn < answers.Count ? answers[turn] : Proper;
                if (answer == Close)
                    return;
                await SendAsync(stream, Encoding.Latin1.GetBytes(answer != Proper ? answer : ProperAnswers[command is ["TIME"] ? 1 : turn]));
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The client, or the test, has ended it.
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    }

    /// <summary>An array of texts, each behind a line with its length.</summary>
    /// <returns>Null at the end.</returns>
    async Task<string[]?> ReadAsync(StreamReader reader)
    {
        if (await reader.ReadLineAsync(end.Token) is not { } count)
            return null;
        var command = new string[int.Parse(count[1..], CultureInfo.InvariantCulture)];
        for (var i = 0; i < command.Length; i++)
        {
            await reader.ReadLineAsync(end.Token);
            command[i] = await reader.ReadLineAsync(end.Token) ?? "";
        }
        return command;
    }

    async Task SendAsync(Stream stream, byte[] answer)
    {
        if (Drip is not { } pause)
        {
            await stream.WriteAsync(answer, end.Token);
            return;
        }
        foreach (var piece in answer)
        {
            await stream.WriteAsync(new[] { piece }, end.Token);
            await Task.Delay(pause, end.Token);
        }
    }
}
