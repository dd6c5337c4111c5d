using System.Globalization;
using Verolux.Exporter.Alerts.Drills;

namespace Verolux.Exporter.Pages;

/// <summary>A hop of the alerting path.</summary>
/// <param name="Remedy">Empty where nothing is to be changed.</param>
public sealed record DrillRow(bool Ok, string Seconds, string What, string Remedy);

/// <summary>The last test of the alerting path.</summary>
/// <param name="Message">What came of a request that was not done; empty otherwise.</param>
/// <param name="Began">When, and who began it; empty where there was none since the exporter has started.</param>
/// <param name="Result">In words; empty while it goes on.</param>
/// <param name="Works">Whether nothing has failed so far.</param>
/// <param name="Incident">The number of its incident, empty before there is one.</param>
/// <param name="NeedsName">Whether nobody knows who is looking, so that they have to say it themselves.</param>
public sealed record DrillModel(string Message, string Began, string Result, bool Works, string Incident, IReadOnlyList<DrillRow> Steps, bool NeedsName)
{
    public bool GoesOn => Began.Length > 0 && Result.Length == 0;

    internal static DrillModel Of(DrillReport? report, string message, bool needsName)
    {
        if (report is null)
            return new DrillModel(message, "", "", true, "", [], needsName);
        // First, so that nothing is missing of what has ended.
        var ended = report.EndedAt;
        var steps = report.Steps;
        var failures = steps.Count(s => !s.Ok);
        return new DrillModel(
            message,
            $"{IncidentView.Moment(report.StartedAt)}{(report.Who.Name.Length > 0 ? $", by {report.Who.Name}" : "")}",
            ended is not { } at ? "" : string.Create(
                CultureInfo.InvariantCulture, $"{(failures == 0 ? "The alerting path works" : $"{failures} of {steps.Count} steps failed")}, in {(at - report.StartedAt).TotalSeconds:0.0} s."),
            failures == 0,
            report.Incident ?? "",
            [.. steps.Select(s => new DrillRow(s.Ok, s.Seconds, s.What, s.Remedy ?? ""))],
            needsName);
    }
}
