using System.Net;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Security;

public class RotationTests
{
    const string Old = "old-token-0123456789";
    const string New = "new-token-of-another-length";
    readonly FakeTimeProvider time = new();
    Folder folder = null!;
    Running service = null!;

    [SetUp]
    public async Task Start()
    {
        folder = new Folder();
        folder.Write("first", Old);
        File.CreateSymbolicLink(folder["token"], folder["first"]);
        service = await Running.Start(folder, "access: { tokens: [{ role: scrape, file: token }] }", time);
    }

    [TearDown]
    public async Task Stop()
    {
        await service.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task Several_lines_are_several_tokens()
    {
        folder.Write("first", $"# the next one\r\n{New}\r\n\r\n  {Old}\r\n");
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await Ask(Old), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await Ask(New), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await Ask("# the next one"), Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_token_that_was_replaced_ends_within_a_second()
    {
        folder.Write("first", New);
        Assert.That(await Ask(Old), Is.EqualTo(HttpStatusCode.OK), "the file is looked at once a second at most");
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await Ask(Old), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await Ask(New), Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_symbolic_link_that_turns_is_a_change()
    {
        folder.Write("second", New);
        File.CreateSymbolicLink(folder["turned"], folder["second"]);
        File.Move(folder["turned"], folder["token"], overwrite: true);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await Ask(New), Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("short-secret")]
    [TestCase("")]
    [TestCase(null)]
    public async Task Bad_content_leaves_the_old_tokens_and_warns_once(string? content)
    {
        if (content is null)
            File.Delete(folder["first"]);
        else
            folder.Write("first", content);
        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.That(await Ask(Old), Is.EqualTo(HttpStatusCode.OK));
        }
        Assert.That(service.Log.Warnings.Single(), Does.Contain("stays in force").And.Not.Contain("short-secret"));
    }

    Task<HttpStatusCode> Ask(string token) => service.Get("/metrics", $"Bearer {token}");
}
