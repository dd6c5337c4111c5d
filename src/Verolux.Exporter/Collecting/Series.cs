using System.Collections.Concurrent;
using Prometheus;

namespace Verolux.Exporter.Collecting;

/// <summary>
/// The only writer of watched series to prometheus-net, which replaces nothing atomically: here publishing and serialising exclude each other, so that a
/// scrape sees a look's series all old or all new.
/// </summary>
sealed class Series : IDisposable
{
    readonly SemaphoreSlim gate = new(1, 1);
    readonly MetricFactory factory;
    readonly ConcurrentDictionary<Family, Collector> collectors = new();

    public Series(string site)
    {
        Registry = Metrics.NewCustomRegistry();
        factory = Metrics.WithCustomRegistry(Registry);
        Own = factory.WithLabels(new Dictionary<string, string> { ["site"] = site });
    }

    public CollectorRegistry Registry { get; }

    /// <summary>For metrics about the exporter itself, which are counted where things happen and belong to no target.</summary>
    public IMetricFactory Own { get; }

    /// <summary>Serialises everything in one consistent moment.</summary>
    /// <param name="destination">Must not wait for a network: publishing stands still meanwhile.</param>
    public async Task WriteAsync(Stream destination, ExpositionFormat format, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            await Registry.CollectAndExportAsTextAsync(destination, format, cancellation);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The same in Prometheus' text format.</summary>
    public Task WriteTextAsync(Stream destination, CancellationToken cancellation) => WriteAsync(destination, ExpositionFormat.PrometheusText, cancellation);

    /// <summary>A place for the series of one owner, empty at first.</summary>
    public Publication Open() => new(this);

    public void Dispose() => gate.Dispose();

    Collector Of(Family family) => collectors.GetOrAdd(family, static (family, factory) => family.Kind == FamilyKind.Counter
        ? factory.CreateCounter(family.Name, family.Help, [.. family.Labels], new CounterConfiguration { SuppressInitialValue = true })
        : factory.CreateGauge(family.Name, family.Help, [.. family.Labels], new GaugeConfiguration { SuppressInitialValue = true }), factory);

    ChildBase ChildOf(Sample sample) => Of(sample.Family) switch
    {
        Counter counter => counter.WithLabels(sample.Labels),
        Collector gauge => ((Gauge)gauge).WithLabels(sample.Labels),
    };

    void Remove(Published series)
    {
        if (Of(series.Family) is Counter counter)
            counter.RemoveLabelled(series.Labels);
        else
            ((Gauge)Of(series.Family)).RemoveLabelled(series.Labels);
    }

    Published Set(Published series, double value)
    {
        switch (series.Child)
        {
            case Counter.Child counter when value < counter.Value:
                // The source started again. IncTo would ignore the lower value for ever; a new child is a counter reset, which rate() understands.
                Remove(series);
                series = series with { Child = ChildOf(new Sample(series.Family, series.Labels, value)) };
                ((Counter.Child)series.Child).IncTo(value);
                break;
            case Counter.Child counter:
                counter.IncTo(value);
                break;
            case Gauge.Child gauge:
                gauge.Set(value);
                break;
        }
        return series;
    }

    /// <summary>A published series. Equal to another by family and labels, whatever child of prometheus-net stands behind them.</summary>
    readonly record struct Published(Family Family, string[] Labels, ChildBase Child)
    {
        public bool Is(Sample sample) => Family == sample.Family && (ReferenceEquals(Labels, sample.Labels) || Labels.AsSpan().SequenceEqual(sample.Labels));

        public bool Equals(Published other) => Is(new Sample(other.Family, other.Labels, 0));

        public override int GetHashCode() => Labels.Aggregate(Family.GetHashCode(), HashCode.Combine);
    }

    /// <summary>The series that one owner has published, replaced only as a whole.</summary>
    public sealed class Publication(Series series)
    {
        readonly Lock reading = new();
        Published[] current = [];
        bool closed;

        /// <summary>Makes <paramref name="samples"/> the only series of this owner. After <see cref="CloseAsync"/> it does nothing.</summary>
        public Task ReplaceAsync(IReadOnlyList<Sample> samples) => ReplaceAsync(samples, forGood: false);

        /// <summary>What is published of this owner, all of one look. Waits for no scrape.</summary>
        public Sample[] Read()
        {
            lock (reading)
                return Array.ConvertAll(current, p => new Sample(p.Family, p.Labels, p.Child is Counter.Child counter ? counter.Value : ((Gauge.Child)p.Child).Value));
        }

        /// <summary>Withdraws everything, for good.</summary>
        public Task CloseAsync() => ReplaceAsync([], forGood: true);

        async Task ReplaceAsync(IReadOnlyList<Sample> samples, bool forGood)
        {
            await series.gate.WaitAsync();
            try
            {
                lock (reading)
                {
                    if (!closed)
                        Replace(samples);
                }
                // Behind the gate: a turn that already waits there would otherwise publish once more, what nobody then takes away.
                closed |= forGood;
            }
            finally
            {
                series.gate.Release();
            }
        }

        void Replace(IReadOnlyList<Sample> samples)
        {
            if (Names(samples))
            {
                // In place: ten thousand arrays that each live for one interval would grow old, and the heap with them.
                for (var i = 0; i < current.Length; i++)
                    current[i] = series.Set(current[i], samples[i].Value);
                return;
            }
            var fresh = new List<Published>(samples.Count);
            var moved = samples.Count < current.Length;
            for (var i = 0; i < samples.Count; i++)
            {
                var sample = samples[i];
                if (double.IsNaN(sample.Value))
                {
                    moved = true;
                    continue;
                }
                var same = fresh.Count < current.Length && current[fresh.Count].Is(sample);
                moved |= !same;
                fresh.Add(series.Set(same ? current[fresh.Count] : new Published(sample.Family, sample.Labels, series.ChildOf(sample)), sample.Value));
            }
            if (moved)
            {
                foreach (var gone in current.Except(fresh))
                    series.Remove(gone);
            }
            current = [.. fresh];
        }

        /// <summary>Whether these are the series that are published already, in the same order. As a rule they are, and then no label has to be looked up.</summary>
        bool Names(IReadOnlyList<Sample> samples)
        {
            if (samples.Count != current.Length)
                return false;
            for (var i = 0; i < current.Length; i++)
            {
                if (double.IsNaN(samples[i].Value) || !current[i].Is(samples[i]))
                    return false;
            }
            return true;
        }
    }
}
