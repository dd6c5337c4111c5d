using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Heartbeat;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts;

/// <summary>Somewhere that pages go.</summary>
/// <param name="Tls">How its server is trusted; null for the authorities that this machine trusts.</param>
abstract record DestinationOptions(string Name, ClientTls? Tls)
{
    /// <summary>What is wrong with its secrets: at run time the destination's own failure, which passes, but a person who checks the configuration is told.</summary>
    public abstract IEnumerable<Problem> Problems();

    /// <summary>What is wrong with one of them.</summary>
    /// <param name="key">Its key in the configuration.</param>
    /// <param name="what">What it is.</param>
    /// <param name="whyNot">Says of its value what is wrong with it, and what to do, without repeating any of it.</param>
    protected IEnumerable<Problem> Problems(string key, Secret secret, string what, Func<string, (string What, string Remedy)?> whyNot)
    {
        var where = $"alerts.destinations.{Name}.{key}_file";
        if (secret.TryRead(out var value) is { } problem)
            yield return new Problem(where, problem, $"write {what} into it and make it readable for the exporter's user");
        else if (whyNot(value) is { } wrong)
            yield return new Problem(where, wrong.What, wrong.Remedy);
    }
}

/// <summary>A destination of type <c>pagerduty</c>.</summary>
/// <param name="Url">Of the service region: https://events.pagerduty.com/v2/enqueue or https://events.eu.pagerduty.com/v2/enqueue.</param>
/// <param name="WebhookSecrets">What PagerDuty signs its own webhooks with: one secret a line, several while one replaces another; null where it sends none.</param>
sealed record PagerDutyOptions(string Name, ClientTls? Tls, Uri Url, Secret RoutingKey, Secret? WebhookSecrets = null) : DestinationOptions(Name, Tls)
{
    public override IEnumerable<Problem> Problems() =>
    [
        .. Problems("routing_key", RoutingKey, "the routing key", key => key.Length == PagerDuty.KeyLength
            ? null
            : ($"holds {key.Length} characters where PagerDuty's routing keys have {PagerDuty.KeyLength}", "copy the integration key of an \"Events API v2\" integration")),
        .. WebhookSecrets is null ? [] : Problems("webhook_secrets", WebhookSecrets, "the signing secret of the webhook subscription", _ => null),
    ];
}

/// <summary>A destination of type <c>slack</c>: through an incoming webhook, or as an app with a token.</summary>
/// <param name="WebhookUrl">Null for an app.</param>
/// <param name="Token">Null for a webhook.</param>
/// <param name="Channel">Where the app posts; empty for a webhook, which has its own.</param>
/// <param name="Api">What the app's calls start with; ends with a slash.</param>
sealed record SlackOptions(string Name, ClientTls? Tls, Secret? WebhookUrl, Secret? Token, string Channel, Uri Api) : DestinationOptions(Name, Tls)
{
    public override IEnumerable<Problem> Problems() => Token is { } token
        ? Problems("token", token, "the app's bot token", text => text.StartsWith("xoxb-", StringComparison.Ordinal)
            ? null
            : ("is no bot token", "copy the \"Bot User OAuth Token\" of the app, which begins with xoxb-"))
        : Problems("webhook_url", WebhookUrl!, "the webhook's URL", text => Slack.WebhookAddress(text) is not null ? null : ("holds no https address", "copy the whole URL of an incoming webhook"));
}

/// <summary>A destination of type <c>webhook</c>.</summary>
/// <param name="Secret">What the signatures are made with.</param>
sealed record WebhookOptions(string Name, ClientTls? Tls, Uri Url, Secret Secret) : DestinationOptions(Name, Tls)
{
    public override IEnumerable<Problem> Problems() => Problems("secret", Secret, "a secret that the receiver knows too", text => text.Length >= Webhook.ShortestSecret
        ? null
        : ($"holds {text.Length} characters where at least {Webhook.ShortestSecret} are needed", "make one with `openssl rand -hex 32`"));
}

/// <summary>The section <c>alerts</c>.</summary>
/// <param name="Store">Full path of the SQLite file.</param>
/// <param name="Retention">How long an incident that is over is kept.</param>
/// <param name="IgnoredLabels">Labels that only tell replicas apart and make no other incident.</param>
/// <param name="Levels">Names of the destinations of each level; those of the first hear of an incident at once.</param>
/// <param name="Prometheus">Where the rules are evaluated, to ask it what an incident cost; ends with a slash. Null where nobody says.</param>
sealed record AlertsOptions(string Store, TimeSpan Retention, IReadOnlyList<string> IgnoredLabels, IReadOnlyList<DestinationOptions> Destinations, IReadOnlyList<IReadOnlyList<string>> Levels, Uri? Prometheus = null)
{
    /// <summary>Without <c>alerts.retention</c>: a year, and what a yearly review needs to look back on it.</summary>
    public static readonly TimeSpan UsualRetention = TimeSpan.FromDays(400);

    /// <summary>Those that are asked what they know; none where ends of alerts are to be believed as they come.</summary>
    public IReadOnlyList<AlertmanagerOptions> Alertmanagers { get; init; } = [];

    /// <summary>The address of a service that notices when nobody calls it any more; null for none. It is a credential.</summary>
    public Secret? Heartbeat { get; init; }

