using System.Net;
using NUnit.Framework;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Tests.Security;

public class ListenAddressTests
{
    [TestCase("", "127.0.0.1", 9877, true)]
    [TestCase("listen: 127.0.0.1:9000", "127.0.0.1", 9000, true)]
    [TestCase("listen: localhost:9877", "127.0.0.1", 9877, true)]
    [TestCase("listen: '[::1]:9877'", "::1", 9877, true)]
    [TestCase("listen: 0.0.0.0:9877", "0.0.0.0", 9877, false)]
    [TestCase("listen: '[::]:9877'", "::", 9877, false)]
    [TestCase("listen: 10.0.0.5:0", "10.0.0.5", 0, false)]
    public void An_address_is_read_with_its_port(string yaml, string address, int port, bool loopback)
    {
        var (listen, problems) = Read(yaml);
        Assert.That(problems, Is.Empty);
        Assert.That((listen.Address, listen.Port, listen.IsLoopback), Is.EqualTo((IPAddress.Parse(address), port, loopback)));
    }

    [Test]
    public void A_port_alone_is_every_address()
    {
        var (listen, problems) = Read("listen: ':9877'");
        Assert.That(problems, Is.Empty);
        Assert.That(listen.Address, Is.AnyOf(IPAddress.Any, IPAddress.IPv6Any));
        Assert.That(listen.IsLoopback, Is.False);
        Assert.That(listen.ToString(), Is.EqualTo(":9877"));
    }

    [TestCase("9877")]
    [TestCase("127.0.0.1")]
    [TestCase("127.0.0.1:65536")]
    [TestCase("127.0.0.1:-1")]
    [TestCase("127.0.0.1:http")]
    [TestCase("127.1:9877")]
    [TestCase("::1:9877")]
    [TestCase("[127.0.0.1]:9877")]
    [TestCase("verolux.example:9877")]
    public void Anything_else_is_a_problem_with_a_remedy(string text)
    {
        var (listen, problems) = Read($"listen: '{text}'");
        Assert.That(problems.Single().ToString(), Does.StartWith("verolux.yml:1: listen: ").And.Contain(text).And.Contain("write ADDRESS:PORT"));
        Assert.That(listen.IsLoopback, Is.True, "what stands in for a mistake is the safe default");
    }

    [Test]
    public void An_ipv6_address_prints_in_brackets() => Assert.That(Read("listen: '[::1]:80'").Listen.ToString(), Is.EqualTo("[::1]:80"));

    static (ListenAddress Listen, IReadOnlyList<Problem> Problems) Read(string yaml)
    {
        var problems = new Problems();
        var listen = ListenAddress.Read(Document.Parse(yaml, "verolux.yml", "/", problems).Root);
        return (listen, problems.All);
    }
}
