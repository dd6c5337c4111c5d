using Npgsql;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Postgres;

/// <summary>Why a look at a server failed, told from what the client library throws.</summary>
static class PostgresFailure
{
    /// <summary>The server is starting, recovering or shutting down, and takes no connections meanwhile.</summary>
    public static readonly FailureReason StartingUp = new("starting_up");

    /// <summary>Characters of what a server says that are repeated.</summary>
    const int LongestSaid = 300;

    public static readonly IReadOnlyList<FailureReason> Reasons =
    [
        NetworkFailure.Dns, NetworkFailure.Refused, NetworkFailure.Unreachable, NetworkFailure.Tls, NetworkFailure.Auth, NetworkFailure.Permission,
        NetworkFailure.TooManyConnections, StartingUp, NetworkFailure.NotFound, NetworkFailure.Protocol,
    ];

    /// <param name="address">Of the server, as people write it.</param>
    /// <param name="password">Is not repeated, even where the server does.</param>
    /// <param name="wantsTls">Whether TLS must be spoken and has not begun.</param>
    public static Failure Of(Exception error, string address, string? password, TlsHandshake tls, bool wantsTls)
    {
        if (error is PostgresException answer)
            return new Failure(ReasonOf(answer.SqlState), $"{address} answers with SQLSTATE {answer.SqlState}: {Said(answer.MessageText, password)}");
        if (tls.Refusal is { } refusal)
            return new Failure(NetworkFailure.Tls, $"{address}: {refusal}");
        var failure = Causes(error).Any(c => c is TimeoutException) ? new Failure(FailureReason.Timeout, $"{address} does not answer in time")
            : NetworkFailure.Of(error, address) is { } network ? network
            : wantsTls ? new Failure(NetworkFailure.Tls, $"{address} does not begin TLS when asked to")
            : string.IsNullOrEmpty(password) && error.Message.StartsWith("No password", StringComparison.Ordinal)
                ? new Failure(NetworkFailure.Auth, $"{address} asks for a password, and the connection string holds none")
            : Causes(error).Any(c => c is IOException) ? new Failure(NetworkFailure.Protocol, $"{address} drops the connection in the middle of the talk")
            // Not its message, which a library makes of who knows what.
            : new Failure(NetworkFailure.Protocol, $"{address} answers what PostgreSQL would not ({error.GetType().Name})");
        // With TLS 1.3 a server sees our certificate after we have taken the handshake for done, and most often says no more.
        return failure.Reason == NetworkFailure.Protocol && tls.Certificate is not null
            ? failure with { Detail = $"{failure.Detail}; it may not take the certificate of tls.cert_file" }
            : failure;
    }

    static IEnumerable<Exception> Causes(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
            yield return error;
    }

    /// <summary>By https://www.postgresql.org/docs/current/errcodes-appendix.html.</summary>
    static FailureReason ReasonOf(string sqlState) => sqlState switch
    {
        "28P01" or "28000" => NetworkFailure.Auth,
        "3D000" => NetworkFailure.NotFound,
        "42501" => NetworkFailure.Permission,
        "53300" => NetworkFailure.TooManyConnections,
        // admin_shutdown, crash_shutdown, cannot_connect_now: it is on its way down or up.
        "57P01" or "57P02" or "57P03" => StartingUp,
        "57014" => FailureReason.Timeout,
        _ => NetworkFailure.Protocol,
    };

    static string Said(string text, string? password)
    {
        if (!string.IsNullOrEmpty(password) && text.Contains(password, StringComparison.Ordinal))
            return "(what it says holds the password)";
        return text.Length > LongestSaid ? text[..LongestSaid] : text;
    }
}
