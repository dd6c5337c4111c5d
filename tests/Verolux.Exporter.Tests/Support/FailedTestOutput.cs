using System.Collections.Concurrent;
using NUnit.Framework;
using NUnit.Framework.Interfaces;
using Verolux.Exporter.Tests.Support;

[assembly: FailedTestOutput]

namespace Verolux.Exporter.Tests.Support;

/// <summary>
/// What a test wants shown if it fails. A program is disposed of before the outcome of its test is known, and the runner prints what passing tests write,
/// too: so the text is kept until the test is over.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
sealed class FailedTestOutputAttribute : TestActionAttribute
{
    public override ActionTargets Targets => ActionTargets.Test;

    public override void AfterTest(ITest test)
    {
        if (FailedTestOutput.Take(test.Id) is { } text && TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
            TestContext.Out.WriteLine(text);
    }
}

static class FailedTestOutput
{
    static readonly ConcurrentDictionary<string, string> Kept = new();

    public static void Keep(string text) => Kept.AddOrUpdate(TestContext.CurrentContext.Test.ID, text, (_, before) => $"{before}\n{text}");

    public static string? Take(string test) => Kept.TryRemove(test, out var text) ? text : null;
}
