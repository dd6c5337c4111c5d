using System.Text;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>An answer but for its CSeq (RFC 2326 section 7).</summary>
/// <param name="Headers">Whole lines.</param>
/// <param name="Length">What Content-Length says; the truth unless a camera lies.</param>
sealed record RtspAnswer(int Status, string Headers = "", byte[]? Body = null, long? Length = null)
{
    public byte[] ToBytes(string? cseq)
    {
        var head = new StringBuilder($"RTSP/1.0 {Status} {Reason}\r\n");
        if (cseq is not null)
            head.Append("CSeq: ").Append(cseq).Append("\r\n");
        head.Append(Headers);
        if (Body is not null)
            head.Append("Content-Length: ").Append(Length ?? Body.Length).Append("\r\n");
        head.Append("\r\n");
        return [.. Encoding.ASCII.GetBytes(head.ToString()), .. Body ?? []];
    }

    string Reason => Status switch
    {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Stream Not Found",
        453 => "Not Enough Bandwidth",
        454 => "Session Not Found",
        455 => "Method Not Valid in This State",
        461 => "Unsupported Transport",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "RTSP Version Not Supported",
    };
}
