using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

public class IncidentNumberTests
{
    [TestCase(0, "VX-000000")]
    [TestCase(31, "VX-00000Z")]
    [TestCase(32, "VX-000010")]
    [TestCase(IncidentNumber.Lowest, "VX-100000")]
    [TestCase((1L << 30) - 1, "VX-ZZZZZZ")]
    [TestCase(1L << 30, "VX-1000000")]
    public void A_number_is_six_digits_or_what_it_takes(long id, string expected) => Assert.That(IncidentNumber.Format(id), Is.EqualTo(expected));

    [Test]
    public void What_is_written_is_read_back()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var id = random.NextInt64(1L << random.Next(1, 60));
            Assert.That(IncidentNumber.Parse(IncidentNumber.Format(id)), Is.EqualTo(id));
            Assert.That(IncidentNumber.Parse(IncidentNumber.Format(id).ToLowerInvariant()), Is.EqualTo(id));
        }
    }

    [TestCase("VX-O0o000")]
    [TestCase("vx-000000")]
    public void The_letter_O_is_read_as_zero(string text) => Assert.That(IncidentNumber.Parse(text), Is.Zero);

    [Test]
    public void The_letters_I_and_L_are_read_as_one() => Assert.That(IncidentNumber.Parse("VX-IiLl11"), Is.EqualTo(IncidentNumber.Parse("VX-111111")));

    [Test]
    public void No_letter_that_looks_like_another_is_written()
    {
        var written = string.Concat(Enumerable.Range(0, 32).Select(i => IncidentNumber.Format(i)[^1]));
        Assert.That(written, Is.Unique.And.Length.EqualTo(32));
        Assert.That(written.Intersect("OILU"), Is.Empty);
    }

    [TestCase("")]
    [TestCase("VX-")]
    [TestCase("VX-12345")]
    [TestCase("XV-123456")]
    [TestCase("VX_123456")]
    [TestCase("VX-12345U")]
    [TestCase("VX-12345*")]
    [TestCase("VX-12345ü")]
    [TestCase("VX-1234567890123")]
    public void What_is_no_number_is_none(string text) => Assert.That(IncidentNumber.Parse(text), Is.Null);
}
