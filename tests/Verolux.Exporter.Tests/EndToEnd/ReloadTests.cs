using System.Net;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>The configuration is read again while everything runs.</summary>
[CancelAfter(60_000)]
public class ReloadTests
{
    const string Successful = """verolux_exporter_config_last_reload_successful{site="north"}""";
    const string When = """verolux_exporter_config_last_reload_success_timestamp_seconds{site="north"}""";

    TemporaryFolder folder = null!;

    [SetUp]
    public void Make()
    {
        folder = new TemporaryFolder();
        foreach (var path in (string[])["a", "b", "c"])
            Directory.CreateDirectory(folder[path]);
    }

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public async Task What_is_new_starts_what_is_gone_stops_and_all_else_goes_on(CancellationToken cancellationToken)
    {
        await using var exporter = await ExporterHost.StartAsync(Watching("a", "b"), folder);
        var before = await exporter.ScrapeAsync(cancellationToken);
        var same = exporter.Service.Watches.Single(w => w.Name == folder["a"]);
        Assert.That((before[Successful], before[When] is > 0), Is.EqualTo((1d, true)), "the start is a reading, too");

        ExporterHost.Rewrite(Watching("a", "c"), folder);
        Assert.That(await ReloadAsync(exporter, cancellationToken), Is.EqualTo((HttpStatusCode.OK, "reloaded\n")));
        Assert.That(exporter.Service.Watches.Select(w => w.Name), Is.EquivalentTo(new[] { folder["a"], folder["c"] }));
        Assert.That(exporter.Service.Watches, Has.Member(same));
        var after = await exporter.ScrapeAsync(cancellationToken);
        Assert.That(after.Series, Has.None.Contains($"path=\"{folder["b"]}\""));
        Assert.That((after[Successful], after[When] >= before[When]), Is.EqualTo((1d, true)));
    }

