using NUnit.Framework;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Tests.Security;

/// <summary>Names that an exporter without credentials answers to.</summary>
public class OwnHostsTests
{
    static readonly Uri PublicUrl = new("http://verolux.example/");

    [TestCase("localhost")]
    [TestCase("LOCALHOST")]
    [TestCase("127.0.0.1")]
    [TestCase("127.1.2.3")]
    [TestCase("[::1]")]
    [TestCase("verolux.example")]
    [TestCase("")]
    public void Loopback_and_the_public_name_are_its_own(string host) => Assert.That(OwnHosts.IsOwn(host, PublicUrl), Is.True);

    [TestCase("evil.example")]
    [TestCase("localhost.evil.example")]
    [TestCase("10.0.0.1")]
    [TestCase("[2001:db8::1]")]
    public void A_name_that_only_leads_here_is_not(string host) => Assert.That(OwnHosts.IsOwn(host, PublicUrl), Is.False);
}
