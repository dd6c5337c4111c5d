using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

public class SymptomsTests
{
    // Each fits into the engine's limit, and three of them together don't.
    const string Large = "(?:a{1,50}b){1,80}";

    [TestCase("DiskFull", "(?i)disk")]
    [TestCase("disk_is_full", "(?i)disk", Description = "the first of two")]
    [TestCase("volume_full", "full$")]
    [TestCase("FULL", null, Description = "what one says of upper and lower case holds for no other")]
    [TestCase("FULL_DISK", "(?i)disk")]
    [TestCase("alpha", "^al|pha$")]
    [TestCase("xalphax", null)]
    public void The_first_that_is_in_the_name_is_told(string alertname, string? symptom) =>
        Assert.That(new Symptoms(["(?i)disk", "full$", "^al|pha$"]).In(alertname), Is.EqualTo(symptom));

    [Test]
    public void Without_any_no_name_has_one()
    {
        Assert.That(new Symptoms([]).In("DiskFull"), Is.Null);
        Assert.That(new Symptoms([]).In(""), Is.Null);
    }

    [Test]
    public void What_is_too_large_together_is_asked_one_by_one()
    {
        var symptoms = new Symptoms([Large, Large.Replace('a', 'c'), Large.Replace('a', 'd')]);
        Assert.That(symptoms.Unusable, Is.Empty);
        Assert.That(symptoms.In("ccb"), Is.EqualTo(symptoms.Patterns[1]));
        Assert.That(symptoms.In("cc"), Is.Null);
    }

    [TestCase("(?x) free # a comment to the end")]
    [TestCase("(?x) free # a comment to the end\n")]
    public void One_with_a_comment_takes_nothing_from_the_others(string commented)
    {
        var symptoms = new Symptoms(["disk", commented, "full"]);
        Assert.That(symptoms.Unusable, Is.Empty);
        Assert.That(((string[])["disk", "free", "full", "comment"]).Select(symptoms.In), Is.EqualTo(new[] { "disk", commented, "full", null }));
    }

    [Test]
    public void Of_many_only_those_that_can_not_be_used_are_told()
    {
        string[] wrong = ["disk(", "disk)|(full", "(?=disk)", "(disk)\\1", "(?<!a)b", "(?:a{1,50}b){1,800}"];
        Assert.That(new Symptoms(["disk", .. wrong, "full"]).Unusable.Select(symptom => symptom.Pattern), Is.EqualTo(wrong));
    }
}
