namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>The incidents that are open or may be reopened, one per series, in memory. Used by the writing task alone.</summary>
sealed class CurrentIncidents
{
    readonly Dictionary<SeriesKey, Incident> bySeries = [];
    readonly Dictionary<long, Incident> byId = [];
    readonly PriorityQueue<Incident, DateTimeOffset> ended = new();

    /// <summary>Those that aren't over, storms among them.</summary>
    public IEnumerable<Incident> Open => bySeries.Values.Where(i => i.State.IsOpen());

    public Incident? Of(SeriesKey series) => bySeries.GetValueOrDefault(series);

    public Incident? Of(long id) => byId.GetValueOrDefault(id);

    public void Clear()
    {
        bySeries.Clear();
        byId.Clear();
        ended.Clear();
    }

    public void Add(Incident incident)
    {
        bySeries[incident.Series] = incident;
        byId[incident.Id] = incident;
        if (!incident.State.IsOpen())
            End(incident);
    }

    /// <summary>It is over, and is forgotten when it can't be reopened any more.</summary>
    public void End(Incident incident) => ended.Enqueue(incident, incident.Episode.EndHeardAt!.Value);

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

    /// <summary>Another of its series may have taken its place.</summary>
    void Forget(Incident incident)
    {
        byId.Remove(incident.Id);
        if (bySeries.GetValueOrDefault(incident.Series) == incident)
            bySeries.Remove(incident.Series);
    }
}
