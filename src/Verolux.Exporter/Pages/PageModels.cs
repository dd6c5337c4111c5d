using System.Globalization;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Pages;

// The templates' generator makes them public, so their models are too: plain texts, made from what the service knows.

/// <summary>What the layout needs of a page.</summary>
/// <param name="Live">Whether the page changes while it is open, and keeps itself up to date.</param>
/// <param name="Waits">Whether something is under way that it waits for.</param>
public sealed record Head(string Title, bool Live = false, bool Waits = false);

/// <summary>A watched target for people.</summary>
/// <param name="State"><c>down</c>, <c>disabled</c>, <c>unknown</c> or <c>up</c>.</param>
public sealed record WatchedTarget(string Slice, string Name, string State, string Detail);

/// <summary>How many incidents of a severity are open.</summary>
public sealed record OpenIncidents(string Severity, int Count);

/// <summary>The first page: what is wrong, first.</summary>
/// <param name="Warnings">What is wrong with the way of an alert to here.</param>
public sealed record LandingModel(string Version, string Revision, string Site, IReadOnlyList<string> Warnings, IReadOnlyList<OpenIncidents> Incidents, IReadOnlyList<WatchedTarget> Targets)
{
    const int MostTargets = 500;
    static readonly string[] States = ["down", "unknown", "up", "disabled"];

    internal static LandingModel Of(IReadOnlyCollection<Watched> watches, Receiver receiver, string site) => new(
        ExporterMetrics.Version,
        ExporterMetrics.Revision.Length > 12 ? ExporterMetrics.Revision[..12] : ExporterMetrics.Revision,
        site,
        receiver.PathProblems(),
        [.. Enum.GetValues<Severity>().Except([Severity.None]).Select(s => new OpenIncidents(s.Label(), receiver.OpenOf(s)))],
        [.. watches.Select(Describe).OrderBy(t => Array.IndexOf(States, t.State)).ThenBy(t => t.Slice, StringComparer.Ordinal).ThenBy(t => t.Name, StringComparer.Ordinal).Take(MostTargets)]);

    static WatchedTarget Describe(Watched watched)
    {
        var name = watched.Name;
        return watched.Newest switch
        {
            null when watched.Watch.Interval == Watch.Never => new WatchedTarget(watched.Slice, name, "disabled", "switched off in the configuration"),
            null => new WatchedTarget(watched.Slice, name, "unknown", "not looked at yet"),
            { Failure: { } failure } newest => new WatchedTarget(watched.Slice, name, "down", $"{failure.Reason}: {failure.Detail} ({Time(newest.At)})"),
            { } newest => new WatchedTarget(watched.Slice, name, "up", $"answered at {Time(newest.At)}"),
        };
    }

    static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}

/// <summary>A runbook's page.</summary>
/// <param name="Failures">When it did not help somebody and was not gone through since.</param>
/// <param name="Html">Sanitised by the catalogue.</param>
public sealed record RunbookModel(
    string Title, string Severity, string Alert, string Owner, string LastReviewed, IReadOnlyList<FailedRunbookRow> Failures, IReadOnlyList<(string Id, string Title)> Sections, string Html)
{
    internal static RunbookModel Of(Runbook runbook, IReadOnlyList<FailedRunbookRow> failures) => new(
        runbook.Title, runbook.Severity.Label(), runbook.Alert, runbook.Owner, runbook.LastReviewed.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), failures, runbook.Sections, runbook.Html);
}

/// <summary>A runbook whose file has mistakes.</summary>
public sealed record BrokenModel(string Name, IReadOnlyList<string> Problems)
{
    internal static BrokenModel Of(BrokenRunbook runbook) => new(runbook.Name, [.. runbook.Problems.Select(p => p.ToString())]);
}

/// <summary>The index of the runbooks, which is also the policy.</summary>
/// <param name="Html">Sanitised by the catalogue.</param>
public sealed record IndexModel(IReadOnlyList<BrokenModel> Broken, IReadOnlyList<string> Problems, string Html)
{
    internal static IndexModel Of(Catalogue catalogue) => new(
        [.. catalogue.Broken.Select(BrokenModel.Of)],
        [.. catalogue.Problems.Except(catalogue.Broken.SelectMany(b => b.Problems)).Select(p => p.ToString())],
        catalogue.IndexHtml);
}
