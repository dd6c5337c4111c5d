using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Alertmanagers;

/// <summary>An answer that is not as it should be makes the view unbelievable, says what to change, and repeats no secret.</summary>
[CancelAfter(60_000)]
public class OddAnswerTests
{
    const string Token = "t0k3n-s3cret";

    static readonly string Sound = AlertmanagerBodies.Alert();

    [TestCase("200 OK", "<html>login</html>", "is not JSON, or breaks off: see whether alerts.alertmanagers.main.url is an Alertmanager's, version 0.25 or newer; it begins with: <html>login</html>")]
    [TestCase("200 OK", "", "is not JSON, or breaks off: ")]
    [TestCase("200 OK", "{\"status\":\"success\",\"data\":[]}", "is no list: ")]
    [TestCase("200 OK", "[7]", "has as its item 1 what is no object: ")]
    [TestCase("200 OK", "[SOUND,{\"labels\":{}}]", "has as its item 2 one that has no fingerprint: ")]
    [TestCase("200 OK", "[SOUND", "is not JSON, or breaks off: ")]
    [TestCase("200 OK", "[SOUND] more", "is not JSON, or breaks off: ")]
    [TestCase("200 OK", "[SOUND,SOUND]", "has as its item 2 one that has the fingerprint of another one: ")]
    [TestCase("500 Oops", "\"no\\u0000 store\r\nat all\"", "is answered 500: \"no\\u0000 store  at all\"")]
    [TestCase("503 Busy", $"Bearer {Token} is echoed", "is answered 503: Bearer <secret> is echoed")]
    [TestCase("200 OK", $"{Token} is echoed", "is not JSON, or breaks off: see whether alerts.alertmanagers.main.url is an Alertmanager's, version 0.25 or newer; it begins with: <secret> is echoed")]
    [TestCase("401 No", "x", "is answered 401, it refuses our credentials: check username and password_file, or token_file, of alerts.alertmanagers.main")]
    [TestCase("403 No", "x", "is answered 403, it refuses our credentials: ")]
    [TestCase("404 No", "x", "is answered 404: see whether alerts.alertmanagers.main.url lacks the prefix that its --web.route-prefix or --web.external-url has")]
    [TestCase("302 Found\r\nLocation: /login", "x", "is answered 302, a redirect, which is not followed: write the address that it leads to into alerts.alertmanagers.main.url")]
    public async Task Alerts_that_can_t_be_read_are_not_believed(string status, string body, string why)
    {
        await using var server = ScriptedServer.Http(path => Answer(path.EndsWith("alerts", StringComparison.Ordinal) ? status : "200 OK", body.Replace("SOUND", Sound)));
        Failed(await LookAsync(server), $"api/v2/alerts {why}");
    }

    [TestCase("401 No", "x", "api/v2/silences is answered 401, it refuses our credentials")]
    [TestCase("200 OK", "[", "the answer of api/v2/silences is not JSON, or breaks off")]
    [TestCase("200 OK", "[{}]", "the answer of api/v2/silences has as its item 1 one that has no id")]
    [TestCase("200 OK", "[{\"id\":\"a\",\"createdBy\":\"b\",\"comment\":7}]", "one that does not say who made it and why")]
    [TestCase("200 OK", "[{\"id\":\"a\",\"createdBy\":\"b\",\"comment\":\"c\",\"endsAt\":\"2026-11-24T10:00:00Z\",\"updatedAt\":\"then\"}]", "one that lacks a time, or has one that is none")]
    public async Task Silences_that_can_t_be_read_make_the_alerts_unbelievable(string status, string body, string why)
    {
        await using var server = ScriptedServer.Http(path => path.EndsWith("silences", StringComparison.Ordinal) ? Answer(status, body) : Answer("200 OK", $"[{Sound}]"));
        Failed(await LookAsync(server), why);
    }

