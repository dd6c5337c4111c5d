using System.Runtime.CompilerServices;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Alerts.Drills;

/// <summary>What a drill has found so far. May be read by anyone while it goes on.</summary>
sealed class DrillReport(Who who, DateTimeOffset startedAt)
{
    readonly Lock guard = new();
    readonly List<DrillStep> steps = [];
    TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    DateTimeOffset? endedAt;
    long? incident;

    public Who Who => who;

    public DateTimeOffset StartedAt => startedAt;

    /// <summary>Null while it goes on.</summary>
    public DateTimeOffset? EndedAt
    {
        get
        {
            lock (guard)
                return endedAt;
        }
    }

    /// <summary>The number of its incident; null before there is one.</summary>
    public string? Incident
    {
        get
        {
            lock (guard)
                return incident is { } id ? IncidentNumber.Format(id) : null;
        }
    }

    public IReadOnlyList<DrillStep> Steps
    {
        get
        {
            lock (guard)
                return [.. steps];
        }
    }

    public int Failures => Steps.Count(s => !s.Ok);

    public void Add(DrillStep step) => Change(() => steps.Add(step));

    public void Opened(long id) => Change(() => incident = id);

    public void End(DateTimeOffset now) => Change(() => endedAt = now);

    /// <summary>Every step, those to come as they come, until it has ended.</summary>
    public async IAsyncEnumerable<DrillStep> FollowAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var told = 0; ;)
        {
            IReadOnlyList<DrillStep> fresh;
            Task? next;
            lock (guard)
            {
                fresh = [.. steps.Skip(told)];
                next = endedAt is null ? more.Task : null;
            }
            foreach (var step in fresh)
                yield return step;
            told += fresh.Count;
            if (next is null)
                yield break;
            await next.WaitAsync(cancellation);
        }
    }

    void Change(Action change)
    {
        TaskCompletionSource news;
        lock (guard)
        {
            change();
            (news, more) = (more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        news.SetResult();
    }
}
