using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>The incidents that are open or may be reopened, one per series, in memory. Used by the writing task alone, but for <see cref="OpenOf"/>.</summary>
sealed class CurrentIncidents
{
    readonly Dictionary<SeriesKey, Incident> bySeries = [];
    readonly Dictionary<long, Incident> byId = [];
    readonly PriorityQueue<Incident, DateTimeOffset> ended = new();
    readonly int[] counts = new int[Enum.GetValues<Severity>().Length];

    /// <summary>Those that aren't over, storms among them.</summary>
    public IEnumerable<Incident> Open => bySeries.Values.Where(i => i.State.IsOpen());

    public Incident? Of(SeriesKey series) => bySeries.GetValueOrDefault(series);

    public Incident? Of(long id) => byId.GetValueOrDefault(id);

    /// <summary>How many incidents of a severity are open. May be read by anyone at any time; a write in progress may already show.</summary>
    public int OpenOf(Severity severity) => Volatile.Read(ref counts[(int)severity]);

    public void Clear()
    {
        bySeries.Clear();
        byId.Clear();
        ended.Clear();
        Array.Clear(counts);
    }

    public void Add(Incident incident)
    {
        bySeries[incident.Series] = incident;
        byId[incident.Id] = incident;
        if (incident.State.IsOpen())
            Count(incident, 1);
        else
            ended.Enqueue(incident, incident.Episode.EndHeardAt!.Value);
    }

    /// <summary>It is over, and is forgotten when it can't be reopened any more.</summary>
    public void End(Incident incident)
    {
        Count(incident, -1);
        ended.Enqueue(incident, incident.Episode.EndHeardAt!.Value);
    }

    public void Reopen(Incident incident) => Count(incident, 1);

    /// <summary>Gives an open incident another severity.</summary>
    public void Weigh(Incident incident, Severity severity)
    {
        Count(incident, -1);
        incident.Severity = severity;
        Count(incident, 1);
    }

    /// <summary>Forgets what can't be reopened any more.</summary>
    public void Prune(DateTimeOffset now)
    {
        while (ended.TryPeek(out var incident, out var at) && now - at > Episode.ReopenWindow)
        {
            ended.Dequeue();
            // It may have been reopened since, and have ended once more.
            if (incident.Episode.EndHeardAt == at && !incident.State.IsOpen())
                Forget(incident);
        }
    }

    void Count(Incident incident, int more)
    {
        if (!incident.IsStorm)
            counts[(int)incident.Severity] += more;
    }

    /// <summary>Another of its series may have taken its place.</summary>
    void Forget(Incident incident)
    {
        byId.Remove(incident.Id);
        if (bySeries.GetValueOrDefault(incident.Series) == incident)
            bySeries.Remove(incident.Series);
    }
}
