using System.Collections.Concurrent;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>One access unit, ready to be sent.</summary>
/// <param name="IsKey">A picture that needs no other.</param>
/// <param name="Payloads">Of its RTP packets, in order; the last one bears the marker.</param>
/// <param name="Shift">How many frames later than it is sent it is shown; less than 0 for B frames.</param>
sealed record Frame(bool IsKey, IReadOnlyList<byte[]> Payloads, int Shift);

/// <summary>A short recording that cameras play for ever, shared by all of them. Clips/make-clips.sh says how it was made.</summary>
sealed class Clip
{
    static readonly ConcurrentDictionary<(Codec, Scene), Clip> Loaded = [];

    Clip(IReadOnlyList<Frame> frames, IReadOnlyList<byte[]> parameterSets)
    {
        (Frames, ParameterSets) = (frames, parameterSets);
        KeyFrames = [.. Enumerable.Range(0, frames.Count).Where(i => frames[i].IsKey)];
    }

    public IReadOnlyList<Frame> Frames { get; }

    /// <summary>Where in <see cref="Frames"/> it can begin.</summary>
    public IReadOnlyList<int> KeyFrames { get; }

    /// <summary>H.264: SPS, PPS. H.265: VPS, SPS, PPS. MJPEG: none.</summary>
    public IReadOnlyList<byte[]> ParameterSets { get; }

    /// <exception cref="ArgumentException">There is no such clip.</exception>
    public static Clip Of(Codec codec, Scene scene) => Loaded.GetOrAdd((codec, scene), static key => Load(key.Item1, key.Item2));

    static Clip Load(Codec codec, Scene scene)
    {
        var data = Resource($"{FileName(scene)}.{codec.ToString().ToLowerInvariant()}");
        if (codec == Codec.Mjpeg)
            return new Clip([.. JpegPayload.Pictures(data).Select(p => new Frame(true, JpegPayload.Packetize(p), 0))], []);
        var nalus = codec == Codec.H264 ? NalUnits.H264 : NalUnits.H265;
        var units = nalus.AccessUnits(data);
        return new Clip([.. units.Select((unit, i) => new Frame(unit.Exists(nalus.IsKey), nalus.Packetize(unit), scene == Scene.Reordered ? Shift(i) : 0))], [.. units[0].Where(nalus.IsParameterSet)]);
    }

    // A key frame every 25 frames, and between two of them eight times a P frame that is sent before the two B frames that are shown before it.
    static int Shift(int index) => (index % 25, index % 25 % 3) switch
    {
        (0, _) => 0,
        (_, 1) => 2,
        _ => -1,
    };

    static string FileName(Scene scene) => scene == Scene.NoisyStill ? "noisy_still" : scene.ToString().ToLowerInvariant();

    static byte[] Resource(string name)
    {
        using var stream = typeof(Clip).Assembly.GetManifestResourceStream($"Clips/{name}") ?? throw new ArgumentException($"there is no clip {name}: Clips/make-clips.sh makes them");
        var data = new byte[stream.Length];
        stream.ReadExactly(data);
        return data;
    }
}
