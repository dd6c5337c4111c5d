namespace Verolux.Exporter.Collecting;

/// <summary>What the values of some families were over the last five minutes. Only changes are kept: a counter that stands still is one point.</summary>
/// <param name="keeps">The families that somebody asks the rise of.</param>
sealed class History(Func<Family, bool> keeps, TimeProvider time)
{
    public static readonly TimeSpan Span = TimeSpan.FromMinutes(5);
    readonly Lock gate = new();
    readonly List<Track> tracks = [];

    public void Add(IReadOnlyList<Sample> samples)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            foreach (var sample in samples)
            {
                if (!double.IsNaN(sample.Value) && keeps(sample.Family))
                    TrackOf(sample, orNew: true)!.Add(now, sample.Value, time);
            }
        }
    }

    /// <summary>The value five minutes ago, or the oldest that was seen since; null for a series that was never seen.</summary>
    public double? Before(Sample sample)
    {
        lock (gate)
            return TrackOf(sample, orNew: false)?.At(time);
    }

    Track? TrackOf(Sample sample, bool orNew)
    {
        foreach (var track in tracks)
        {
            if (track.Family == sample.Family && track.Labels.AsSpan().SequenceEqual(sample.Labels))
                return track;
        }
        if (!orNew)
            return null;
        var fresh = new Track(sample.Family, sample.Labels);
        tracks.Add(fresh);
        return fresh;
    }

    sealed class Track(Family family, string[] labels)
    {
        readonly List<(long At, double Value)> points = [];

        public Family Family => family;

        public string[] Labels => labels;

        public void Add(long now, double value, TimeProvider time)
        {
            Forget(now, time);
            if (points.Count == 0 || points[^1].Value != value)
                points.Add((now, value));
        }

        public double? At(TimeProvider time)
        {
            Forget(time.GetTimestamp(), time);
            return points.Count == 0 ? null : points[0].Value;
        }

        /// <summary>The newest of the points that are five minutes old is the one to compare with; those before it are not.</summary>
        void Forget(long now, TimeProvider time)
        {
            while (points.Count > 1 && time.GetElapsedTime(points[1].At, now) >= Span)
                points.RemoveAt(0);
        }
    }
}
