using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts;

public class AlertsOptionsTests
{
    TemporaryFolder folder = null!;

    [SetUp]
    public void Make() => folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void Destinations_of_every_kind_are_read_with_their_levels()
    {
        folder.Write("key", new string('a', 32));
        folder.Write("url", "https://hooks.slack.com/services/T/B/X");
        folder.Write("token", "xoxb-1");
        folder.Write("secret", new string('s', 32));
        var (options, mistakes) = Read("""
            destinations:
              pagerduty: { type: pagerduty, routing_key_file: key }
              sre: { type: slack, webhook_url_file: url }
              app: { type: slack, token_file: token, channel: C0123456789, tls: { ca_file: ca.pem } }
              own: { type: webhook, url: "https://receiver.example/pages", secret_file: secret }
            levels: { L1: [pagerduty, sre], L2: [app], L4: [own] }
            """);
        Assert.That(mistakes, Is.Empty);
        Assert.That(options.Levels, Is.EqualTo((string[][])[["pagerduty", "sre"], ["app"], [], ["own"]]));
        Assert.That(options.Destinations.SelectMany(d => d.Problems()), Is.Empty);
        Assert.That(options.Destinations.Select(d => d.Name), Is.EqualTo(["pagerduty", "sre", "app", "own"]));
        var app = (SlackOptions)options.Destinations[2];
        Assert.That((app.Channel, app.Api.ToString(), app.Tls!.AuthorityFile, app.WebhookUrl), Is.EqualTo(("C0123456789", "https://slack.com/api/", folder["ca.pem"], (Secret?)null)));
        Assert.That(((WebhookOptions)options.Destinations[3]).Url.ToString(), Is.EqualTo("https://receiver.example/pages"));
    }

    [TestCase("x: { type: pigeon }", "x.type: \"pigeon\" is not a kind of destination; write pagerduty, slack or webhook")]
    [TestCase("x: { type: pagerduty }", "x.routing_key_file: is missing; name the file that holds the integration's 32-character routing key")]
    [TestCase("x: { type: slack }", "x.webhook_url_file: is missing, and so is token_file; ")]
    [TestCase("x: { type: slack, webhook_url_file: url, token_file: token, channel: C }", "x.webhook_url_file: stands beside token_file; remove one of them")]
    [TestCase("x: { type: slack, token_file: token }", "x.channel: is missing; add the id of the channel")]
    [TestCase("x: { type: slack, webhook_url_file: url, channel: C }", "x.channel: is for an app, and a webhook has its own; remove it")]
    [TestCase("x: { type: slack, webhook_url: https://hooks.slack.com/services/s3cret }", "x.webhook_url: holds a secret in the configuration itself; ")]
    [TestCase("x: { type: slack, webhook_url_file: url, routing_key_file: key }", "x.routing_key_file: is not a known key; ")]
    [TestCase("x: { type: webhook, secret_file: secret }", "x.url: is missing; ")]
    [TestCase("x: { type: webhook, url: \"https://h/?token=s3cret\", secret_file: secret }", "x.url: ")]
    [TestCase("x: { type: webhook, url: \"https://h/\" }", "x.secret_file: is missing; name the file that holds the secret that pages are signed with")]
    [TestCase("x: { type: webhook, url: \"https://h/\", secret_file: secret, tls: { cert_file: a } }", "x.tls.cert_file: stands alone; ")]
    public void A_mistake_is_told_with_its_place_and_remedy(string destination, string mistake)
    {
        var (_, mistakes) = Read($"destinations: {{ {destination} }}\nlevels: {{ L1: [x] }}\n");
        Assert.That(mistakes, Has.Some.Contains($"alerts.destinations.{mistake}"));
        Assert.That(mistakes, Has.None.Contains("s3cret").And.None.Contains("levels"));
    }