    [Test]
    public async Task One_that_does_not_answer_is_given_up_after_ten_seconds()
    {
        var time = new FakeTimeProvider(Workbench.Now);
        var asked = new TaskCompletionSource();
        await using var server = new ScriptedServer(async (stream, cancellationToken) =>
        {
            // The head comes, and a body that never ends.
            await stream.ReadExactlyAsync(new byte[1], cancellationToken);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n["u8.ToArray(), cancellationToken);
            asked.SetResult();
            await ScriptedServer.UntilClosedAsync(stream, cancellationToken);
        });
        var looking = LookAsync(server, time);
        await asked.Task;
        Assert.That(looking.IsCompleted, Is.False);
        time.Advance(TimeSpan.FromSeconds(10));
        Failed(await looking, "api/v2/alerts has no whole answer within 10 s: see whether it runs, and whether alerts.alertmanagers.main.url is right (http://127.0.0.1:");
    }

    [Test]
    public async Task Whoever_cancels_is_not_told_that_it_failed()
    {
        await using var server = new ScriptedServer(ScriptedServer.UntilClosedAsync);
        using var ending = new CancellationTokenSource();
        using var alertmanager = Open(server.Port, TimeProvider.System);
        var looking = alertmanager.LookAsync(ending.Token);
        await ending.CancelAsync();
        Assert.That(async () => await looking, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task An_answer_that_breaks_off_or_never_ends_is_none()
    {
        await using var cut = ScriptedServer.Http(_ => $"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{Sound}");
        Failed(await LookAsync(cut), "api/v2/alerts has no whole answer (ResponseEnded): see whether it runs");
        await using var garbage = ScriptedServer.Saying("SSH-2.0-OpenSSH_9.2\r\n\r\n"u8.ToArray());
        Failed(await LookAsync(garbage), "api/v2/alerts has no whole answer (");
        await using var told = ScriptedServer.Http(_ => $"HTTP/1.1 200 OK\r\nContent-Length: {Alertmanager.LargestAnswer + 1}\r\n\r\n[");
        Failed(await LookAsync(told), "api/v2/alerts is answered with more than 64 MiB, which is not read");
        await using var endless = new ScriptedServer(async (stream, cancellationToken) =>
        {
            await stream.ReadExactlyAsync(new byte[1], cancellationToken);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n["u8.ToArray(), cancellationToken);
            for (var spaces = new byte[1024 * 1024]; ;)
                await stream.WriteAsync(spaces, cancellationToken);
        });
        Failed(await LookAsync(endless), "api/v2/alerts is answered with more than 64 MiB");
        using var nobody = Open(FreePort.Next(), TimeProvider.System);
        Failed(await nobody.LookAsync(CancellationToken.None), "api/v2/alerts has no whole answer (ConnectionError)");
    }

    [Test]
    public async Task A_token_is_sent_and_what_can_be_none_is_told_without_it()
    {
        using var folder = new TemporaryFolder();
        var sent = new List<string>();
        await using var server = new ScriptedServer(async (stream, cancellationToken) =>
        {
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 } line)
                sent.Add(line);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(Answer("200 OK", "[]")), cancellationToken);
        });
        using var alertmanager = new Alertmanager(
            new AlertmanagerOptions("main", new Uri($"http://127.0.0.1:{server.Port}/am/"), "us", Token: Secret.FromFile(folder.Write("token", Token))), new AlertReader([]), TimeProvider.System);
        Assert.That((await alertmanager.LookAsync(CancellationToken.None)).Problem, Is.Null);
        Assert.That(sent, Has.Exactly(2).EqualTo($"Authorization: Bearer {Token}"));
        Assert.That(sent, Has.Member("GET /am/api/v2/alerts HTTP/1.1").And.Member("GET /am/api/v2/silences HTTP/1.1"));
        folder.Write("token", $"{Token}\n{Token}");
        Failed(await alertmanager.LookAsync(CancellationToken.None), "alerts.alertmanagers.main.token_file: holds what is no token, which is one line without spaces");
    }

    [Test]
    public async Task Its_clock_is_compared_with_the_middle_of_the_request()
    {
        var time = new FakeTimeProvider(Workbench.Now);
        var ahead = Workbench.Now.AddSeconds(90).ToString("R");
        await using var server = ScriptedServer.Http(path =>
        {
            if (path.EndsWith("alerts", StringComparison.Ordinal))
                time.Advance(TimeSpan.FromSeconds(4));
            return $"HTTP/1.1 200 OK\r\nDate: {ahead}\r\nConnection: close\r\n\r\n[]";
        });
        var view = await LookAsync(server, time);
        Assert.That((view.Problem, view.AskedAt, view.Now, view.Skew), Is.EqualTo(((string?)null, Workbench.Now, (DateTimeOffset?)Workbench.Now.AddSeconds(90), (TimeSpan?)TimeSpan.FromSeconds(88))));
        await using var timeless = ScriptedServer.Http(_ => "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[]");
        view = await LookAsync(timeless, time);
        Assert.That((view.Problem, view.Now, view.Skew), Is.EqualTo(((string?)null, (DateTimeOffset?)null, (TimeSpan?)null)));
        Assert.That(view.IsFreshFor(new Dictionary<string, string>()), Is.False);
    }

    [Test]
    public async Task Ten_thousand_alerts_are_read()
    {
        var body = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Range(0, 10_000).Select(i => AlertmanagerBodies.Alert($"{i:x16}", $"\"alertname\":\"CameraOffline\",\"camera\":\"camera_{i}\",\"severity\":\"critical\",\"site\":\"north\"")))}]");
        // Once before, for the code itself.
        Assert.That(new ViewReader("us", new AlertReader([])).ReadAlerts(body), Is.Null);
        var reader = new ViewReader("us", new AlertReader([]));
        var watch = Stopwatch.StartNew();
        Assert.That(reader.ReadAlerts(body), Is.Null);
        await TestContext.Out.WriteLineAsync($"{body.Length} bytes in {watch.ElapsedMilliseconds} ms");
        Assert.That(reader.View("main", default, null).Alerts, Has.Count.EqualTo(10_000));
        Assert.That(reader.View("main", default, null).Alerts.Values.Select(a => a.Alert.Series).Distinct().Count(), Is.EqualTo(10_000));
    }

    static string Answer(string status, string body) => $"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n{body}";

    static void Failed(View view, string why)
    {
        Assert.That(view.Problem, Does.Contain(why).And.Not.Contain(Token));
        Assert.That(view.Problem!.Any(char.IsControl), Is.False);
        Assert.That((view.Alerts.Count, view.Silences.Count, view.Watchdogs.Count), Is.EqualTo((0, 0, 0)));
    }

    static Alertmanager Open(int port, TimeProvider time) =>
        new(new AlertmanagerOptions("main", new Uri($"http://127.0.0.1:{port}/"), "us", Token: Secret.FromEnvironment("TOKEN", Token)), new AlertReader([]), time);

    static async Task<View> LookAsync(ScriptedServer server, TimeProvider? time = null)
    {
        using var alertmanager = Open(server.Port, time ?? TimeProvider.System);
        return await alertmanager.LookAsync(CancellationToken.None);
    }
}
