using System.Globalization;
using System.Text.Json;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Alerts.Drills;

/// <summary>What a hop that failed is told as, and what to change. Pure.</summary>
static class Advice
{
    const int LongestWord = 200;

    /// <summary>Whether an Alertmanager passes the alert on to us, by what it says itself.</summary>
    /// <param name="view">A look at it after it took the alert.</param>
    public static Verdict Routing(AlertmanagerOptions options, View view, string drill)
    {
        var name = $"alertmanager {options.Name}";
        if (view.Problem is { } problem)
            return new Verdict(null, $"{name} took the alert and can't be asked where it goes: {problem}", $"put right what it says, at alerts.alertmanagers.{options.Name}");
        if (view.Alerts.Values.FirstOrDefault(a => LabelOf(a, Drill.Label) == drill) is not { } seen)
        {
            return new Verdict(
                null, $"{name} took the alert and does not show it", $"have alerts.alertmanagers.{options.Name}.url lead to one Alertmanager and not to several by turns, each of which is named by itself");
        }
        if (seen.SilencedBy is [var id, ..])
        {
            var silence = view.Silences.GetValueOrDefault(id);
            var by = silence is null ? "" : string.Create(CultureInfo.InvariantCulture, $", made by {Word(silence.By)} ({Word(silence.Comment)}) until {silence.EndsAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC");
            return new Verdict(
                false, $"{name} mutes the alert by silence {Word(id)}{by}", $"narrow that silence, which mutes more than it says, or end it: amtool silence expire {Word(id)} --alertmanager.url={options.Url}");
        }
        if (seen.InhibitedBy is [var source, ..])
        {
            var because = view.Alerts.TryGetValue(source, out var other) ? Word(other.Alert.Name) : "another alert";
            return new Verdict(false, $"{name} mutes the alert because of {because}", "narrow the inhibit_rules of alertmanager.yml: one of them mutes whatever is only info, or alerts of every name");
        }
        if (seen.IsOurs)
            return new Verdict(true, $"{name} routes it to {options.Receiver}", null);
        var receivers = seen.Receivers is [] ? "nobody" : string.Join(", ", seen.Receivers.Select(r => $"\"{Word(r)}\""));
        return new Verdict(
            false, $"{name} routes the alert to {receivers}, and not to \"{options.Receiver}\"",
            $"add to alertmanager.yml, as the first of route.routes: - {{ receiver: {options.Receiver}, continue: true, group_by: ['...'], group_wait: 0s, group_interval: 30s }}; or, where one of those is this exporter, write its name into alerts.alertmanagers.{options.Name}.receiver");
    }

    /// <summary>Why no webhook with the alert has come.</summary>
    /// <param name="refused">What another webhook was answered meanwhile, which may have been that one; null for none.</param>
    /// <param name="expected">Whether one was to come, by what Alertmanager says.</param>
    /// <param name="waited">For how long.</param>
    /// <param name="receiver">What we are called in Alertmanager's configuration.</param>
    /// <param name="tokenFiles">Those of the role alertmanager.</param>
    public static (string What, string Remedy) NotReceived(int? refused, bool expected, TimeSpan waited, string receiver, IReadOnlyList<string> tokenFiles, Uri publicUrl)
    {
        var tokens = tokenFiles is []
            ? "add a token for it: `access: { tokens: [{ role: alertmanager, file: /run/secrets/alertmanager_tokens }] }`, and write it into"
            : $"write the token in {string.Join(" or ", tokenFiles)} into";
        return refused switch
        {
            StatusCodes.Status401Unauthorized => (
                "a webhook came with a wrong token or none and was answered 401, which Alertmanager never tries again",
                $"{tokens} the credentials_file of receiver {receiver} in alertmanager.yml (http_config.authorization)"),
            StatusCodes.Status403Forbidden => (
                "a webhook came with credentials of another role and was answered 403, which Alertmanager never tries again",
                $"{tokens} the credentials_file of receiver {receiver} in alertmanager.yml: it needs the role alertmanager"),
            { } status => (
                string.Create(CultureInfo.InvariantCulture, $"a webhook came and was answered {status}"), "the exporter's log says why; 503 is a store that takes no writes, as of a full disk"),
            null when !expected => ("no webhook with the alert came, as was to be expected", "put right first where Alertmanager sends it"),
            _ => (
                string.Create(CultureInfo.InvariantCulture, $"no webhook with the alert came within {waited.TotalSeconds} s"),
                $"receiver {receiver} in alertmanager.yml needs webhook_configs with the url {new Uri(publicUrl, "api/v1/alertmanager")}, by an address that leads here from Alertmanager's machine (name, port, firewall), and its route a group_wait under a minute; Alertmanager's log says what it tried"),
        };
    }

    /// <summary>What to do about a destination that was not told.</summary>
    /// <param name="result">That of the last attempt; null where there was none.</param>
    /// <param name="host">Where it is; null where that may not be told.</param>
    public static string NotDelivered(string destination, string? result, string? host, bool isDead, long delivery) => (result switch
    {
        "network" or "timeout" => $"have this machine reach {host ?? "it"} (name, port, firewall, proxy, certificate)",
        "unauthorized" => $"write a key or token that is valid there into the file of alerts.destinations.{destination}",
        "config" => $"write what is missing into the file of alerts.destinations.{destination}",
        "rate_limited" or "server_error" => "nothing here: see the vendor's status page",
        null => "look at what else waits for it: verolux_outbox_pending, verolux_outbox_attempts_total",
        _ => $"see what it says, at alerts.destinations.{destination}",
    })
    + (isDead ? string.Create(CultureInfo.InvariantCulture, $"; then POST /api/v1/dead-letters/{delivery}/resend") : "; it is tried again until it is taken");

    static string? LabelOf(SeenAlert seen, string name)
    {
        if (!Drill.Is(seen.Alert.Name))
            return null;
        using var json = JsonDocument.Parse(seen.Alert.Raw);
        return AlertJson.Texts(json.RootElement, "labels").GetValueOrDefault(name);
    }

    /// <summary>A text from outside, for one line.</summary>
    static string Word(string text) => Page.Cut(OneLine.Of(text), LongestWord);

    /// <param name="Expected">Whether its webhook is to come; null where nobody knows.</param>
    public sealed record Verdict(bool? Expected, string What, string? Remedy);
}