    static readonly Uri PagerDutyUrl = new("https://events.pagerduty.com/v2/enqueue");
    static readonly Uri SlackApi = new("https://slack.com/api/");

    /// <summary>The levels of <c>runbooks/README.md</c>.</summary>
    static readonly string[] LevelNames = ["L1", "L2", "L3", "L4"];

    /// <summary>What is wrong with the secrets under it: at run time the failure of one part, which passes, but a person who checks the configuration is told.</summary>
    public IEnumerable<Problem> Problems()
    {
        foreach (var problem in Destinations.SelectMany(d => d.Problems()).Concat(Alertmanagers.SelectMany(a => a.Problems())))
            yield return problem;
        if (Heartbeat is { } url && HeartbeatLoop.TryReadAddress(url, out _) is { } why)
            yield return new Problem("alerts.heartbeat_url_file", why, "write the address into it that the service gave you, and make it readable for the exporter's user");
    }

    /// <param name="directory">Where the store is when the configuration does not say.</param>
    public static AlertsOptions Read(Section alerts, string directory)
    {
        var destinations = new List<DestinationOptions>();
        var names = new List<string>();
        foreach (var (name, section) in alerts.Named("destinations"))
        {
            names.Add(name);
            if (ReadDestination(name, section) is { } destination)
                destinations.Add(destination);
        }
        var levels = ReadLevels(alerts.Child("levels"), names);
        if (names.Count > 0 && levels[0].Count == 0)
            alerts.Refuse("levels", "gives L1 no destination, so nobody would be paged", $"add `levels: {{ L1: [{names[0]}] }}`");
        return new AlertsOptions(
            alerts.File("store") ?? Path.Combine(directory, "data", "verolux.db"),
            alerts.Duration("retention", TimeSpan.FromDays(1), TimeSpan.FromDays(36_500)) ?? UsualRetention,
            alerts.Has("ignored_labels") ? alerts.Texts("ignored_labels") : ["replica"],
            destinations, levels, alerts.BaseUrl("prometheus_url"))
        {
            Alertmanagers = [.. alerts.Named("alertmanagers").Select(a => AlertmanagerOptions.Read(a.Name, a.Section)).OfType<AlertmanagerOptions>()],
            Heartbeat = alerts.Secret("heartbeat_url"),
        };
    }

    static List<IReadOnlyList<string>> ReadLevels(Section section, List<string> destinations)
    {
        var levels = LevelNames.Select(section.Texts).ToList();
        foreach (var (level, names) in LevelNames.Zip(levels))
        {
            foreach (var name in names.Where(name => !destinations.Contains(name)))
                section.Refuse(level, $"\"{name}\" is not a destination", "name one of alerts.destinations");
            foreach (var name in names.CountBy(name => name).Where(n => n.Value > 1))
                section.Refuse(level, $"\"{name.Key}\" is listed twice", "remove one of them");
        }
        return levels;
    }

    static DestinationOptions? ReadDestination(string name, Section section)
    {
        var tls = ClientTls.Read(section, null);
        switch (section.RequiredText("type", "pagerduty"))
        {
            case "slack":
                return ReadSlack(name, tls, section);
            case "webhook":
                return ReadWebhook(name, tls, section);
            case "pagerduty" or "":
                break;
            case var type:
                section.Refuse("type", $"\"{type}\" is not a kind of destination", "write pagerduty, slack or webhook");
                break;
        }
        var url = section.Url("url") ?? PagerDutyUrl;
        return Needed(section, "routing_key", "name the file that holds the integration's 32-character routing key") is { } key ? new PagerDutyOptions(name, tls, url, key, section.Secret("webhook_secrets")) : null;
    }

    static SlackOptions? ReadSlack(string name, ClientTls? tls, Section section)
    {
        var (webhook, token) = (section.Secret("webhook_url"), section.Secret("token"));
        var (channel, api) = (section.Text("channel"), section.BaseUrl("url") ?? SlackApi);
        if (webhook is null && token is null)
            section.Refuse("webhook_url_file", "is missing, and so is token_file", "name the file that holds the URL of an incoming webhook, or that of an app's bot token");
        else if (webhook is not null && token is not null)
            section.Refuse("webhook_url_file", "stands beside token_file", "remove one of them: the token does more");
        if (token is not null && channel is null)
            section.Refuse("channel", "is missing", "add the id of the channel that the app posts to, for example `channel: C0123456789`");
        if (token is null && channel is not null)
            section.Refuse("channel", "is for an app, and a webhook has its own", "remove it");
        return webhook is null && token is null ? null : new SlackOptions(name, tls, webhook, token, channel ?? "", api);
    }

    static WebhookOptions? ReadWebhook(string name, ClientTls? tls, Section section)
    {
        section.RequiredText("url", "https://receiver.example/pages");
        var url = section.Url("url");
        var secret = Needed(section, "secret", "name the file that holds the secret that pages are signed with");
        return url is null || secret is null ? null : new WebhookOptions(name, tls, url, secret);
    }

    static Secret? Needed(Section section, string key, string remedy)
    {
        var secret = section.Secret(key);
        if (secret is null)
            section.Refuse($"{key}_file", "is missing", remedy);
        return secret;
    }
}
