using NUnit.Framework;

namespace Verolux.Exporter.Tests.Security;

public class ResponseHeadersTests
{
    const string Policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    readonly Folder folder = new();

    [OneTimeTearDown]
    public void Remove() => folder.Dispose();

    [TestCase("/who", 200)]
    [TestCase("/nowhere", 404)]
    [TestCase("/api/v1/alertmanager", 405)]
    [TestCase("/broken", 500)]
    public async Task Every_response_carries_them(string path, int status)
    {
        await using var service = await Running.Start(folder, "");
        using var answer = await service.Send(HttpMethod.Get, path);
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
        AssertHeaders(answer);
    }

    [Test]
    public async Task A_refusal_carries_them_too()
    {
        folder.Write("token", "a-token-of-enough-length");
        await using var service = await Running.Start(folder, "access: { tokens: [{ role: scrape, file: token }] }");
        using var answer = await service.Send(HttpMethod.Get, "/metrics");
        Assert.That((int)answer.StatusCode, Is.EqualTo(401));
        AssertHeaders(answer);
    }

    [Test]
    public async Task The_web_configuration_adds_its_own_and_wins()
    {
        folder.Write("headers.yml", """
            http_server_config:
              headers: { Strict-Transport-Security: max-age=31536000, X-Frame-Options: deny, Content-Security-Policy: default-src 'self' }
            """);
        await using var service = await Running.Start(folder, "access: { web_config_file: headers.yml }");
        using var answer = await service.Send(HttpMethod.Get, "/metrics");
        Assert.That(Header(answer, "Strict-Transport-Security"), Is.EqualTo("max-age=31536000"));
        Assert.That(Header(answer, "X-Frame-Options"), Is.EqualTo("deny"));
        Assert.That(Header(answer, "Content-Security-Policy"), Is.EqualTo("default-src 'self'"));
        Assert.That(Header(answer, "Referrer-Policy"), Is.EqualTo("no-referrer"));
    }

    static void AssertHeaders(HttpResponseMessage answer)
    {
        Assert.That(Header(answer, "X-Content-Type-Options"), Is.EqualTo("nosniff"));
        Assert.That(Header(answer, "Referrer-Policy"), Is.EqualTo("no-referrer"));
        Assert.That(Header(answer, "Content-Security-Policy"), Is.EqualTo(Policy));
        Assert.That(Header(answer, "Cross-Origin-Opener-Policy"), Is.EqualTo("same-origin"));
    }

    static string Header(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).Single();
}