    [TestCase("levels: { L1: [x], L2: [y] }", "alerts.levels.L2: \"y\" is not a destination; name one of alerts.destinations")]
    [TestCase("levels: { L1: [x, x] }", "alerts.levels.L1: \"x\" is listed twice; remove one of them")]
    [TestCase("levels: { L2: [x] }", "alerts.levels: gives L1 no destination, so nobody would be paged; add `levels: { L1: [x] }`")]
    [TestCase("levels: { L1: [x], L5: [x] }", "alerts.levels.L5: is not a known key; ")]
    public void A_mistake_in_the_levels_is_told(string levels, string mistake) =>
        Assert.That(Read($"destinations: {{ x: {{ type: pagerduty, routing_key_file: key }} }}\n{levels}\n").Mistakes, Has.One.Contains(mistake));

    [TestCase("token_file: secret, channel: C", "token", "is no bot token; copy the \"Bot User OAuth Token\" of the app, which begins with xoxb-")]
    [TestCase("webhook_url_file: secret", "webhook_url", "holds no https address; copy the whole URL of an incoming webhook")]
    [TestCase("webhook_url_file: gone", "webhook_url", "does not exist; write the webhook's URL into it and make it readable for the exporter's user")]
    public void What_can_be_no_secret_of_Slack_s_is_told_without_it(string keys, string key, string mistake)
    {
        folder.Write("secret", "http://s3cret");
        var problems = Read($"destinations: {{ x: {{ type: slack, {keys} }} }}\nlevels: {{ L1: [x] }}\n").Options.Destinations[0].Problems().Select(p => p.ToString());
        Assert.That(problems, Is.EqualTo((string[])[$"alerts.destinations.x.{key}_file: {(mistake.StartsWith("does", StringComparison.Ordinal) ? $"file {folder["gone"]} " : "")}{mistake}"]));
    }

    [Test]
    public void Alertmanagers_are_read_with_what_lets_us_in()
    {
        folder.Write("password", "s3cret");
        var (options, mistakes) = Read("""
            alertmanagers:
              main: { url: "http://am:9093", receiver: cameras, username: verolux, password_file: password, tls: { ca_file: ca.pem } }
              second: { url: "https://am/prefix/", token_file: token }
              third: { url: "http://am:9094" }
            heartbeat_url_file: heartbeat
            """);
        Assert.That(mistakes, Is.Empty);
        Assert.That(options.Alertmanagers.Select(a => (a.Name, a.Url.ToString(), a.Receiver)), Is.EqualTo([("main", "http://am:9093/", "cameras"), ("second", "https://am/prefix/", "verolux-exporter"), ("third", "http://am:9094/", "verolux-exporter")]));
        Assert.That(
            (options.Alertmanagers[0].Username, options.Alertmanagers[0].Password, options.Alertmanagers[0].Token, options.Alertmanagers[0].Tls!.AuthorityFile),
            Is.EqualTo(("verolux", Secret.FromFile(folder["password"]), (Secret?)null, folder["ca.pem"])));
        Assert.That((options.Alertmanagers[1].Username, options.Alertmanagers[1].Password, options.Alertmanagers[1].Token), Is.EqualTo(((string?)null, (Secret?)null, Secret.FromFile(folder["token"]))));
        Assert.That(options.Problems().Select(p => p.ToString()), Is.EqualTo((string[])
        [
            $"alerts.alertmanagers.second.token_file: file {folder["token"]} does not exist; write the secret into it and make it readable for the exporter's user",
            $"alerts.heartbeat_url_file: file {folder["heartbeat"]} does not exist; write the address into it that the service gave you, and make it readable for the exporter's user",
        ]));
        folder.Write("token", "t");
        folder.Write("heartbeat", "s3cret");
        Assert.That(options.Problems().Single().ToString(), Is.EqualTo("alerts.heartbeat_url_file: holds no http(s) address; write the address into it that the service gave you, and make it readable for the exporter's user"));
        folder.Write("heartbeat", "https://hc-ping.com/s3cret\n");
        Assert.That(options.Problems(), Is.Empty);
    }

