using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;
using NUnit.Framework;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Tests.Security;

public class GateTests
{
    const string Scrape = "Bearer scrape-token-0123456789";
    const string Alertmanager = "Bearer alertmanager-token-0123456789";
    const string Operator = "Bearer operator-token-0123456789";
    const string Tokens = "tokens: [{ role: scrape, file: prometheus }, { role: alertmanager, file: alertmanager }, { role: operator, file: alice }]";
    readonly Folder folder = new();
    Running service = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        folder.Write("prometheus", Scrape["Bearer ".Length..]);
        folder.Write("alertmanager", Alertmanager["Bearer ".Length..]);
        folder.Write("alice", Operator["Bearer ".Length..]);
        service = await Running.Start(folder, $"access: {{ {Tokens} }}");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await service.DisposeAsync();
        folder.Dispose();
    }

    [TestCase("GET", "/metrics", Scrape, 200)]
    [TestCase("GET", "/metrics", Alertmanager, 403)]
    [TestCase("GET", "/metrics", Operator, 200)]
    [TestCase("POST", "/api/v1/alertmanager", Scrape, 403)]
    [TestCase("POST", "/api/v1/alertmanager", Alertmanager, 200)]
    [TestCase("POST", "/api/v1/alertmanager", Operator, 200)]
    [TestCase("GET", "/who", Scrape, 403)]
    [TestCase("GET", "/who", Alertmanager, 403)]
    [TestCase("GET", "/who", Operator, 200)]
    public async Task A_role_opens_what_it_is_for(string method, string path, string authorization, int status)
    {
        using var answer = await service.Send(new HttpMethod(method), path, authorization);
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
    }

    [TestCase(Scrape, HttpStatusCode.Forbidden)]
    [TestCase(Operator, HttpStatusCode.OK)]
    [TestCase(null, HttpStatusCode.Unauthorized)]
    public async Task An_endpoint_about_which_nothing_is_said_needs_an_operator(string? authorization, HttpStatusCode status) =>
        Assert.That(await service.Get("/silent", authorization), Is.EqualTo(status));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("Bearer")]
    [TestCase("Bearer ")]
    [TestCase("Bearer scrape-token-012345678")]
    [TestCase("Bearer scrape-token-01234567890")]
    [TestCase("Bearer SCRAPE-TOKEN-0123456789")]
    [TestCase("scrape-token-0123456789")]
    [TestCase("Basic scrape-token-0123456789")]
    [TestCase("Basic c2NyYXBlOng=")]
    [TestCase("Digest username=\"x\"")]
    public async Task Without_good_credentials_the_answer_is_401_with_both_challenges(string? authorization)
    {
        using var answer = await service.Send(HttpMethod.Get, "/metrics", authorization);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        var challenges = answer.Headers.WwwAuthenticate.Select(h => h.ToString());
        Assert.That(challenges, Is.EqualTo(new[] { "Basic realm=\"Verolux Exporter\", charset=\"UTF-8\"", "Bearer" }));
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/plain"));
    }

    [Test]
    public async Task A_token_longer_than_any_of_ours_is_401() =>
        Assert.That(await service.Get("/metrics", "Bearer " + new string('a', 5000)), Is.EqualTo(HttpStatusCode.Unauthorized));

    [Test]
    public async Task The_case_of_the_scheme_does_not_count() =>
        Assert.That(await service.Get("/metrics", Scrape.Replace("Bearer", "bearer", StringComparison.Ordinal)), Is.EqualTo(HttpStatusCode.OK));

    [TestCase("/metrics?token=scrape-token-0123456789")]
    [TestCase("/metrics?access_token=scrape-token-0123456789")]
    public async Task Credentials_in_the_address_do_not_count(string path) => Assert.That(await service.Get(path), Is.EqualTo(HttpStatusCode.Unauthorized));

    [Test]
    public async Task The_wrong_role_is_told_which_one_is_needed()
    {
        using var answer = await service.Send(HttpMethod.Get, "/who", Scrape);
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("This needs the role operator; prometheus has the role scrape.\n"));
    }

    [Test]
    public async Task Endpoints_know_their_caller_by_the_file_of_the_token() => Assert.That(await service.Text("/who", Operator), Is.EqualTo("alice Operator"));

    [TestCase(null, HttpStatusCode.Unauthorized)]
    [TestCase(Scrape, HttpStatusCode.NotFound)]
    [TestCase(Operator, HttpStatusCode.NotFound)]
    public async Task What_does_not_exist_is_told_only_to_known_callers(string? authorization, HttpStatusCode status) =>
        Assert.That(await service.Get("/nowhere", authorization), Is.EqualTo(status));

    [TestCase(null, HttpStatusCode.Unauthorized)]
    [TestCase(Alertmanager, HttpStatusCode.MethodNotAllowed)]
    public async Task A_wrong_method_is_told_only_to_known_callers(string? authorization, HttpStatusCode status) =>
        Assert.That(await service.Get("/api/v1/alertmanager", authorization), Is.EqualTo(status));

    [TestCase(null)]
    [TestCase("Bearer wrong-token-0123456789")]
    public async Task What_is_for_anyone_asks_for_nothing(string? authorization) =>
        Assert.That(await service.Get("/livez", authorization), Is.EqualTo(HttpStatusCode.OK));

    [Test]
    public async Task Metrics_can_be_left_open_and_nothing_else_is_then()
    {
        await using var open = await Running.Start(folder, $"access: {{ {Tokens}, unauthenticated: [/metrics] }}");
        Assert.That(await open.Get("/metrics"), Is.EqualTo(HttpStatusCode.OK));
        foreach (var path in (string[])["/probe", "/who", "/silent", "/metrics/x"])
            Assert.That(await open.Get(path), Is.EqualTo(HttpStatusCode.Unauthorized), path);
    }

    [Test]
    public async Task With_nothing_configured_everything_is_open_and_the_caller_anonymous()
    {
        await using var open = await Running.Start(folder, "");
        Assert.That(await open.Text("/who", Scrape), Is.EqualTo("anonymous Operator"));
        using var nowhere = await open.Send(HttpMethod.Get, "/nowhere");
        Assert.That((nowhere.StatusCode, await nowhere.Content.ReadAsStringAsync()), Is.EqualTo((HttpStatusCode.NotFound, "There is nothing at this address; begin at /.\n")));
    }

    [Test]
    public async Task Before_routing_by_mistake_nothing_is_served()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.UseAccess(folder.Read($"access: {{ {Tokens} }}").Access);
        app.UseRouting();
        app.MapGet("/who", () => "served");
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", Scrape);
        using var answer = await client.GetAsync("/who");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public void A_token_is_found_without_an_allocation()
    {
        var (access, _) = folder.Read($"access: {{ {Tokens} }}");
        var header = new StringValues(Operator);
        var found = 0;
        Ask();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Ask();
        // A thousand requests may pay once for a look at the files, not each for itself.
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8000));
        Assert.That(found, Is.EqualTo(1001));
        void Ask() => Count(access.Find(header, NullLogger.Instance, CancellationToken.None));
        void Count(ValueTask<Caller?> finding) => found += finding is { IsCompletedSuccessfully: true, Result.Name: "alice" } ? 1 : 0;
    }

    [Test]
    public async Task No_token_is_ever_logged()
    {
        await using var quiet = await Running.Start(folder, $"access: {{ {Tokens} }}");
        await quiet.Get("/metrics", Scrape);
        await quiet.Get("/who", Scrape);
        await quiet.Get("/who", "Bearer wrong-token-0123456789");
        Assert.That(quiet.Log.All, Is.Not.Empty);
        Assert.That(quiet.Log.All.Select(l => l.Text), Has.None.Contains("-token-"));
    }
}
