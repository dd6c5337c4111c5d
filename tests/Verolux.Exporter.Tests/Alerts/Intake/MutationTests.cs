using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Tests.Alerts.Intake;

/// <summary>Bodies broken at random: whatever comes, it is either told not to be JSON or read, with every alert found or kept as it came.</summary>
[CancelAfter(60_000)]
public class MutationTests
{
    const int Count = 20_000;
    static readonly string[] Pieces = ["\"", "\\", "\\ud800", "\\u0000", "{", "}", "[", "]", ",", ":", "null", "1e999", "\"labels\":{}", "\"alerts\":[", "\u00fc", "\ufffd", " ", "\"alertname\":7,"];

    [TestCase(1)]
    [TestCase(2)]
    public void Nothing_but_a_JsonException_or_a_result_comes_of_a_broken_body(int seed)
    {
        var random = new Random(seed);
        var sound = Bodies.Utf8(Bodies.With("\"routeLabels\":{\"\\u0061\":\"b\"},", Bodies.Alert(), Bodies.Resolved(), Bodies.Alert("""{"alertname":"\u0041ü","x":"\"\\"}""")));
        var reader = new AlertReader(["replica"]);
        var (read, refused) = (0, 0);
        for (var i = 0; i < Count; i++)
        {
            var body = Mutate(sound, random);
            try
            {
                var notification = Notification.Parse(body, reader);
                Assert.That(notification.Alerts.TrueForAll(a => a.Name.Length > 0 && a.Raw.Length > 0));
                read++;
            }
            catch (JsonException)
            {
                refused++;
            }
            catch (Exception error) when (error is not AssertionException)
            {
                Assert.Fail($"body {i} of seed {seed}: {error.GetType().Name} for {Convert.ToBase64String(body)}");
            }
        }
        // Both happen often, or the mutations would test nothing.
        Assert.That(Math.Min(read, refused), Is.GreaterThan(Count / 20));
    }

    static byte[] Mutate(byte[] sound, Random random)
    {
        var body = new List<byte>(sound);
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(5))
            {
                case 0:
                    body[at] = (byte)random.Next(256);
                    break;
                case 1:
                    body.RemoveRange(at, Math.Min(random.Next(1, 8), body.Count - at - 1));
                    break;
                case 2:
                    body.InsertRange(at, Bodies.Utf8(Pieces[random.Next(Pieces.Length)]));
                    break;
                case 3:
                    var length = Math.Min(random.Next(1, 40), body.Count - at);
                    body.InsertRange(random.Next(body.Count), body.GetRange(at, length));
                    break;
                default:
                    // Within a text, where JSON stays JSON.
                    if (body[at] is > (byte)'a' and < (byte)'z')
                        body[at] = (byte)random.Next('A', 'z');
                    break;
            }
        }
        return [.. body];
    }
}
