using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Collecting;

/// <summary>Time that passes only when it is told to, and that notices a watch setting its timer again: by then its turn is over and published.</summary>
sealed class Clock : FakeTimeProvider
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    readonly SemaphoreSlim turns = new(0);

    /// <summary>Waits for turns to end that nobody has waited for yet.</summary>
    public async Task TurnsAsync(int count = 1)
    {
        for (var i = 0; i < count; i++)
            Assert.That(await turns.WaitAsync(Longest), $"only {i} of {count} turns ended");
    }

    /// <summary>How many turns have ended that nobody has waited for.</summary>
    public int TurnsLeft => turns.CurrentCount;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        // A watch makes its timer unset; a deadline comes set.
        return dueTime == Timeout.InfiniteTimeSpan ? new WatchTimer(timer, turns) : timer;
    }

    sealed class WatchTimer(ITimer timer, SemaphoreSlim turns) : ITimer
    {
        int started;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var again = Interlocked.Exchange(ref started, 1) == 1;
            var changed = timer.Change(dueTime, period);
            if (again)
                turns.Release();
            return changed;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
