namespace Verolux.Exporter.Site.Cameras;

/// <summary>One camera of a <see cref="CameraFarm"/> and what it has seen of its clients.</summary>
/// <param name="path">With a slash at its front.</param>
sealed class Camera(string path, CameraKind kind)
{
    readonly Lock gate = new();
    readonly Dictionary<RtspConnection, CameraKind?> connections = [];
    volatile CameraKind kind = kind;
    bool isCut;
    CameraKind? everyOther;
    long connectionsSeen;
    long requests;
    long frames;
    long framesSent;
    long packets;
    long lost;
    int playbacks;
    int sessions;
    int mostSessions;

    public string Path { get; } = path;

    /// <summary>Changes count from the next request on; what plays goes on as it began.</summary>
    public CameraKind Kind
    {
        get => kind;
        set => kind = value;
    }

    /// <summary>Connections on which a request named this camera, ever.</summary>
    public long Connections => Interlocked.Read(ref connectionsSeen);

    public long Requests => Interlocked.Read(ref requests);

    /// <summary>Frames sent to all sessions, those counted in of which every packet was lost.</summary>
    public long Frames => Interlocked.Read(ref frames);

    /// <summary>Those of them of which at least one packet was sent.</summary>
    public long FramesSent => Interlocked.Read(ref framesSent);

    /// <summary>RTP packets sent to all sessions.</summary>
    public long Packets => Interlocked.Read(ref packets);

    /// <summary>RTP packets lost on purpose.</summary>
    public long Lost => Interlocked.Read(ref lost);

    /// <summary>Sessions open now: set up, and neither torn down nor disconnected.</summary>
    public int Sessions
    {
        get
        {
            lock (gate)
                return sessions;
        }
    }

    /// <summary>The most that were open at once.</summary>
    public int MostSessions
    {
        get
        {
            lock (gate)
                return mostSessions;
        }
    }

    /// <summary>Its connections are reset, and every new one as soon as it names this camera, until <see cref="Restore"/>.</summary>
    public void Cut()
    {
        RtspConnection[] open;
        lock (gate)
        {
            isCut = true;
            open = [.. connections.Keys];
        }
        foreach (var connection in open)
            connection.Reset();
    }

    /// <summary>Every other new connection meets a camera of another kind, until <see cref="Restore"/>: gone at one look, back at the next.</summary>
    /// <param name="other">Without it, one that resets them.</param>
    public void Flap(CameraKind? other = null)
    {
        lock (gate)
            everyOther = other ?? CameraKind.Good with { Answers = AnswerFault.Reset };
    }

    public void Restore()
    {
        lock (gate)
            (isCut, everyOther) = (false, null);
    }

    /// <summary>A request came on this connection.</summary>
    /// <returns>What kind of camera it has met; null where it is to be reset.</returns>
    public CameraKind? Receive(RtspConnection connection)
    {
        Interlocked.Increment(ref requests);
        lock (gate)
        {
            if (!connections.TryGetValue(connection, out var other))
                connections[connection] = other = ++connectionsSeen % 2 == 0 ? everyOther : null;
            var met = other ?? kind;
            return isCut || met.Answers == AnswerFault.Reset ? null : met;
        }
    }

    public void Leave(RtspConnection connection)
    {
        lock (gate)
            connections.Remove(connection);
    }

    /// <returns>false when all are taken.</returns>
    public bool TryOpenSession()
    {
        lock (gate)
        {
            if (sessions >= kind.SessionLimit)
                return false;
            mostSessions = Math.Max(mostSessions, ++sessions);
            return true;
        }
    }

    public void CloseSession()
    {
        lock (gate)
            sessions--;
    }

    /// <returns>How many there were before.</returns>
    public int CountPlayback() => Interlocked.Increment(ref playbacks) - 1;

    public void CountFrame(int sent, int dropped)
    {
        Interlocked.Increment(ref frames);
        if (sent > 0)
            Interlocked.Increment(ref framesSent);
        Interlocked.Add(ref packets, sent);
        Interlocked.Add(ref lost, dropped);
    }
}
