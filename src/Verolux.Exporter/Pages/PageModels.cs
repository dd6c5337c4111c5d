using System.Globalization;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Pages;

// The templates' generator makes them public, so their models are too: plain texts, made from what the service knows.

/// <summary>What the layout needs of a page.</summary>
/// <param name="Live">Whether the page changes while it is open, and keeps itself up to date.</param>
/// <param name="Part">The address of the part of the pages that it belongs to; empty for none.</param>
/// <param name="Waits">Whether something is under way that it waits for.</param>
public sealed record Head(string Title, string Part = "", bool Live = false, bool Waits = false)
{
    public static readonly (string Address, string Name)[] Parts = [("/", "Overview"), ("/incidents", "Incidents"), ("/cameras", "Cameras"), ("/runbooks", "Runbooks")];
}

/// <summary>A runbook's page.</summary>
/// <param name="Failures">When it did not help somebody and was not gone through since.</param>
/// <param name="Scenarios">Those that it tells apart.</param>
/// <param name="Html">Sanitised by the catalogue.</param>
public sealed record RunbookModel(
    string Title, string Severity, string Alert, string Owner, string LastReviewed, IReadOnlyList<FailedRunbookRow> Failures, IReadOnlyList<(string Id, string Title)> Sections, IReadOnlyList<(string Id, string Title)> Scenarios,
    string Html)
{
    internal static RunbookModel Of(Runbook runbook, IReadOnlyList<FailedRunbookRow> failures) => new(
        runbook.Title, runbook.Severity.Label(), runbook.Alert, runbook.Owner, runbook.LastReviewed.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), failures, runbook.Sections,
        [.. runbook.Scenarios.Select(s => (s.Id, s.Title))], runbook.Html);
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
