using System.Net;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Security;

public class CrossSiteTests
{
    readonly Folder folder = new();
    Running service = null!;

    [OneTimeSetUp]
    public async Task Start() => service = await Running.Start(folder, "");

    [OneTimeTearDown]
    public async Task Stop()
    {
        await service.DisposeAsync();
        folder.Dispose();
    }

    [TestCase("cross-site", HttpStatusCode.Forbidden)]
    [TestCase("same-site", HttpStatusCode.Forbidden)]
    [TestCase("same-origin", HttpStatusCode.OK)]
    [TestCase("none", HttpStatusCode.OK)]
    public async Task A_change_is_taken_only_from_our_own_pages(string site, HttpStatusCode status) =>
        Assert.That((await Post("verolux.example", ("Sec-Fetch-Site", site))).StatusCode, Is.EqualTo(status));

    [TestCase("https://verolux.example", "verolux.example", HttpStatusCode.OK)]
    [TestCase("https://verolux.example", "verolux.example:443", HttpStatusCode.OK)]
    [TestCase("http://verolux.example:9877", "verolux.example:9877", HttpStatusCode.OK)]
    [TestCase("http://[::1]:9877", "[::1]:9877", HttpStatusCode.OK)]
    [TestCase("http://verolux.example:9878", "verolux.example:9877", HttpStatusCode.Forbidden)]
    [TestCase("https://evil.example", "verolux.example", HttpStatusCode.Forbidden)]
    [TestCase("https://verolux.example.evil.example", "verolux.example", HttpStatusCode.Forbidden)]
    [TestCase("null", "verolux.example", HttpStatusCode.Forbidden)]
    public async Task Without_that_header_the_origin_has_to_be_the_host(string origin, string host, HttpStatusCode status) =>
        Assert.That((await Post(host, ("Origin", origin))).StatusCode, Is.EqualTo(status));

    [Test]
    public async Task Where_the_browser_says_that_it_is_our_page_a_proxy_may_have_changed_the_host() =>
        Assert.That((await Post("inside", ("Origin", "https://verolux.example"), ("Sec-Fetch-Site", "same-origin"))).StatusCode, Is.EqualTo(HttpStatusCode.OK));

    [Test]
    public async Task Programs_send_neither_header_and_are_let_through() =>
        Assert.That((await Post("verolux.example")).StatusCode, Is.EqualTo(HttpStatusCode.OK));

    [Test]
    public async Task A_link_on_another_site_may_be_followed() =>
        Assert.That((await service.Send(HttpMethod.Get, "/silent", null, ("Sec-Fetch-Site", "cross-site"))).StatusCode, Is.EqualTo(HttpStatusCode.OK));

    [Test]
    public async Task The_refusal_says_why()
    {
        using var answer = await Post("verolux.example", ("Sec-Fetch-Site", "cross-site"));
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("This request was sent by a page of another site and is refused.\n"));
    }

    Task<HttpResponseMessage> Post(string host, params (string Name, string Value)[] headers) =>
        service.Send(HttpMethod.Post, "/silent", null, [("Host", host), .. headers]);
}
