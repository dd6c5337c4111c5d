using Microsoft.Extensions.Primitives;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Security;

/// <summary>Who may call what: the mapping <c>access</c> of the configuration.</summary>
sealed class Access
{
    const string Metrics = "/metrics";
    readonly TokenFile[] tokens;
    readonly Users users;
    readonly bool metricsForAnyone;

    Access(TokenFile[] tokens, Users users, bool metricsForAnyone, bool required, WebConfiguration web) =>
        (this.tokens, this.users, this.metricsForAnyone, Required, Web) = (tokens, users, metricsForAnyone, required, web);

    /// <summary>Whether credentials are asked for: as soon as any are configured, on loopback too.</summary>
    public bool Required { get; }

    public WebConfiguration Web { get; }

    /// <summary>Reads the mapping, and refuses an address that others can reach where nobody would be asked for credentials.</summary>
    public static Access Read(Section access, ListenAddress listen, TimeProvider time)
    {
        var tokens = access.Children("tokens");
        var roles = access.Children("users");
        var path = access.File("web_config_file");
        var web = path is null ? WebConfiguration.None : WebConfiguration.Read(path, access, time);
        foreach (var open in access.Texts("unauthenticated").Where(p => p != Metrics))
            access.Refuse("unauthenticated", $"\"{open}\" can't be left open", $"keep {Metrics} alone in the list, or remove it");
        var required = tokens.Count > 0 || roles.Count > 0 || web is null or { Users.Count: > 0 };
        if (!required && !listen.IsLoopback)
        {
            access.Refuse("tokens", $"is missing, and others can reach {listen}: without credentials everybody could read and change everything",
                "add `tokens: [{ role: operator, file: /run/secrets/operator_token }]` under access, or set `listen: 127.0.0.1:9877`");
        }
        var files = TokenFile.Read(tokens, time);
        var users = new Users(UserList.Read(access, roles, web?.Users));
        return new Access(files, users, access.Texts("unauthenticated").Contains(Metrics), required, web ?? WebConfiguration.None);
    }

    /// <summary>The files that hold the tokens of a role.</summary>
    public IReadOnlyList<string> FilesOf(Role role) => [.. tokens.Where(t => t.Role == role).Select(t => t.Path)];

    /// <summary>Whether a path is served to anyone although credentials are configured.</summary>
    public bool IsOpen(PathString path) => metricsForAnyone && path.Value == Metrics;

    /// <summary>Who presents these credentials (the header <c>Authorization</c>); null for none, unknown ones and ones that make no sense.</summary>
    public ValueTask<Caller?> Find(StringValues authorization, ILogger log, CancellationToken aborted)
    {
        if (authorization.Count != 1 || authorization[0] is not { } header)
            return default;
        if (Behind("Bearer ", header) is { IsEmpty: false } token)
            return new ValueTask<Caller?>(TokenFile.Find(tokens, token, log));
        return Behind("Basic ", header) is { IsEmpty: false } pair ? users.Find(pair, aborted) : default;
    }

    // The scheme's case doesn't count (RFC 9110 section 11.1).
    static ReadOnlySpan<char> Behind(string scheme, string header) =>
        header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header.AsSpan(scheme.Length).Trim(' ') : [];
}
