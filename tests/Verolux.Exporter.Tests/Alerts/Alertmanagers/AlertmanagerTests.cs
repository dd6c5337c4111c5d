using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;
using Crypt = BCrypt.Net.BCrypt;

namespace Verolux.Exporter.Tests.Alerts.Alertmanagers;

/// <summary>What is read from the real Alertmanager.</summary>
[CancelAfter(120_000)]
[TestFixture(Versions.Oldest)]
[TestFixture(Versions.Newest)]
public class AlertmanagerTests(Versions versions)
{
    const string Ours = "cameras";
    const string Password = "am-s3cret";
    static readonly AlertReader Reader = new(["replica"]);

    [Test]
    public async Task Everything_that_it_holds_is_read(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var mailbox = await Mailbox.StartAsync(cancellationToken);
        var config = folder.Write("alertmanager.yml", $$"""
            route:
              receiver: elsewhere
              group_by: ['...']
              group_wait: 0s
              routes:
                - { receiver: cameras, matchers: ['site="north"'], continue: true }
                - { receiver: both, matchers: ['alertname="Firing"'] }
            inhibit_rules:
              - { source_matchers: ['alertname="Source"'], target_matchers: ['alertname="Inhibited"'], equal: [site] }
            receivers:
              - { name: elsewhere }
              - { name: both }
              - { name: cameras, webhook_configs: [{ url: "{{mailbox.Url}}/us", send_resolved: true }] }
            """);
        await using var server = await AlertmanagerServer.StartAsync(config, folder.Path, cancellationToken, versions);
        using var alertmanager = Open(server, new AlertmanagerOptions("main", new Uri($"{server.Url}/"), Ours));
        var empty = await alertmanager.LookAsync(cancellationToken);
        Assert.That((empty.Problem, empty.Alerts.Count, empty.Silences.Count, empty.Watchdogs.Count), Is.EqualTo(((string?)null, 0, 0, 0)));

        using var client = new HttpClient { BaseAddress = new Uri(server.Url) };
        var silence = await SilenceAsync(client, "Silenced", cancellationToken);
        var starts = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        await PostAsync(alertmanager, cancellationToken, ("Firing", "north", null), ("Silenced", "north", null), ("Source", "north", null), ("Inhibited", "north", null), ("Elsewhere", "south", null), ("Over", "north", starts), ("Watchdog", "south", null));
        var view = await SeenAsync(alertmanager, v => v.Alerts.Count == 6 && Of(v, "Silenced").SilencedBy.Count == 1 && Of(v, "Inhibited").InhibitedBy.Count == 1, cancellationToken);

        Assert.That(view.Alerts.Values.Where(a => a.IsOurs).Select(a => a.Alert.Name), Is.EquivalentTo(["Firing", "Silenced", "Source", "Inhibited"]));
        Assert.That(view.Alerts.Keys, Is.EquivalentTo(view.Alerts.Values.Select(a => a.Alert.Fingerprint)));
        Assert.That(Of(view, "Silenced").SilencedBy, Is.EqualTo([silence]));
        Assert.That(view.Silences.Keys, Is.EqualTo([silence]), "the other one mutes nothing");
        var made = view.Silences[silence];
        Assert.That((made.By, made.Comment), Is.EqualTo(("Ada \"AL\" Lovelace", "camera is\nrepaired 北京")));
        Assert.That(made.EndsAt - made.MadeAt, Is.EqualTo(TimeSpan.FromHours(1)).Within(TimeSpan.FromMinutes(1)));
        Assert.That(Of(view, "Inhibited").InhibitedBy, Is.EqualTo([Of(view, "Source").Alert.Fingerprint]));
        Assert.That((Of(view, "Firing").SilencedBy.Count, Of(view, "Firing").InhibitedBy.Count), Is.EqualTo((0, 0)));
        Assert.That(Of(view, "Firing").ValidUntil - Of(view, "Firing").UpdatedAt, Is.EqualTo(TimeSpan.FromMinutes(5)).Within(TimeSpan.FromSeconds(10)), "its resolve_timeout, since we gave no end");
        Assert.That(view.Watchdogs.Single().Labels, Is.EquivalentTo(new Dictionary<string, string> { ["alertname"] = "Watchdog", ["site"] = "south", ["severity"] = "critical" }));
        Assert.That(view.Now, Is.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromMinutes(1)));
        Assert.That(view.Skew, Is.EqualTo(TimeSpan.Zero).Within(TimeSpan.FromSeconds(30)), "it runs by our own clock");
        Assert.That(view.IsFreshFor(new Dictionary<string, string> { ["alertname"] = "Firing" }), Is.True);