    [Test]
    public async Task With_any_mistake_everything_goes_on_as_before_and_all_of_them_are_told(CancellationToken cancellationToken)
    {
        await using var exporter = await ExporterHost.StartAsync(Watching("a"), folder);
        var before = (await exporter.ScrapeAsync(cancellationToken))[When];
        ExporterHost.Rewrite("storage: { targets: [{ path: relative, colour: red }] }\nnonsense: 1", folder);

        var (status, text) = await ReloadAsync(exporter, cancellationToken);
        Assert.That(status, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That(text, Does.StartWith("The configuration is as it was").And.Contain("\"relative\" is not absolute").And.Contain("colour").And.Contain("nonsense"));
        Assert.That(exporter.Service.Watches.Select(w => w.Name), Is.EqualTo(new[] { folder["a"] }));
        var page = await exporter.ScrapeAsync(cancellationToken);
        Assert.That((page[Successful], page[When]), Is.EqualTo((0d, before)));

        ExporterHost.Rewrite(Watching("b"), folder);
        Assert.That((await ReloadAsync(exporter, cancellationToken)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await exporter.ScrapeAsync(cancellationToken))[Successful], Is.EqualTo(1));
    }

    [TestCase("public_url: http://elsewhere.example/", "public_url")]
    [TestCase("alerts: { store: other.db }", "alerts")]
    [TestCase("access: { users: [] }", "access")]
    public async Task What_is_set_up_at_the_start_alone_can_t_be_changed_and_the_answer_says_so(string change, string key, CancellationToken cancellationToken)
    {
        await using var exporter = await ExporterHost.StartAsync(Watching("a"), folder);
        ExporterHost.Rewrite($"{Watching("b")}\n{change}", folder);

        var (status, text) = await ReloadAsync(exporter, cancellationToken);
        Assert.That(status, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That(text, Does.Match($"(?m)^{key}.*restart the exporter"));
        Assert.That(exporter.Service.Watches.Select(w => w.Name), Is.EqualTo(new[] { folder["a"] }), "not even the part that could be changed");
    }

    [Test]
    public async Task A_runbook_is_read_again_with_the_threshold_that_it_states(CancellationToken cancellationToken)
    {
        var runbooks = Directory.CreateDirectory(folder["runbooks"]).FullName;
        foreach (var file in Directory.EnumerateFiles(RepositoryRoot.Of("runbooks")))
            File.Copy(file, Path.Combine(runbooks, Path.GetFileName(file)));
        var config = folder.Write("own.yml", $"listen: 127.0.0.1:0\nsite: north\nrunbooks: {{ path: runbooks }}\n{Watching("a")}\n");
        await using var exporter = await ExporterHost.ReadAsync(config, TimeProvider.System, null);
        var threshold = $$"""verolux_storage_used_ratio_threshold{site="north",path="{{folder["a"]}}"}""";
        Assert.That((await exporter.ScrapeAsync(cancellationToken))[threshold], Is.EqualTo(0.85));

        var runbook = Path.Combine(runbooks, "RUNBOOK_STORAGE_FULL.md");
        var text = await File.ReadAllTextAsync(runbook, cancellationToken);
        await File.WriteAllTextAsync(runbook, text.Replace("above: 0.85", "above: 0.8", StringComparison.Ordinal).Replace("title: ", "title: Newly ", StringComparison.Ordinal), cancellationToken);
        Assert.That((await ReloadAsync(exporter, cancellationToken)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await exporter.ScrapeAsync(cancellationToken))[threshold], Is.EqualTo(0.8));
        Assert.That(await exporter.Client.GetStringAsync(new Uri("/runbooks/RUNBOOK_STORAGE_FULL", UriKind.Relative), cancellationToken), Does.Contain("Newly "));

        // A broken one stops nothing, then as at the start.
        await File.WriteAllTextAsync(runbook, "no front matter", cancellationToken);
        Assert.That((await ReloadAsync(exporter, cancellationToken)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await exporter.ScrapeAsync(cancellationToken))["""verolux_runbook_valid{site="north",runbook="RUNBOOK_STORAGE_FULL"}"""], Is.Zero);
    }

    [Test]
    public async Task It_is_asked_for_by_POST_alone_and_by_no_other_site_s_page(CancellationToken cancellationToken)
    {
        await using var exporter = await ExporterHost.StartAsync(Watching("a"), folder);
        using var got = await exporter.Client.GetAsync(new Uri("/-/reload", UriKind.Relative), cancellationToken);
        Assert.That(got.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        using var forged = new HttpRequestMessage(HttpMethod.Post, "/-/reload") { Headers = { { "Sec-Fetch-Site", "cross-site" } } };
        using var refused = await exporter.Client.SendAsync(forged, cancellationToken);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task SIGHUP_does_the_same_and_the_log_says_how_it_went(CancellationToken cancellationToken)
    {
        const string Frame = "listen: 127.0.0.1:0\nalerts: { store: verolux.db }\n";
        var config = folder.Write("verolux.yml", $"{Frame}{Watching("a")}\n");
        await using var exporter = await ExporterProgram.StartAsync(config, cancellationToken);
        folder.Write("verolux.yml", $"{Frame}storage: 7\n");
        exporter.Program.Signal("HUP");
        Assert.That(await exporter.Program.WaitForLineAsync(l => l.Contains("not reloaded"), cancellationToken), Does.Contain("storage is not a mapping").Or.Contain("storage"));
        folder.Write("verolux.yml", $"{Frame}{Watching("a", "b")}\n");
        exporter.Program.Signal("HUP");
        await exporter.Program.WaitForLineAsync(l => l.Contains("is reloaded, 2 watches"), cancellationToken);
        using var http = new HttpClient();
        Assert.That(await http.GetStringAsync(new Uri($"{exporter.Url}/metrics"), cancellationToken), Does.Contain("verolux_exporter_watches{site=\"main\"} 2"));
    }

    string Watching(params string[] paths) => $"storage: {{ targets: [{string.Join(", ", paths.Select(p => $"{{ path: {folder[p]} }}"))}] }}";

    static async Task<(HttpStatusCode Status, string Text)> ReloadAsync(ExporterHost exporter, CancellationToken cancellationToken)
    {
        using var answer = await exporter.Client.PostAsync(new Uri("/-/reload", UriKind.Relative), null, cancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }
}
