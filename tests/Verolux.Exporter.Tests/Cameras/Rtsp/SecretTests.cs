using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Cameras.Rtsp;
using static Verolux.Exporter.Tests.Cameras.Rtsp.Conversation;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>A camera that says back what it was told: nothing of it reaches a sentence, in no form.</summary>
public class SecretTests
{
    static readonly string Base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));
    static readonly string[] Forms = [Password, Base64, Uri.EscapeDataString(Password), Uri.EscapeDataString(Password).ToLowerInvariant(), Password.ToUpperInvariant()];

    static IEnumerable<TestCaseData> Places()
    {
        foreach (var (secret, i) in Forms.Select((f, i) => (f, i)))
        {
            TestCaseData Place(string where, string answer) => new TestCaseData(answer).SetArgDisplayNames($"{where}, form {i}");
            yield return Place("reason", Status($"500 {secret}"));
            yield return Place("reason, at the cut", Status($"500 {new string('x', 115)}{secret}"));
            yield return Place("reason, twice", Status($"500 {secret}{secret}"));
            yield return Place("realm", Unauthorized($"Digest realm=\"{secret}\", nonce=\"n\""));
            yield return Place("realm, escaped", Unauthorized($"Digest realm=\"{secret.Insert(3, "\\")}\", nonce=\"n\""));
            yield return Place("scheme", Unauthorized($"{secret} x"));
            yield return Place("location's path", Status("302 Found", $"Location: rtsp://h/{secret}\r\n"));
            yield return Place("location's host", Status("302 Found", $"Location: rtsp://{secret}/\r\n"));
            yield return Place("location's user", Status("302 Found", $"Location: rtsp://{User}:{secret}@h/\r\n"));
            yield return Place("garbage", $"\u0001 {secret}");
            yield return Place("garbage, at the cut", $"\u0001{new string('x', 20)}{secret}");
            yield return Place("garbage, not all of it there", $"\u0001{secret[..^1]}");
            yield return Place("no status", $"RTSP/1.0 {secret}\r\n\r\n");
            yield return Place("CSeq", $"RTSP/1.0 200 OK\r\nCSeq: {secret}\r\n\r\n");
            yield return Place("Content-Length", $"RTSP/1.0 200 OK\r\nCSeq: {{cseq}}\r\nContent-Length: {secret}\r\n\r\n");
            yield return Place("codec", WithBody(Sdp.Replace("H264", secret)));
            yield return Place("control", WithBody(Sdp.Replace("trackID=1", $"a b {secret}").Replace("control:*", $"control:a b {secret}")));
            yield return Place("body", WithBody(secret));
        }
        yield return new TestCaseData("echo").SetArgDisplayNames("the whole request as garbage");
    }

    [TestCaseSource(nameof(Places))]
    public async Task What_was_told_in_confidence_is_in_no_sentence(string answer)
    {
        foreach (var challenge in (string[])["Basic realm=\"x\"", "Digest realm=\"x\", nonce=\"y\""])
        {
            await using var talk = new Conversation(
                new ScriptedStream((request, number) => number switch
                {
                    1 => Encoding.Latin1.GetBytes(Unauthorized(challenge).Replace("{cseq}", "1")),
                    2 => Encoding.Latin1.GetBytes(Ok.Replace("{cseq}", "2")),
                    _ => Encoding.Latin1.GetBytes(answer == "echo" ? $"\u0001 {ScriptedStream.Requested(request, "Authorization")}\r\n\r\n" : answer.Replace("{cseq}", ScriptedStream.Requested(request, "CSeq"))),
                }),
                credentials: true);
            var failure = await talk.DescribeAsync();
            foreach (var sentence in (string[])[failure?.Detail ?? "", .. talk.Trace.Steps.Select(s => s.Said)])
            {
                // Half of it is too much already.
                foreach (var form in Forms)
                    Assert.That(sentence, Does.Not.Contain(form[..(form.Length / 2)]).IgnoreCase.And.Not.Contain(form[(form.Length / 2)..]).IgnoreCase);
            }
        }
    }

    [Test]
    public async Task A_password_that_is_not_ascii_is_known_in_the_camera_s_bytes()
    {
        await using var connection = new RtspConnection(ScriptedStream.Saying("RTSP/1.0 500 pÃ¤ss\r\n\r\n"), User, "päss", null);
        var answer = await connection.SendAsync("DESCRIBE", "rtsp://h/", "", CancellationToken.None);
        Assert.That(connection.Quote(answer.Reason), Is.EqualTo("***"));
    }

    [Test]
    public async Task A_password_that_is_part_of_its_own_base_64_hides_neither_less()
    {
        // "YWRtaW46YQ==" for admin:a, and "a" is in it.
        await using var connection = new RtspConnection(ScriptedStream.Saying(), User, "a", null);
        Assert.That(connection.Quote("x YWRtaW46YQ== x"), Is.EqualTo("x *** x"));
    }
}
