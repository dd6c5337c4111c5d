using System.Text.Json;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>What triage made of an incident, as far as a page tells it.</summary>
/// <param name="Match">How the runbook was found, such as <c>exact</c>; null for an incident of an older store.</param>
/// <param name="Scenario">The likeliest scenario's id; null where none is known to hold.</param>
/// <param name="Title">That scenario's heading.</param>
/// <param name="Failures">Of the newest looks at the target those that failed: which, why, and what came back. May quote the target.</param>
/// <param name="Findings">What the scenario rests on, as text.</param>
sealed record Diagnosis(string? Match, string? Scenario, string? Title, IReadOnlyList<string> Failures, IReadOnlyList<string> Findings)
{
    public static Diagnosis None { get; } = new(null, null, null, [], []);

    /// <param name="triage">As <see cref="Triage.VerdictJson"/> wrote it.</param>
    public static Diagnosis Read(string? match, string? scenario, string? triage)
    {
        if (triage is null)
            return None with { Match = match };
        using var json = JsonDocument.Parse(triage);
        var verdict = json.RootElement;
        return new Diagnosis(
            match, scenario, verdict.GetProperty("scenario_title").GetString(),
            [.. verdict.GetProperty("looks").EnumerateArray().Where(l => l.GetProperty("reason").GetString() is not null).Select(Failure)],
            [.. verdict.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("text").GetString()!)]);
    }

    static string Failure(JsonElement look) => $"{look.GetProperty("slice")} {look.GetProperty("target")}: {look.GetProperty("reason")}: {look.GetProperty("detail")}";
}
