using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>What DESCRIBE answers (RFC 8866, with the fmtp of RFC 6184 section 8.2.1 and RFC 7798 section 7.2.1), once for all cameras of a kind.</summary>
static class Sdp
{
    /// <summary>What the video's control attribute says.</summary>
    public const string Control = "track0";

    static readonly ConditionalWeakTable<CameraKind, byte[]> Written = [];

    public static byte[] Of(CameraKind kind) => Written.GetValue(kind, static k => Encoding.ASCII.GetBytes(Write(k)));

    static string Write(CameraKind kind)
    {
        const string Session = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Simulated camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\na=range:npt=now-\r\n";
        return kind.Description switch
        {
            SdpFault.NoMedia => Session,
            SdpFault.ThousandMedia => $"{Session}{string.Concat(Enumerable.Range(1, 999).Select(Audio))}{Video(kind)}",
            SdpFault.SecondVideo => $"{Session}{Video(kind)}m=video 0 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\na=control:track1\r\n",
            _ => $"{Session}{Video(kind)}",
        };
    }

    static string Audio(int track) => $"m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:track{track}\r\n";

    static string Video(CameraKind kind)
    {
        var clip = Clip.Of(kind.Codec, kind.Scene);
        var type = Rtp.PayloadType(kind.Codec);
        var name = kind.Codec == Codec.Mjpeg ? "JPEG" : kind.Codec.ToString();
        var clock = kind.Description == SdpFault.NegativeClock ? -Rtp.Clock : Rtp.Clock;
        var fps = (kind.DeclaredFps ?? kind.Fps).ToString(CultureInfo.InvariantCulture);
        var sets = clip.ParameterSets.Select(Convert.ToBase64String).ToList();
        var format = kind.Codec switch
        {
            Codec.H264 => $"a=fmtp:{type} packetization-mode=1;profile-level-id={Convert.ToHexString(clip.ParameterSets[0].AsSpan(1, 3))};sprop-parameter-sets={sets[0]},{sets[1]}\r\n",
            Codec.H265 => $"a=fmtp:{type} sprop-vps={sets[0]};sprop-sps={sets[1]};sprop-pps={sets[2]}\r\n",
            _ => "",
        };
        return $"m=video 0 RTP/AVP {type}\r\na=rtpmap:{type} {name}/{clock}\r\n{format}a=framerate:{fps}\r\na=control:{Control}\r\n";
    }
}
