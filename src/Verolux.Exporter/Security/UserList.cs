using System.Text.RegularExpressions;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Security;

/// <summary>Brings the users of the web configuration together with the roles that the configuration itself gives them.</summary>
static partial class UserList
{
    /// <param name="roles">The mappings of <c>users</c>.</param>
    /// <param name="hashes">The users of the web configuration; null where it could not be read, which leaves nothing to compare with.</param>
    public static IReadOnlyCollection<User> Read(Section access, IReadOnlyList<Section> roles, IReadOnlyDictionary<string, string?>? hashes)
    {
        var users = new Dictionary<string, User>(StringComparer.Ordinal);
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var section in roles)
        {
            var name = section.RequiredText("name", "prometheus");
            var role = Roles.Read(section);
            if (name.Length == 0)
                continue;
            if (!named.Add(name))
                section.Refuse("name", $"gives {name} a second role", "keep one of the two; an operator may do everything");
            else if (hashes is not null && !hashes.ContainsKey(name))
                section.Refuse("name", $"{name} is not a user of web_config_file", "add it to basic_auth_users there, or remove it here");
            else if (role is not null && hashes?[name] is { } hash)
                users.Add(name, new User(name, role.Value, hash));
        }
        foreach (var name in hashes?.Keys.Where(n => !named.Contains(n)) ?? [])
        {
            access.Refuse("users", $"{name}, a user of web_config_file, has no role",
                $"add `- {{ name: {name}, role: scrape }}`; the roles are scrape, alertmanager and operator");
        }
        return users.Values;
    }

    /// <summary>Reads <c>basic_auth_users</c>. A hash that is no good is null, so that its user is known and reported once only.</summary>
    public static IReadOnlyDictionary<string, string?> ReadHashes(Section section)
    {
        var hashes = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (name, hash) in section.Pairs())
        {
            if (name.Length == 0 || name.Contains(':', StringComparison.Ordinal))
                section.Refuse(name, "is not a name for a user (RFC 7617 forbids the colon)", "choose another one");
            var good = Hash().IsMatch(hash);
            if (!good)
                section.Refuse(name, "is not a bcrypt hash", "write what `htpasswd -nBC 10 \"\"` prints behind the colon");
            hashes.Add(name, good ? hash : null);
        }
        return hashes;
    }

    [GeneratedRegex(@"^\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}\z")]
    private static partial Regex Hash();
}
