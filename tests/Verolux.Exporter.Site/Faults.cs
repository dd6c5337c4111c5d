using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Verolux.Exporter.Site;

/// <summary>What befalls a request in place of an honest answer. No reply means that the connection is closed without one.</summary>
delegate Task<Reply?> Fault(HttpContext context, Func<Reply> honest);

static class Faults
{
    public static Fault Answer(int status, string body = "", string? retryAfter = null, string? location = null) =>
        (_, _) => Task.FromResult<Reply?>(new Reply(status, body, retryAfter, location));

    /// <summary>The request is read and never answered; opening the gate closes the connection.</summary>
    public static Fault Hang(Gate gate) => async (context, _) =>
    {
        await gate.OpenedAsync(context.RequestAborted);
        return null;
    };

    /// <summary>The request is dealt with and answered as always, but only once the gate opens.</summary>
    public static Fault Delay(Gate gate) => async (context, honest) =>
    {
        await gate.OpenedAsync(context.RequestAborted);
        return honest();
    };

    public static Fault Reset() => (context, _) =>
    {
        CloseWithReset(context);
        return Task.FromResult<Reply?>(null);
    };

    /// <summary>The request takes effect, but its sender never learns of it: the reason why senders must be able to repeat themselves.</summary>
    public static Fault LoseAnswer() => (context, honest) =>
    {
        _ = honest();
        CloseWithReset(context);
        return Task.FromResult<Reply?>(null);
    };

    /// <summary>Bytes that aren't HTTP. (An HTTP answer with a senseless body is an <see cref="Answer"/>.)</summary>
    public static Fault Garbage() => async (context, _) =>
    {
        await SocketOf(context).SendAsync("\u0003 this is not HTTP \r\n\r\n"u8.ToArray());
        // Closing now could discard the bytes before they are read; a client that reads them hangs up by itself.
        await new Gate().OpenedAsync(context.RequestAborted);
        return null;
    };

    // Without lingering, closing a socket sends RST instead of FIN.
    static void CloseWithReset(HttpContext context) => SocketOf(context).LingerState = new LingerOption(true, 0);

    static Socket SocketOf(HttpContext context) => context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
}
