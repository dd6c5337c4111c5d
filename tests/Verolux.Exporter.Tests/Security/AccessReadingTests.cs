using NUnit.Framework;

namespace Verolux.Exporter.Tests.Security;

public class AccessReadingTests
{
    const string Token = "0123456789abcdef-scrape";
    // Of the password "secret", cost 4.
    static readonly string Hash = BCrypt.Net.BCrypt.HashPassword("secret", 4);
    readonly Folder folder = new();

    [OneTimeTearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void On_loopback_nothing_has_to_be_configured()
    {
        var (access, problems) = folder.Read("listen: 127.0.0.1:9877");
        Assert.That(problems, Is.Empty);
        Assert.That(access.Required, Is.False);
    }

    [TestCase("0.0.0.0:9877")]
    [TestCase(":9877")]
    [TestCase("10.1.2.3:9877")]
    public void On_any_other_address_missing_credentials_are_a_problem(string listen)
    {
        var (_, problems) = folder.Read($"listen: '{listen}'");
        var text = problems.Single().ToString();
        Assert.That(text, Does.Contain("access.tokens").And.Contain(listen).And.Contain("role: operator").And.Contain("listen: 127.0.0.1:9877"));
    }

    [Test]
    public void On_any_other_address_a_token_is_enough()
    {
        folder.Write("enough", Token);
        var (access, problems) = folder.Read("listen: 0.0.0.0:9877\naccess: { tokens: [{ role: operator, file: enough }] }");
        Assert.That(problems, Is.Empty);
        Assert.That(access.Required, Is.True);
    }

    [Test]
    public void A_token_that_is_too_short_is_a_problem_that_does_not_show_it() =>
        Assert.That(Problem("short", "# old\nshorty-15-chars\n"),
            Does.Contain("access.tokens[0].file").And.Contain("fewer than 16 characters").And.Not.Contain("shorty"));

    [Test]
    public void A_token_that_no_header_can_carry_is_a_problem_that_does_not_show_it() =>
        Assert.That(Problem("odd", "a token of many words"), Does.Contain("RFC 6750").And.Not.Contain("many words"));

    [TestCase("")]
    [TestCase("\n\n")]
    [TestCase("# only a remark\n")]
    public void A_file_without_a_token_is_a_problem(string text) =>
        Assert.That(Problem("none", text), Does.Contain("access.tokens[0].file").And.Contain("token"));

    [Test]
    public void A_token_file_that_is_missing_is_a_problem()
    {
        var (_, problems) = folder.Read("access: { tokens: [{ role: scrape, file: nowhere }] }");
        Assert.That(problems.Single().ToString(), Does.Contain("access.tokens[0].file").And.Contain("does not exist"));
    }

    [Test]
    public void The_same_token_for_two_callers_is_a_problem()
    {
        folder.Write("first", Token);
        folder.Write("second", $"another-token-of-its-own\n{Token}\n");
        var (_, problems) = folder.Read("access: { tokens: [{ role: scrape, file: first }, { role: operator, file: second }] }");
        Assert.That(problems.Single().ToString(), Does.Contain("access.tokens[1].file").And.Contain("another file").And.Not.Contain(Token));
    }

    [Test]
    public void Only_metrics_may_be_left_open()
    {
        var (_, problems) = folder.Read("access: { unauthenticated: [/metrics, /incidents] }");
        Assert.That(problems.Single().ToString(), Does.Contain("access.unauthenticated").And.Contain("/incidents").And.Contain("keep /metrics alone"));
    }

    [Test]
    public void Users_and_roles_have_to_fit_together()
    {
        folder.Write("roles.yml", $"basic_auth_users: {{ forgotten: '{Hash}', twice: '{Hash}' }}");
        var (_, problems) = folder.Read("""
            access:
              web_config_file: roles.yml
              users:
                - { name: twice, role: scrape }
                - { name: twice, role: operator }
                - { name: stranger, role: scrape }
                - { name: nobody, role: admin }
            """);
        Assert.That(problems.Select(p => p.ToString()), Is.EqualTo(new[]
        {
            "verolux.yml:5: access.users[1].name: gives twice a second role; keep one of the two; an operator may do everything",
            "verolux.yml:6: access.users[2].name: stranger is not a user of web_config_file; add it to basic_auth_users there, or remove it here",
            "verolux.yml:7: access.users[3].role: \"admin\" is not a role; write scrape, alertmanager or operator",
            "verolux.yml:7: access.users[3].name: nobody is not a user of web_config_file; add it to basic_auth_users there, or remove it here",
            "verolux.yml:4: access.users: forgotten, a user of web_config_file, has no role; "
                + "add `- { name: forgotten, role: scrape }`; the roles are scrape, alertmanager and operator",
        }));
    }

    [TestCase("secret-in-plain-text")]
    [TestCase("$2y$10$tooshort-secret")]
    [TestCase("$2y$99$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG")]
    [TestCase("$apr1$secret")]
    public void A_hash_that_is_not_bcrypts_is_a_problem_that_does_not_show_it(string hash)
    {
        folder.Write("hash.yml", $"basic_auth_users:\n  prometheus: '{hash}'\n");
        var (_, problems) = folder.Read("access: { web_config_file: hash.yml, users: [{ name: prometheus, role: scrape }] }");
        Assert.That(problems.Single().ToString(), Does.StartWith("hash.yml:2: basic_auth_users.prometheus: is not a bcrypt hash").And.Not.Contain(hash));
    }

    [Test]
    public void What_of_prometheus_format_is_not_supported_says_so()
    {
        folder.Write("unsupported.yml", """
            tls_server_config: {
              cert_file: c, key_file: k, min_version: TLS10,
              cipher_suites: [A], prefer_server_cipher_suites: true, curve_preferences: [B], client_allowed_sans: [C] }
            http_server_config: { headers: { X-Powered-By: us, X-Frame-Options: maybe } }
            rate_limit: { burst: 5 }
            basic_auth: {}
            """);
        var texts = folder.Read("access: { web_config_file: unsupported.yml }").Problems.Select(p => p.ToString()).ToList();
        foreach (var key in (string[])["cipher_suites", "prefer_server_cipher_suites", "curve_preferences", "client_allowed_sans"])
            Assert.That(texts, Has.One.Contains($"tls_server_config.{key}: is not supported here"));
        Assert.That(texts, Has.One.Contains("unsupported.yml:5: rate_limit: is not supported here"));
        Assert.That(texts, Has.One.Contains("min_version: names a version of TLS that is not supported here"));
        Assert.That(texts, Has.One.Contains("headers.X-Powered-By: is not a header that can be set"));
        Assert.That(texts, Has.One.Contains("headers.X-Frame-Options: \"maybe\" is not a value of this header; write deny or sameorigin"));
        Assert.That(texts, Has.One.Contains("unsupported.yml:6: basic_auth: is not a known key"));
    }

    [Test]
    public void A_web_configuration_that_cannot_be_read_is_one_problem()
    {
        folder.Write("broken.yml", "basic_auth_users: {");
        foreach (var file in (string[])["broken.yml", "absent.yml"])
        {
            var (access, problems) = folder.Read($"listen: 0.0.0.0:9877\naccess: {{ web_config_file: {file}, users: [{{ name: prometheus, role: scrape }}] }}");
            Assert.That(problems.Single().ToString(), Does.Contain(file));
            Assert.That(access.Required, Is.True);
        }
    }

    [Test]
    public void All_mistakes_are_told_at_once_and_none_shows_a_secret()
    {
        folder.Write("all", "hush\n");
        folder.Write("all.yml", "basic_auth_users: { prometheus: hush-hash }\ntls_server_config: { cert_file: all, key_file: all, key: hush-key }");
        var (_, problems) = folder.Read("""
            listen: everywhere
            access:
              tokens: [{ role: king, file: all }, { role: scrape }]
              web_config_file: all.yml
              users: [{ name: stranger, role: scrape }]
              unauthenticated: [/]
              typo: 1
            """);
        var texts = problems.Select(p => p.ToString()).ToList();
        string[] places =
        [
            "listen:", "tokens[0].role", "tokens[0].file", "tokens[1].file", "all.yml:1: basic_auth_users.prometheus", "tls_server_config.cert_file",
            "tls_server_config.key:", "access.users[0].name", "access.users:", "access.unauthenticated", "access.typo",
        ];
        foreach (var place in places)
            Assert.That(texts, Has.One.Contains(place));
        Assert.That(texts, Has.None.Contains("hush"));
    }

    string Problem(string name, string text)
    {
        folder.Write(name, text);
        return folder.Read($"access: {{ tokens: [{{ role: scrape, file: {name} }}] }}").Problems.Single().ToString();
    }
}
