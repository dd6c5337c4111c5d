namespace Verolux.Exporter.Cameras.Rtp;

/// <summary>How a stream is encoded, as far as its packets can be read without decoding them.</summary>
enum Codec
{
    H264,
    H265,
    Jpeg,
    Other,
}
