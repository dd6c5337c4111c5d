using System.Text;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>
/// A camera in memory: hands out what a test has written down, byte for byte, in pieces as large as the test wants, and counts what was taken. Nothing in it waits.
/// </summary>
/// <param name="answer">What comes back for a request as it was sent, by its number from 1; null for nothing.</param>
sealed class ScriptedStream(Func<string, int, byte[]?> answer) : Stream
{
    const long Enough = 64 * 1024 * 1024;
    readonly Queue<byte[]> pending = new();
    readonly StringBuilder written = new();
    readonly CancellationTokenSource patience = new();
    int offset;
    long repeated;

    /// <summary>The token of a caller that has had enough after far more than anybody asked for.</summary>
    public CancellationToken Patience => patience.Token;

    /// <summary>Every request as it was sent.</summary>
    public List<string> Requests { get; } = [];

    public long Taken { get; private set; }

    /// <summary>The most bytes that one read gives.</summary>
    public int Piece { get; init; } = int.MaxValue;

    /// <summary>Comes for ever once all answers have been taken.</summary>
    public byte[]? Endless { get; init; }

    /// <summary>Breaks instead of ending once all answers have been taken.</summary>
    public bool Resets { get; init; }

    /// <summary>Answers the n-th request with the n-th text; <c>{cseq}</c> becomes the request's number. Ends when there are no more.</summary>
    public static ScriptedStream Saying(params string[] answers) => new(Script(answers));

    public static Func<string, int, byte[]?> Script(params string[] answers) =>
        (request, number) => number <= answers.Length ? Encoding.Latin1.GetBytes(answers[number - 1].Replace("{cseq}", Requested(request, "CSeq"))) : null;

    /// <summary>The value of a request's header; empty without.</summary>
    public static string Requested(string request, string header) =>
        request.Split("\r\n").FirstOrDefault(l => l.StartsWith($"{header}: ", StringComparison.Ordinal))?[(header.Length + 2)..] ?? "";

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var most = Math.Min(buffer.Length, Piece);
        var count = 0;
        if (pending.TryPeek(out var next))
        {
            count = Math.Min(most, next.Length - offset);
            next.AsMemory(offset, count).CopyTo(buffer);
            if ((offset += count) == next.Length)
            {
                pending.Dequeue();
                offset = 0;
            }
        }
        else if (Endless is { } pattern)
        {
            for (; count < most; count++)
                buffer.Span[count] = pattern[(int)(repeated++ % pattern.Length)];
        }
        else if (Resets)
        {
            throw new IOException("reset");
        }
        Taken += count;
        if (Taken > Enough)
            patience.Cancel();
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        written.Append(Encoding.Latin1.GetString(buffer.Span));
        if (!written.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            return ValueTask.CompletedTask;
        Requests.Add(written.ToString());
        written.Clear();
        if (answer(Requests[^1], Requests.Count) is { Length: > 0 } bytes)
            pending.Enqueue(bytes);
        return ValueTask.CompletedTask;
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            patience.Dispose();
        base.Dispose(disposing);
    }

    public override void SetLength(long value) => throw new NotSupportedException();
}
