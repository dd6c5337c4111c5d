using Npgsql;

namespace Verolux.Exporter.Postgres;

/// <summary>
/// Where a server is and who we are there, in one of the two forms that people have at hand: <c>postgresql://USER:PASSWORD@HOST:PORT/DATABASE</c>
/// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS) and <c>Host=…;Port=…;Database=…;Username=…;Password=…</c>
/// (https://www.npgsql.org/doc/connection-string-parameters.html). Everything else that such a string may say has its place in the configuration, or is decided here.
/// </summary>
static class ConnectionString
{
    const int LongestHost = 255;

    static readonly string[] Keys = ["Host", "Port", "Database", "Username", "Password"];

    /// <param name="parsed">The address and the user, when the answer is null.</param>
    /// <returns>Null, or what is wrong with it, for people; without any part of its values.</returns>
    public static string? TryParse(string text, out NpgsqlConnectionStringBuilder parsed)
    {
        parsed = [];
        var isUrl = text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase);
        return (isUrl ? TryParseUrl(text, parsed) : TryParseKeys(text, ref parsed))
            ?? (string.IsNullOrEmpty(parsed.Username) ? "names no user"
            : string.IsNullOrEmpty(parsed.Host) ? "names no host"
            : parsed.Host.Contains(',', StringComparison.Ordinal) ? "names several hosts: make each a target of its own"
            : parsed.Host.Length > LongestHost ? "names a host that is too long for one"
            : null);
    }

    /// <returns>Null, or what is wrong with it, as a sentence for people; without any part of its values.</returns>
    public static string? Mistake(string text) => TryParse(text, out _) is { } wrong ? $"what the file holds {wrong}" : null;

    static string? TryParseUrl(string text, NpgsqlConnectionStringBuilder parsed)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url))
            return "is no address: write it like postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password as %40 for @";
        if (url.Query.Length > 0 || url.Fragment.Length > 0)
            return "has a ? or # in it: TLS is configured under tls, nothing else can be set, and in a password they are written %3F and %23";
        var user = url.UserInfo.Split(':', 2);
        parsed.Host = url.DnsSafeHost;
        parsed.Port = url.IsDefaultPort ? NpgsqlConnection.DefaultPort : url.Port;
        parsed.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1)
            parsed.Password = Uri.UnescapeDataString(user[1]);
        if (url.AbsolutePath.Length > 1)
            parsed.Database = Uri.UnescapeDataString(url.AbsolutePath[1..]);
        return null;
    }

    static string? TryParseKeys(string text, ref NpgsqlConnectionStringBuilder parsed)
    {
        try
        {
            parsed = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or OverflowException)
        {
            // Not its message: that may repeat a part of the string.
            return "is no connection string: write it like postgresql://USER:PASSWORD@HOST/DATABASE or Host=…;Username=…;Password=…;Database=…";
        }
        var other = parsed.Keys.Cast<string>().FirstOrDefault(key => !Keys.Contains(key));
        return other is null ? null : $"sets {other}, and may set only {string.Join(", ", Keys)}; TLS is configured under tls";
    }
}