        // Byte for byte, so that whatever comes of an alert is the same whichever way it came.
        var posted = await mailbox.Posts.FirstAsync(p => p.Json.GetProperty("groupLabels").GetProperty("alertname").GetString() == "Firing", cancellationToken);
        Assert.That(Encoding.UTF8.GetString(Of(view, "Firing").Alert.Raw.Span), Is.EqualTo(posted.Json.GetProperty("alerts")[0].GetRawText()));
        await PostAsync(alertmanager, cancellationToken, ("Firing", "north", starts));
        await SeenAsync(alertmanager, v => v.Alerts.Values.All(a => a.Alert.Name != "Firing"), cancellationToken);
    }

    [Test]
    public async Task It_is_spoken_to_over_TLS_with_a_password(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        using var authority = Pem.Authority("ours");
        using var certificate = Pem.Leaf(authority, "alertmanager");
        folder.Write("cert.pem", certificate.ExportCertificatePem());
        folder.Write("key.pem", Pem.Key(certificate));
        var web = folder.Write("web.yml", $$"""
            tls_server_config: { cert_file: cert.pem, key_file: key.pem }
            basic_auth_users: { exporter: "{{Crypt.HashPassword(Password, 4)}}" }
            """);
        var config = folder.Write("alertmanager.yml", "route: { receiver: cameras }\nreceivers: [{ name: cameras }]\n");
        var caller = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"exporter:{Password}")));
        await using var server = await AlertmanagerServer.StartAsync(config, folder.Path, cancellationToken, versions, (web, caller));
        var password = folder.Write("password", Password);
        var tls = new ClientTls(folder.Write("ca.pem", authority.ExportCertificatePem()));
        var options = new AlertmanagerOptions("main", new Uri($"{server.Url}/"), Ours, "exporter", Secret.FromFile(password), null, tls);
        using var alertmanager = Open(server, options);
        await PostAsync(alertmanager, cancellationToken, ("Firing", "north", null));
        Assert.That((await SeenAsync(alertmanager, v => v.Alerts.Count == 1, cancellationToken)).Alerts.Values.Single().IsOurs, Is.True);

        folder.Write("password", "an0ther");
        const string Refused = "api/v2/alerts is answered 401, it refuses our credentials: check username and password_file, or token_file, of alerts.alertmanagers.main";
        Assert.That((await alertmanager.LookAsync(cancellationToken)).Problem, Is.EqualTo(Refused), "the file is read at every look");
        Assert.That(await alertmanager.PostAsync("[]"u8.ToArray(), cancellationToken), Is.EqualTo(Refused));
        File.Delete(password);
        Assert.That((await alertmanager.LookAsync(cancellationToken)).Problem, Is.EqualTo($"alerts.alertmanagers.main.password_file: file {password} does not exist"));
        using var anyone = Open(server, options with { Tls = null });
        folder.Write("password", Password);
        Assert.That((await anyone.LookAsync(cancellationToken)).Problem, Does.Contain("signed by nobody whom we trust"));
    }

    [Test]
    public async Task What_it_does_not_take_is_told(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var server = await AlertmanagerServer.StartAsync(folder.Write("alertmanager.yml", "route: { receiver: cameras }\nreceivers: [{ name: cameras }]\n"), folder.Path, cancellationToken, versions);
        using var alertmanager = Open(server, new AlertmanagerOptions("main", new Uri($"{server.Url}/"), Ours));
        Assert.That(await alertmanager.PostAsync("[{\"labels\":{}}]"u8.ToArray(), cancellationToken), Does.StartWith("api/v2/alerts is answered 4").And.Length.LessThan(300));
        using var prefixed = Open(server, new AlertmanagerOptions("main", new Uri($"{server.Url}/nowhere/"), Ours));
        Assert.That((await prefixed.LookAsync(cancellationToken)).Problem, Does.StartWith("api/v2/alerts is answered 404: see whether alerts.alertmanagers.main.url lacks the prefix"));
    }

    static Alertmanager Open(AlertmanagerServer server, AlertmanagerOptions options)
    {
        Assert.That(server.Program.HasEnded, Is.False);
        return new Alertmanager(options, Reader, TimeProvider.System);
    }

    static SeenAlert Of(View view, string name) => view.Alerts.Values.Single(a => a.Alert.Name == name);

    static async Task PostAsync(Alertmanager alertmanager, CancellationToken cancellationToken, params (string Name, string Site, DateTimeOffset? End)[] alerts)
    {
        var starts = TimeProvider.System.GetUtcNow().AddMinutes(-2).ToString("yyyy-MM-ddTHH:mm:ss.123Z", CultureInfo.InvariantCulture);
        var body = JsonSerializer.SerializeToUtf8Bytes(alerts.Select(a => new
        {
            labels = new { alertname = a.Name, site = a.Site, severity = "critical" },
            annotations = new { summary = "<it> \"is\" so & so\u2028 北京" },
            startsAt = starts,
            endsAt = a.End,
            generatorURL = "http://prometheus:9090/graph?g0.expr=up%3D%3D0&g0.tab=1",
        }));
        Assert.That(await alertmanager.PostAsync(body, cancellationToken), Is.Null);
    }

    static Task<View> SeenAsync(Alertmanager alertmanager, Predicate<View> fits, CancellationToken cancellationToken)
    {
        View? last = null;
        return Eventually.FoundAsync(
            "what it was told",
            async () =>
            {
                last = await alertmanager.LookAsync(cancellationToken);
                return last.Problem is null && fits(last) ? last : null;
            },
            cancellationToken,
            () => $"{last?.Problem} {string.Join(' ', last?.Alerts.Values.Select(a => a.Alert.Name) ?? [])}");
    }

    /// <summary>Silences one alert, and another one that there is not.</summary>
    static async Task<string> SilenceAsync(HttpClient client, string name, CancellationToken cancellationToken)
    {
        var id = "";
        var now = TimeProvider.System.GetUtcNow();
        foreach (var matched in (string[])["Nobody", name])
        {
            var silence = new
            {
                matchers = new[] { new { name = "alertname", value = matched, isRegex = false, isEqual = true } },
                startsAt = now,
                endsAt = now.AddHours(1),
                createdBy = "Ada \"AL\" Lovelace",
                comment = "camera is\nrepaired 北京",
            };
            using var response = await client.PostAsJsonAsync("/api/v2/silences", silence, cancellationToken);
            response.EnsureSuccessStatusCode();
            id = (await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("silenceID").GetString()!;
        }
        return id;
    }
}
