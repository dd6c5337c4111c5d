using NUnit.Framework;
using Verolux.Exporter.Site.Cameras;

namespace Verolux.Exporter.Tests.Site.Cameras;

/// <summary>The worked examples of the RFCs.</summary>
public class DigestTests
{
    const string Nonce7616 = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const string ClientNonce7616 = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

    // Section 2.4, with the answer of erratum 749: the one printed is wrong.
    [Test]
    public void RFC_2069() => Assert.That(
        Digest.Response(false, "Mufasa", "testrealm@host.com", "CircleOfLife", "GET", "/dir/index.html", "dcd98b7102dd2f0e8b11d0f600bfb0c093"),
        Is.EqualTo("1949323746fe6a43ef61f9606e7febea"));

    // Section 3.5.
    [Test]
    public void RFC_2617() => Assert.That(
        Digest.Response(false, "Mufasa", "testrealm@host.com", "Circle Of Life", "GET", "/dir/index.html", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "00000001", "0a4f113b"),
        Is.EqualTo("6629fae49393a05397450978507c4ef1"));

    // Section 3.9.1.
    [TestCase(false, "8ca523f5e9506fed4657c9700eebdbec")]
    [TestCase(true, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    public void RFC_7616(bool sha256, string response) => Assert.That(
        Digest.Response(sha256, "Mufasa", "http-auth@example.org", "Circle of Life", "GET", "/dir/index.html", Nonce7616, "00000001", ClientNonce7616),
        Is.EqualTo(response));
}
