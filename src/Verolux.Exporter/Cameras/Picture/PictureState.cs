namespace Verolux.Exporter.Cameras.Picture;

/// <summary>What the successive pictures of one camera say together. Fed only with pictures that were decoded: a failed look says nothing about them.</summary>
sealed class PictureState(TimeProvider time)
{
    /// <summary>How far two looks must lie apart to be told frozen by. A live sensor's noise changes every picture, however still the scene.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromMinutes(5);

    string? hash;
    long first;
    long since;

    /// <summary>The same picture in two looks at least five minutes apart, and no other between them. Null until there were two looks that far apart.</summary>
    public bool? Frozen { get; private set; }

    /// <summary>Black or covered, by the newest picture. Null before the first.</summary>
    public bool? Black { get; private set; }

    public void See(Luma luma)
    {
        var now = time.GetTimestamp();
        if (hash is null)
            first = now;
        if (hash != luma.Hash)
            (hash, since) = (luma.Hash, now);
        Frozen = time.GetElapsedTime(first, now) < Apart ? null : time.GetElapsedTime(since, now) >= Apart;
        Black = luma.IsBlack;
    }
}
