using NUnit.Framework;
using Verolux.Exporter.Alerts.Delivery;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

/// <summary>How delivery ends: when it is told to, and by a fault, which must not stay unnoticed.</summary>
[CancelAfter(30_000)]
public class ReceiverEndTests
{
    Workbench bench = null!;

    [SetUp]
    public void Start() => bench = new Workbench();

    [TearDown]
    public void Stop() => bench.Dispose();

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public async Task It_runs_until_it_is_told_to_stop(int destinations)
    {
        var receiver = await RunningReceiver.StartAsync(bench, [.. Enumerable.Range(0, destinations).Select(i => new Scripted($"d{i}", (_, _) => Task.FromResult<Outcome>(new Outcome.Delivered())))]);
        Assert.That(receiver.Running.IsCompleted, Is.False);
        await receiver.DisposeAsync();
        Assert.That(receiver.Running.IsCanceled || receiver.Running.IsCompletedSuccessfully);
    }

    [Test]
    public async Task A_destination_s_fault_surfaces_and_its_row_stays_pending()
    {
        await using var receiver = await RunningReceiver.StartAsync(bench, [new Scripted("a", (_, _) => throw new InvalidOperationException("on purpose"))], "a");
        await receiver.PostAsync(Bodies.Alert());
        await Assert.ThatAsync(() => receiver.Running, Throws.InvalidOperationException.With.Message.EqualTo("on purpose"));
        Assert.That(receiver.Store.Rows("SELECT state FROM outbox"), Is.EqualTo(["pending"]));
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task The_store_s_fault_surfaces(int destinations)
    {
        await using var receiver = await RunningReceiver.StartAsync(bench, [.. Enumerable.Range(0, destinations).Select(i => new Scripted($"d{i}", (_, _) => Task.FromResult<Outcome>(new Outcome.Delivered())))]);
        var faulty = receiver.Store.WriteAsync(session =>
        {
            session.Afterwards(() => throw new InvalidOperationException("on purpose"));
            return 0;
        });
        await Assert.ThatAsync(() => faulty, Throws.InvalidOperationException);
        await Assert.ThatAsync(() => receiver.Running, Throws.InvalidOperationException);
        Assert.That(await receiver.PostAsync(Bodies.Alert()), Is.EqualTo(503));
    }

    [Test]
    public async Task What_is_under_way_has_ended_when_it_ends(CancellationToken cancellationToken)
    {
        var (begun, ended) = (new TaskCompletionSource(), false);
        var receiver = await RunningReceiver.StartAsync(bench, [new Scripted("a", async (_, cancellation) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Yield();
            ended = true;
            return new Outcome.Delivered();
        })], "a");
        await receiver.PostAsync(Bodies.Alert());
        await begun.Task.WaitAsync(cancellationToken);
        await receiver.DisposeAsync();
        Assert.That(ended);
        Assert.That(StoreReading.Rows(bench.StorePath, "SELECT state FROM outbox"), Is.EqualTo(["delivered"]), "what was told is written down even then");
    }

    [Test]
    public async Task Four_at_most_are_under_way_and_all_get_their_turn(CancellationToken cancellationToken)
    {
        var (now, most, gate, all) = (0, 0, new TaskCompletionSource(), new SemaphoreSlim(0));
        await using var receiver = await RunningReceiver.StartAsync(bench, [new Scripted("a", async (_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            all.Release();
            await gate.Task;
            Interlocked.Decrement(ref now);
            return new Outcome.Delivered();
        })], "a");
        await receiver.PostAsync(Enumerable.Range(0, 10).Select(i => Bodies.Alert(Bodies.LabelsOf(("alertname", "DiskFull"), ("n", $"{i}")))));
        for (var i = 0; i < 4; i++)
            await all.WaitAsync(cancellationToken);
        gate.SetResult();
        for (var i = 0; i < 6; i++)
            await all.WaitAsync(cancellationToken);
        Assert.That(most, Is.LessThanOrEqualTo(4));
    }

    /// <summary>A destination that does what a test says.</summary>
    sealed class Scripted(string name, Func<Page, CancellationToken, Task<Outcome>> sendAsync) : IDestination
    {
        public string Name => name;

        public Task<Outcome> SendAsync(Page page, CancellationToken cancellation) => sendAsync(page, cancellation);
    }
}
