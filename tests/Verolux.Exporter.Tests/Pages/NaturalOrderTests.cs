using NUnit.Framework;
using Verolux.Exporter.Pages;

namespace Verolux.Exporter.Tests.Pages;

public class NaturalOrderTests
{
    static readonly string[] Ordered =
    [
        "", "07", "7", "8", "10", "10a", "10b2", "10b10", "Yard 3", "a", "a0", "a01", "a1", "a1b", "a2", "gate_a1", "gate_a2", "gate_a10", "gate_b1", "yard_2", "yard_10", "yard_10_2", "yard_99999999999999999999", "yard_100000000000000000000", "\u0663",
    ];

    [Test]
    public void Numbers_in_names_are_numbers_of_any_length() => Assert.That(Ordered.Reverse().Order(NaturalOrder.Instance), Is.EqualTo(Ordered));

    [Test]
    public void Any_two_names_have_one_order()
    {
        foreach (var x in Ordered)
        {
            foreach (var y in Ordered)
            {
                Assert.That(Math.Sign(NaturalOrder.Instance.Compare(x, y)), Is.EqualTo(Math.Sign(Array.IndexOf(Ordered, x).CompareTo(Array.IndexOf(Ordered, y)))), $"{x} and {y}");
                Assert.That(NaturalOrder.Instance.Compare(x, y), Is.EqualTo(-NaturalOrder.Instance.Compare(y, x)));
            }
        }
    }
}
