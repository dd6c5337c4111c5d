using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Cameras.Rtsp;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>The worked examples of the RFCs, and what they leave out.</summary>
public class DigestTests
{
    const string Nonce2617 = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
    const string Nonce7616 = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const string ClientNonce7616 = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    const string Realm7616 = "http-auth@example.org";

    [Test]
    public void The_example_of_rfc_2617_section_3_5_gives_its_response() =>
        Assert.That(
            Answer($"""Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="{Nonce2617}", opaque="5ccc069c403ebaf9f0171e9517f40e41" """, "Circle Of Life", "0a4f113b"),
            Is.EqualTo($"""Digest username="Mufasa", realm="testrealm@host.com", nonce="{Nonce2617}", uri="/dir/index.html", response="6629fae49393a05397450978507c4ef1", """
                + """opaque="5ccc069c403ebaf9f0171e9517f40e41", qop=auth, nc=00000001, cnonce="0a4f113b" """.TrimEnd()));

    // The example of RFC 2069, section 2.4, with the response that its errata give.
    [Test]
    public void The_example_of_rfc_2069_gives_its_response() =>
        Assert.That(
            Answer($"""Digest realm="testrealm@host.com", nonce="{Nonce2617}", opaque="5ccc069c403ebaf9f0171e9517f40e41" """, "CircleOfLife", "unused"),
            Is.EqualTo($"""Digest username="Mufasa", realm="testrealm@host.com", nonce="{Nonce2617}", uri="/dir/index.html", response="1949323746fe6a43ef61f9606e7febea", """
                + """opaque="5ccc069c403ebaf9f0171e9517f40e41" """.TrimEnd()));

