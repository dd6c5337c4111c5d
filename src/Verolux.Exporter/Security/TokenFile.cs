using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Security;

/// <summary>
/// The bearer tokens (RFC 6750) of one role: one a line, several while one replaces another; blank lines and lines that start with # don't count.
/// Only their SHA-256 is kept.
/// </summary>
sealed class TokenFile
{
    const int Shortest = 16;
    const int Longest = 1024;
    // RFC 6750 section 2.1: b64token.
    static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");
    readonly Watched<byte[]> digests;
    readonly Caller caller;

    TokenFile(string path, Watched<byte[]> digests, Caller caller) => (Path, this.digests, this.caller) = (path, digests, caller);

    /// <summary>Its full path.</summary>
    public string Path { get; }

    public Role Role => caller.Role;

    /// <summary>Reads all files of <c>tokens</c>; one that is no good is left out, with a problem.</summary>
    public static TokenFile[] Read(IReadOnlyList<Section> sections, TimeProvider time)
    {
        var files = new List<TokenFile>();
        var taken = new HashSet<UInt128>();
        foreach (var section in sections)
        {
            var role = Roles.Read(section);
            section.RequiredText("file", "/run/secrets/scrape_token");
            if (section.File("file") is not { } path || Watched<byte[]>.Read([path], refuse => Load(path, refuse), section.Refuse, time) is not { } digests)
                continue;
            if (!digests.Last.Chunk(SHA256.HashSizeInBytes).All(d => taken.Add(BitConverter.ToUInt128(d))))
                section.Refuse("file", "holds a token that is in another file of the list too", "give each caller a token of its own");
            if (role is not null)
                files.Add(new TokenFile(path, digests, new Caller(System.IO.Path.GetFileName(path), role.Value)));
        }
        return [.. files];
    }

    /// <summary>Whose token it is, or null.</summary>
    public static Caller? Find(TokenFile[] files, ReadOnlySpan<char> token, ILogger log)
    {
        Span<byte> bytes = stackalloc byte[Longest];
        if (!Encoding.UTF8.TryGetBytes(token, bytes, out var length))
            return null;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..length], digest);
        // All are compared, whatever comes first, so that the time taken says nothing about where a token stands.
        Caller? found = null;
        foreach (var file in files)
        {
            if (file.Holds(digest, log))
                found ??= file.caller;
        }
        return found;
    }

    bool Holds(ReadOnlySpan<byte> digest, ILogger log)
    {
        var found = false;
        for (ReadOnlySpan<byte> rest = digests.Current(log); rest.Length > 0; rest = rest[SHA256.HashSizeInBytes..])
            found |= CryptographicOperations.FixedTimeEquals(rest[..SHA256.HashSizeInBytes], digest);
        return found;
    }

    static byte[]? Load(string path, Refusal refuse)
    {
        if (Secret.FromFile(path).TryRead(out var text) is { } failure)
        {
            refuse("file", failure, "write a token into it, for example of `openssl rand -hex 32`, and let this user read it");
            return null;
        }
        var good = true;
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(t => t[0] != '#'))
        {
            if (Fault(token) is { } fault)
            {
                good = false;
                refuse("file", $"the file {path} holds a token {fault}", "make one of `openssl rand -hex 32`");
            }
            tokens.Add(token);
        }
        if (tokens.Count == 0)
            refuse("file", $"the file {path} holds no token", "write one into it, for example of `openssl rand -hex 32`");
        return good && tokens.Count > 0 ? [.. tokens.SelectMany(t => SHA256.HashData(Encoding.UTF8.GetBytes(t)))] : null;
    }

    static string? Fault(string token) => token switch
    {
        { Length: < Shortest } => string.Create(CultureInfo.InvariantCulture, $"of fewer than {Shortest} characters"),
        { Length: > Longest } => string.Create(CultureInfo.InvariantCulture, $"of more than {Longest} characters"),
        _ when token.AsSpan().ContainsAnyExcept(Allowed) => "with characters that no header can carry (RFC 6750 allows letters, digits and -._~+/=)",
        _ => null,
    };
}
