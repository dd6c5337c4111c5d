using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Crypt = BCrypt.Net.BCrypt;

namespace Verolux.Exporter.Security;

/// <summary>A user of the web configuration: name, role, and the bcrypt hash of the password.</summary>
sealed record User(string Name, Role Role, string Hash);

/// <summary>Basic authentication (RFC 7617, UTF-8).</summary>
sealed class Users
{
    const int LongestPair = 1024;
    const int MostRemembered = 100;
    // Two at once leave the other cores to the looks and scrapes, however many wrong passwords arrive.
    static readonly SemaphoreSlim Turns = new(2, 2);
    readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    readonly ConcurrentDictionary<UInt128, Caller> verified = new();
    readonly Dictionary<string, User> byName;
    readonly string nobody;
    readonly Func<string, string, bool> verify;

    /// <param name="users">By unlike names.</param>
    /// <param name="verify">Whether a password has a hash; bcrypt unless told otherwise.</param>
    public Users(IReadOnlyCollection<User> users, Func<string, string, bool>? verify = null)
    {
        this.verify = verify ?? ((password, hash) => Crypt.Verify(password, hash));
        byName = users.ToDictionary(u => u.Name, StringComparer.Ordinal);
        nobody = $"{(users.Count == 0 ? "$2b$04" : users.Select(u => u.Hash[..6]).MaxBy(h => h[4..], StringComparer.Ordinal))}${new string('.', 53)}";
    }

    /// <summary>Whose credentials these are, or null. Completes at once for what has been verified before.</summary>
    /// <param name="credentials">What follows <c>Basic</c> in the header.</param>
    public ValueTask<Caller?> Find(ReadOnlySpan<char> credentials, CancellationToken aborted)
    {
        Span<byte> pair = stackalloc byte[LongestPair];
        if (byName.Count == 0 || !Convert.TryFromBase64Chars(credentials, pair, out var length))
            return default;
        pair = pair[..length];
        var colon = pair.IndexOf((byte)':');
        if (colon < 0)
            return default;
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, pair, digest);
        var remembered = BinaryPrimitives.ReadUInt128LittleEndian(digest);
        return verified.TryGetValue(remembered, out var caller)
            ? new ValueTask<Caller?>(caller)
            : new ValueTask<Caller?>(Verify(Encoding.UTF8.GetString(pair[..colon]), Encoding.UTF8.GetString(pair[(colon + 1)..]), remembered, aborted));
    }

    async Task<Caller?> Verify(string name, string password, UInt128 remembered, CancellationToken aborted)
    {
        // A name that nobody has costs the same computation, so that the time taken doesn't tell which names exist.
        var user = byName.GetValueOrDefault(name);
        await Turns.WaitAsync(aborted);
        bool matches;
        try
        {
            matches = await Task.Run(() => Matches(password, user?.Hash ?? nobody), CancellationToken.None);
        }
        finally
        {
            Turns.Release();
        }
        if (user is null || !matches)
            return null;
        // Only right passwords are remembered: wrong ones could push them out at will.
        if (verified.Count >= MostRemembered)
            verified.Clear();
        return verified[remembered] = new Caller(user.Name, user.Role);
    }

    bool Matches(string password, string hash)
    {
        try
        {
            return verify(password, hash);
        }
        catch (Exception)
        {
            // The hash was checked when it was read; what is left is a password that bcrypt can't take, such as one that is too long.
            return false;
        }
    }
}