    // The first two are the RFC's own, the others were computed by other means.
    [TestCase("MD5", "auth, auth-int", "8ca523f5e9506fed4657c9700eebdbec")]
    [TestCase("SHA-256", "auth, auth-int", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    [TestCase("MD5", "auth-int", "8804a53d3640a40a4f73cea12c5ba451")]
    [TestCase("MD5-sess", "auth", "e783283f46242139c486a698fec7211d")]
    [TestCase("MD5-sess", "auth-int", "200cda1c37eb927016d1f97f2c0f04f6")]
    [TestCase("MD5-sess", "", "37a7f42db2090a3fcac4e26e747d4fc8")]
    [TestCase("SHA-256", "auth-int", "8bdf6f15638e260831e905028de5450562816d093c9bfc5c13d3a46adcdde940")]
    [TestCase("SHA-256-sess", "auth", "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7")]
    [TestCase("SHA-256-SESS", "auth-int", "3c19fbb1d58d0c5baff1a2ef49d847b5d0dfd7e3252b355d978d3af7d895912b")]
    [TestCase("sha-256", "", "a1306b0595a6c7fe96c448631fb5cfbd5107bd1fe1da729d978dd7446b812363")]
    public void The_example_of_rfc_7616_gives_its_response(string algorithm, string qop, string response)
    {
        var offered = qop.Length > 0 ? $", qop=\"{qop}\"" : "";
        var answer = Parsed(Answer($"""Digest realm="{Realm7616}"{offered}, algorithm={algorithm}, nonce="{Nonce7616}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS" """, "Circle of Life", ClientNonce7616));
        Assert.That(answer["response"], Is.EqualTo(response));
        Assert.That((answer["algorithm"], answer["opaque"], answer["nonce"]), Is.EqualTo((algorithm, "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", Nonce7616)));
    }

    [TestCase("SHA-256", "a947aad205e80e429958a387394944c6b496301e79f89d35a4cc23b6ee12b5b6", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    [TestCase("MD5", "4238f3a16167373febb9bc4d43db9cc4", "8ca523f5e9506fed4657c9700eebdbec")]
    public void A_camera_that_wants_the_user_hashed_is_not_told_its_name(string algorithm, string user, string response)
    {
        var answer = Answer($"""Digest realm="{Realm7616}", qop="auth", algorithm={algorithm}, nonce="{Nonce7616}", userhash=true""", "Circle of Life", ClientNonce7616);
        Assert.That((Parsed(answer)["username"], Parsed(answer)["response"], Parsed(answer)["userhash"]), Is.EqualTo((user, response, "true")));
        Assert.That(answer, Does.Not.Contain("Mufasa"));
    }

    [Test]
    public void Quotes_and_backslashes_in_a_realm_go_back_as_they_came()
    {
        var answer = Answer("""Digest realm="a \"b\" \\c", nonce="n\"1" """, "p", "c");
        Assert.That(answer, Does.Contain("""realm="a \"b\" \\c", nonce="n\"1",""").And.Contain("uri=\"/dir/index.html\""));
        Assert.That((Parsed(answer)["realm"], Parsed(answer)["nonce"]), Is.EqualTo(("a \"b\" \\c", "n\"1")));
    }

    // A camera hashes the bytes that it sent, whatever they mean.
    [Test]
    public async Task Names_that_are_not_ascii_are_hashed_and_sent_back_byte_for_byte()
    {
        var bytes = new List<byte[]>();
        var stream = new ScriptedStream((request, number) =>
        {
            bytes.Add(Encoding.Latin1.GetBytes(request));
            return Encoding.UTF8.GetBytes($"RTSP/1.0 {(number == 1 ? 401 : 200)} -\r\nWWW-Authenticate: Digest realm=\"摄像机\", nonce=\"abc\"\r\n\r\n");
        });
        await using var connection = new RtspConnection(stream, "jürgen", "pässwörd", null);
        await connection.SendAsync("DESCRIBE", "rtsp://10.0.0.7/stream1", "", CancellationToken.None);
        Assert.That(Encoding.UTF8.GetString(bytes[1]), Does.Contain("""username="jürgen", realm="摄像机", nonce="abc", uri="rtsp://10.0.0.7/stream1", response="630ec0076175884e65d8d8b9dda6a066" """.TrimEnd()));
    }

    [Test]
    public void Basic_is_user_colon_password_in_base_64() =>
        Assert.That(Challenge.Strongest(["Basic realm=\"x\""])!.Answer("Aladdin", "open sesame", "DESCRIBE", "rtsp://h/", 1), Is.EqualTo("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));

    [Test]
    public void Client_nonces_are_fresh() => Assert.That(Enumerable.Range(0, 100).Select(_ => Digest.FreshNonce()).Distinct().Count(), Is.EqualTo(100));

    [Test]
    public void Several_challenges_may_share_a_header()
    {
        var all = Challenge.Parse("""Basic realm="a, b", Digest realm="c" , nonce = "n1",qop="auth,auth-int", stale=TRUE, algorithm=SHA-256,Negotiate, Bearer abc==""");
        Assert.That(all.Select(c => c.Scheme), Is.EqualTo(new[] { "Basic", "Digest", "Negotiate", "Bearer" }));
        Assert.That((all[0].Realm, all[1].Realm, all[1].Nonce, all[1].Stale, all[0].Stale), Is.EqualTo(("a, b", "c", "n1", true, false)));
        Assert.That(all[1].Parameters["qop"], Is.EqualTo("auth,auth-int"));
    }

    [TestCase("""Basic realm="r", Digest realm="r", nonce="md5", Digest realm="r", nonce="sha", algorithm=SHA-256""", "sha")]
    [TestCase("""Digest realm="r", nonce="sha", algorithm="SHA-256" | Digest realm="r", nonce="md5" | Basic realm="r" """, "sha")]
    [TestCase("""Basic realm="r" | Digest realm="r", nonce="md5", algorithm=MD5""", "md5")]
    [TestCase("""Digest realm="r", nonce="x", algorithm=SHA-512-256 | Digest realm="r", nonce="md5", algorithm=MD5-sess""", "md5")]
    [TestCase("""Digest realm="r", nonce="x", algorithm=ROT13 | Basic realm="r" """, "")]
    [TestCase("""Digest realm="r" | BASIC realm="r" """, "")]
    [TestCase("""digest realm="r", NONCE="md5" | Negotiate | NTLM""", "md5")]
    [TestCase("""Digest realm="r", nonce="md5", algorithm=""", "md5")]
    public void The_strongest_that_is_known_wins(string headers, string nonce) => Assert.That(Challenge.Strongest(headers.Split('|').Select(h => h.Trim()))?.Nonce, Is.EqualTo(nonce));

    [TestCase("")]
    [TestCase("   ,,, ")]
    [TestCase("=")]
    [TestCase("=\"")]
    [TestCase("Negotiate")]
    [TestCase("Digest")]
    [TestCase("Digest realm=\"no nonce\"")]
    [TestCase("Digest nonce=\"\"")]
    [TestCase("Digest realm=\"never ends, nonce=abc")]
    [TestCase("Digest nonce=\"x\", algorithm=AKAv1-MD5")]
    [TestCase("\"Digest\" nonce=abc")]
    public void What_can_not_be_answered_is_none(string header) => Assert.That(Challenge.Strongest([header]), Is.Null);

    [TestCase("Digest realm=\"r\", nonce=\"never ends", "never ends")]
    [TestCase("Digest realm=r,nonce=bare", "bare")]
    [TestCase("Digest realm=\"r\" nonce=\"without commas\"", "without commas")]
    [TestCase("Digest realm=\"r\",,,, nonce=\"x\\", "x\\")]
    [TestCase("Digest\tnonce\t=\t\"tabs\"", "tabs")]
    [TestCase("Digest nonce=\"first\", nonce=\"second\"", "first")]
    public void Sloppy_challenges_are_understood(string header, string nonce) => Assert.That(Challenge.Strongest([header])?.Nonce, Is.EqualTo(nonce));

    [Test]
    public void A_header_with_thousands_of_challenges_and_parameters_yields_few()
    {
        Assert.That(Challenge.Parse(string.Concat(Enumerable.Range(0, 5000).Select(i => $"Scheme{i}, "))), Has.Count.EqualTo(32));
        Assert.That(Challenge.Parse("Digest " + string.Join(',', Enumerable.Range(0, 5000).Select(i => $"p{i}=1")))[0].Parameters, Has.Count.EqualTo(32));
    }

    static string Answer(string header, string password, string clientNonce) =>
        Digest.Answer(Challenge.Strongest([header])!.Parameters, "Mufasa", password, "GET", "/dir/index.html", 1, clientNonce);

    static IReadOnlyDictionary<string, string> Parsed(string authorization) => Challenge.Parse(authorization)[0].Parameters;
}
