using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts.Alertmanagers;

/// <summary>One of <c>alerts.alertmanagers</c>: an Alertmanager that is asked what it knows.</summary>
/// <param name="Name">The label <c>alertmanager</c> of its series.</param>
/// <param name="Url">Where its API begins; ends with a slash.</param>
/// <param name="Receiver">The receiver in its configuration that is this exporter: what goes to others is none of our business.</param>
/// <param name="Username">For HTTP Basic; null for none.</param>
/// <param name="Password">Null without a user.</param>
/// <param name="Token">Sent as <c>Authorization: Bearer</c>; null for none.</param>
/// <param name="Tls">How its server is trusted; null for the authorities that this machine trusts.</param>
sealed record AlertmanagerOptions(string Name, Uri Url, string Receiver, string? Username = null, Secret? Password = null, Secret? Token = null, ClientTls? Tls = null)
{
    /// <summary>As the shipped <c>alertmanager.yml</c> calls it.</summary>
    const string UsualReceiver = "verolux-exporter";

    /// <summary>Reads the mapping of one.</summary>
    public static AlertmanagerOptions? Read(string name, Section section)
    {
        section.RequiredText("url", "http://alertmanager:9093");
        var url = section.BaseUrl("url");
        if (url is not null && (url.AbsolutePath.EndsWith("/api/v2/", StringComparison.Ordinal) || url.AbsolutePath.EndsWith("/api/v2/alerts/", StringComparison.Ordinal)))
            section.Refuse("url", "leads into the API", "write what stands before /api/v2");
        var (username, password, token) = (section.Text("username"), section.Secret("password"), section.Secret("token"));
        if (username is null != password is null)
            section.Refuse(username is null ? "username" : "password_file", "is missing beside the other one", "write both the user and the name of the file that holds the password");
        if (username is not null && token is not null)
            section.Refuse("token_file", "stands beside a user", "remove one of them");
        if (username?.Contains(':', StringComparison.Ordinal) == true)
            section.Refuse("username", "holds a colon, which HTTP Basic can't send", "give the exporter a user without one");
        var receiver = section.Text("receiver") ?? UsualReceiver;
        var tls = ClientTls.Read(section, null);
        return url is null ? null : new AlertmanagerOptions(name, url, receiver, username, password, token, tls);
    }

    /// <summary>What is wrong with its secrets: at run time its own failure, which passes, but a person who checks the configuration is told.</summary>
    public IEnumerable<Problem> Problems()
    {
        foreach (var (key, secret) in new[] { ("password_file", Password), ("token_file", Token) })
        {
            if (secret?.TryRead(out _) is { } problem)
                yield return new Problem($"alerts.alertmanagers.{Name}.{key}", problem, "write the secret into it and make it readable for the exporter's user");
        }
    }
}
