using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Security;

/// <summary>Takes note of one mistake; fits <see cref="Section.Refuse(string, string, string)"/>.</summary>
delegate void Refusal(string key, string what, string remedy);

/// <summary>
/// What some files say, read again when one of them changed, so that credentials are rotated without a restart. Content that is no good leaves the old
/// in force.
/// </summary>
sealed partial class Watched<T>
    where T : class
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    readonly Lock gate = new();
    readonly IReadOnlyList<string> files;
    readonly Func<Refusal, T?> load;
    readonly TimeProvider time;
    Stamp[] seen;
    long checkedAt;
    volatile T current;

    Watched(IReadOnlyList<string> files, Func<Refusal, T?> load, TimeProvider time, Stamp[] seen, T current) =>
        (this.files, this.load, this.time, this.seen, this.current, checkedAt) = (files, load, time, seen, current, time.GetTimestamp());

    /// <summary>The content as last read, without a look at the files.</summary>
    public T Last => current;

    /// <summary>Reads the files for the first time.</summary>
    /// <param name="load">Reads the content; answers null after it has refused something.</param>
    /// <returns>Null where the content is no good.</returns>
    public static Watched<T>? Read(IReadOnlyList<string> files, Func<Refusal, T?> load, Refusal refuse, TimeProvider time)
    {
        // The stamp is taken first: a change during the reading is then seen at the next look.
        var seen = Look(files);
        return load(refuse) is { } first ? new Watched<T>(files, load, time, seen, first) : null;
    }

    /// <summary>The newest good content; looks at the files at most once a second.</summary>
    public T Current(ILogger log)
    {
        if (time.GetElapsedTime(Volatile.Read(ref checkedAt)) >= Pause && gate.TryEnter())
        {
            try
            {
                Check(log);
                Volatile.Write(ref checkedAt, time.GetTimestamp());
            }
            finally
            {
                gate.Exit();
            }
        }
        return current;
    }

    void Check(ILogger log)
    {
        var now = Look(files);
        if (now.AsSpan().SequenceEqual(seen))
            return;
        seen = now;
        if (load((_, what, _) => Log.Kept(log, files[0], what)) is not { } changed)
            return;
        current = changed;
        Log.Changed(log, files[0]);
    }

    static Stamp[] Look(IReadOnlyList<string> files)
    {
        var stamps = new Stamp[files.Count];
        for (var i = 0; i < stamps.Length; i++)
            stamps[i] = Look(files[i]);
        return stamps;
    }

    static Stamp Look(string file)
    {
        try
        {
            // By handle, because Kubernetes rotates a secret by turning a symbolic link: the link that was configured never changes itself.
            using var handle = File.OpenHandle(file);
            return new Stamp(File.GetLastWriteTimeUtc(handle), RandomAccess.GetLength(handle));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return default;
        }
    }

    readonly record struct Stamp(DateTime Changed, long Length);

    static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{File} has changed and is in force")]
        public static partial void Changed(ILogger logger, string file);

        [LoggerMessage(LogLevel.Warning, "{File} has changed, but what it held before stays in force: {What}")]
        public static partial void Kept(ILogger logger, string file, string what);
    }
}