    [TestCase("x: { receiver: cameras }", "x.url: is missing; add it, for example `url: http://alertmanager:9093`")]
    [TestCase("x: { url: \"am:9093\" }", "x.url: is not a plain http(s) address; ")]
    [TestCase("x: { url: \"http://verolux:s3cret@am:9093\" }", "x.url: is not a plain http(s) address; ")]
    [TestCase("x: { url: \"http://am\", username: verolux }", "x.password_file: is missing beside the other one; write both the user and the name of the file that holds the password")]
    [TestCase("x: { url: \"http://am\", password_file: password }", "x.username: is missing beside the other one; ")]
    [TestCase("x: { url: \"http://am\", username: verolux, password_file: password, token_file: token }", "x.token_file: stands beside a user; remove one of them")]
    [TestCase("x: { url: \"http://am\", username: \"a:b\", password_file: password }", "x.username: holds a colon, which HTTP Basic can't send; ")]
    [TestCase("x: { url: \"http://am\", password: s3cret, username: verolux }", "x.password: holds a secret in the configuration itself; put it into a file and name that in password_file")]
    [TestCase("x: { url: \"http://am\", token: s3cret }", "x.token: holds a secret in the configuration itself; ")]
    [TestCase("x: { url: \"http://am\", bearer_file: token }", "x.bearer_file: is not a known key; ")]
    [TestCase("x: { url: \"http://am\", tls: { cert_file: a } }", "x.tls.cert_file: stands alone; ")]
    [TestCase("x: { url: \"http://am/api/v2\" }", "x.url: leads into the API; write what stands before /api/v2")]
    [TestCase("x: http://am", "x: is not a mapping; ")]
    public void A_mistake_in_an_Alertmanager_is_told(string alertmanager, string mistake)
    {
        var (_, mistakes) = Read($"alertmanagers: {{ {alertmanager} }}\n");
        Assert.That(mistakes, Has.Some.Contains($"alerts.alertmanagers.{mistake}"));
        Assert.That(mistakes, Has.None.Contains("s3cret"));
    }

    [Test]
    public void A_list_of_Alertmanagers_is_told_that_each_needs_a_name() => Assert.That(
        Read("alertmanagers: [ \"http://am:9093\" ]\n").Mistakes,
        Has.One.Contains("alerts.alertmanagers: is not a mapping; give each a name of its own, with its keys under that, as in `main: { key: value }`"));

    [Test]
    public void A_heartbeat_address_in_the_file_itself_is_told_without_it()
    {
        var (_, mistakes) = Read("heartbeat_url: https://hc-ping.com/s3cret\n");
        Assert.That(mistakes, Has.One.Contains("alerts.heartbeat_url: holds a secret in the configuration itself; put it into a file and name that in heartbeat_url_file"));
        Assert.That(mistakes, Has.None.Contains("s3cret"));
    }

    [Test]
    public void A_secret_that_can_be_guessed_is_told()
    {
        folder.Write("secret", "short");
        var problems = Read("destinations: { x: { type: webhook, url: \"https://h/\", secret_file: secret } }\nlevels: { L1: [x] }\n").Options.Destinations[0].Problems().Select(p => p.ToString());
        Assert.That(problems, Is.EqualTo((string[])["alerts.destinations.x.secret_file: holds 5 characters where at least 16 are needed; make one with `openssl rand -hex 32`"]));
    }

    (AlertsOptions Options, IReadOnlyList<string> Mistakes) Read(string alerts)
    {
        var problems = new Problems();
        var document = Document.Parse("alerts:\n" + string.Concat(alerts.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"  {line}\n")), "verolux.yml", folder.Path, problems);
        var options = AlertsOptions.Read(document.Root.Child("alerts"), folder.Path);
        document.ReportUnknownKeys();
        return (options, [.. problems.All.Select(p => p.ToString())]);
    }
}
