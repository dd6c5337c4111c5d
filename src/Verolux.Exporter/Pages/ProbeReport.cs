using System.Globalization;
using System.Text;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Pages;

/// <summary>What came of looking at one target, as a person wants to read it: each step, what it means, and what to do next.</summary>
static class ProbeReport
{
    const int NameWidth = 12;
    const int TookWidth = 10;

    /// <summary>One look: how it ended, and its steps.</summary>
    public static string Of(string check, Seen seen)
    {
        var report = new StringBuilder();
        report.Append(check).Append(": ").AppendLine(seen.Failure is { } failure ? $"failed, {failure.Reason}" : "good");
        foreach (var step in seen.Steps)
            report.Append("  ").Append(step.Name.PadRight(NameWidth)).Append(Milliseconds(step.Took).PadLeft(TookWidth)).Append("  ").AppendLine(Printable.Line(step.Said));
        // A failure that has no step of its own, such as a password that can't be read.
        if (seen.Failure is { } reason && seen.Steps.All(s => s.Said != reason.Detail))
            report.Append("  ").AppendLine(Printable.Line(reason.Detail));
        return report.ToString();
    }

    /// <summary>What the looks point to.</summary>
    /// <param name="link">Where the runbook's page is.</param>
    public static string Of(Weighing weighing, string link, bool failed)
    {
        if (weighing.Likeliest is not { } likeliest)
            return failed ? $"No scenario of the runbook fits; begin with its triage: {link}\n" : "Nothing points to a problem.\n";
        var report = new StringBuilder();
        report.Append("Points to ").AppendLine(likeliest.Scenario.Title).Append("  ").Append(link).Append('#').AppendLine(likeliest.Scenario.Id);
        foreach (var finding in likeliest.Findings)
            report.Append("  because ").AppendLine(Printable.Line(finding.Text()));
        return report.ToString();
    }

    static string Milliseconds(TimeSpan took) => took.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture) + " ms";
}
