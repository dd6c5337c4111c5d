using System.Net;
using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Security;
using Crypt = BCrypt.Net.BCrypt;

namespace Verolux.Exporter.Tests.Security;

public class UsersTests
{
    const string Password = "pässword: with a colon";
    readonly Folder folder = new();
    Running service = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        var hash = Crypt.HashPassword(Password, 4);
        folder.Write("web.yml", $$"""
            basic_auth_users:
              prometheus: {{hash}}
              alice: {{hash.Replace("$2a", "$2y", StringComparison.Ordinal)}}
            """);
        const string Roles = "[{ name: prometheus, role: scrape }, { name: alice, role: operator }]";
        service = await Running.Start(folder, $"access: {{ web_config_file: web.yml, users: {Roles} }}");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await service.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task A_user_is_let_in_by_the_password_and_held_to_the_role()
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.That(await service.Get("/metrics", Running.Basic("prometheus", Password)), Is.EqualTo(HttpStatusCode.OK));
            Assert.That(await service.Get("/who", Running.Basic("prometheus", Password)), Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(await service.Text("/who", Running.Basic("alice", Password)), Is.EqualTo("alice Operator"));
        }
    }

    [TestCase("prometheus", "wrong")]
    [TestCase("prometheus", "")]
    [TestCase("prometheus", "pässword: with a colon ")]
    [TestCase("Prometheus", Password)]
    [TestCase("nobody", Password)]
    [TestCase("", "")]
    public async Task A_wrong_name_or_password_is_401_every_time(string name, string password)
    {
        await service.Get("/metrics", Running.Basic("prometheus", Password));
        for (var i = 0; i < 2; i++)
            Assert.That(await service.Get("/metrics", Running.Basic(name, password)), Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("Basic !!!")]
    [TestCase("Basic cHJvbWV0aGV1cw==")]
    [TestCase("Basic")]
    public async Task What_is_no_pair_of_name_and_password_is_401(string authorization) =>
        Assert.That(await service.Get("/metrics", authorization), Is.EqualTo(HttpStatusCode.Unauthorized));

    [TestCase(200)]
    [TestCase(5000)]
    public async Task A_password_that_bcrypt_cannot_take_is_401(int length) =>
        Assert.That(await service.Get("/metrics", Running.Basic("prometheus", new string('x', length))), Is.EqualTo(HttpStatusCode.Unauthorized));

    [Test]
    public async Task A_right_password_is_computed_once_and_a_wrong_one_each_time()
    {
        var users = new Users([User("prometheus", 4)]);
        Assert.That(await Find(users, "prometheus", Password), Is.Not.Null);
        Assert.That(await Find(users, "prometheus", "wrong"), Is.Null);
        // Whoever hangs up is computed nothing for: what is answered all the same was remembered.
        var gone = new CancellationToken(canceled: true);
        Assert.That(await Find(users, "prometheus", Password, gone), Is.EqualTo(new Caller("prometheus", Role.Scrape)));
        await Assert.ThatAsync(async () => await Find(users, "prometheus", "wrong", gone), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test, CancelAfter(30_000)]
    public async Task Two_passwords_are_computed_at_once_and_the_others_wait(CancellationToken cancellationToken)
    {
        using var underWay = new SemaphoreSlim(0);
        using var finish = new ManualResetEventSlim();
        // Ends with the test's time too: a third computation is then seen as a wrong password, and not as one that waits.
        var users = new Users([User("alice", 4)], (password, hash) =>
        {
            underWay.Release();
            finish.Wait(cancellationToken);
            return Crypt.Verify(password, hash);
        });
        using var hangUp = new CancellationTokenSource();
        var first = Find(users, "alice", "wrong 1", hangUp.Token).AsTask();
        var second = Find(users, "alice", "wrong 2", hangUp.Token).AsTask();
        try
        {
            await underWay.WaitAsync(cancellationToken);
            await underWay.WaitAsync(cancellationToken);
            var third = Find(users, "alice", "wrong 3", hangUp.Token).AsTask();
            await hangUp.CancelAsync();
            await Assert.ThatAsync(() => third, Throws.InstanceOf<OperationCanceledException>(), "it was still waiting");
        }
        finally
        {
            finish.Set();
        }
        Assert.That(await Task.WhenAll(first, second), Is.All.Null, "those under way are finished");
    }

    [Test]
    public async Task More_users_than_are_remembered_are_still_let_in()
    {
        var hash = Crypt.HashPassword(Password, 4);
        var users = new Users([.. Enumerable.Range(0, 120).Select(i => new User($"user{i}", Role.Scrape, hash))]);
        for (var i = 0; i < 120; i++)
            Assert.That((await Find(users, $"user{i}", Password))?.Name, Is.EqualTo($"user{i}"));
    }

    [Test]
    public async Task A_name_that_nobody_has_costs_as_much_as_one_that_somebody_has()
    {
        var computed = new List<string>();
        var users = new Users([User("cheap", 4), User("dear", 6)], (password, hash) =>
        {
            var matches = Crypt.Verify(password, hash);
            // Only what bcrypt takes for a hash is computed with.
            computed.Add(hash);
            return matches;
        });
        Assert.That(await Find(users, "dear", "wrong"), Is.Null);
        Assert.That(await Find(users, "nobody", "wrong"), Is.Null);
        Assert.That(computed.Select(h => Crypt.InterrogateHash(h).WorkFactor), Is.EqualTo(new[] { "06", "06" }));
    }

    static User User(string name, int cost) => new(name, Role.Scrape, Crypt.HashPassword(Password, cost));

    static ValueTask<Caller?> Find(Users users, string name, string password, CancellationToken aborted = default) =>
        users.Find(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")), aborted);
}
