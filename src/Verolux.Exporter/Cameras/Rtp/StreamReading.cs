namespace Verolux.Exporter.Cameras.Rtp;

/// <summary>What a <see cref="StreamMeter"/> has measured so far.</summary>
/// <param name="Packets">Received, each once.</param>
/// <param name="Frames">Different timestamps, whether or not each frame is whole.</param>
/// <param name="FramesPerSecond">By the stream's own clock; null while there are too few frames to tell.</param>
/// <param name="BytesPerSecond">Whole RTP packets; null likewise.</param>
/// <param name="LostRatio">Of the packets expected, from 0 to 1; null before the first.</param>
/// <param name="Jitter">Seconds, RFC 3550, section 6.4.1; null before the second packet.</param>
/// <param name="KeyframeInterval">Between the newest two key frames; null until two were seen, and always for a codec in which every frame is one.</param>
/// <param name="Rejected">Packets that are no RTP, or whose sequence number fits nothing.</param>
sealed record StreamReading(
    long Packets, long Frames, double? FramesPerSecond, double? BytesPerSecond, double? LostRatio, double? Jitter, TimeSpan? KeyframeInterval, long Rejected);
