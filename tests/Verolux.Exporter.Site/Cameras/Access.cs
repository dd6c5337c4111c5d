namespace Verolux.Exporter.Site.Cameras;

enum Challenge
{
    Basic,

    /// <summary>Digest as RFC 2069 has it: MD5, neither qop nor algorithm.</summary>
    DigestWithoutQop,

    /// <summary>Digest with MD5 and qop=auth (RFC 7616).</summary>
    DigestMd5,

    /// <summary>Digest with SHA-256 and qop=auth (RFC 7616).</summary>
    DigestSha256,
}

/// <summary>Who may watch a camera.</summary>
/// <param name="Challenges">What a 401 offers, in this order; any of them will do. None: anybody may watch.</param>
sealed record Access(params IReadOnlyList<Challenge> Challenges)
{
    public const string DefaultUser = "admin";
    public const string DefaultPassword = "cam-secret";
    public const string Realm = "Simulated camera";

    public static Access Open { get; } = new();

    public string User { get; init; } = DefaultUser;

    public string Password { get; init; } = DefaultPassword;

    /// <summary>On every connection the first right answer to a Digest challenge meets a stale nonce.</summary>
    public bool StaleOnce { get; init; }

    /// <summary>401 whatever is answered.</summary>
    public bool Never { get; init; }

    /// <summary>OPTIONS, too, needs credentials. Most cameras answer it to anybody.</summary>
    public bool GuardsOptions { get; init; }
}
