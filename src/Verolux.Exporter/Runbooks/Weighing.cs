namespace Verolux.Exporter.Runbooks;

/// <summary>An observation that a scenario asked about.</summary>
/// <param name="Age">Seconds since then, where the metric is a timestamp; null where it is none.</param>
sealed record Finding(Observation Observation, double? Age);

/// <summary>A scenario held against the evidence.</summary>
/// <param name="Answer"><see cref="Answer.Unknown"/> also where the scenario names no evidence.</param>
/// <param name="Findings">What was found, in the order in which the scenario asks; at most <see cref="Scenario.MostFindings"/>.</param>
sealed record WeighedScenario(Scenario Scenario, Answer Answer, IReadOnlyList<Finding> Findings);

/// <summary>A runbook's scenarios held against the evidence, in the file's order.</summary>
sealed record Weighing(IReadOnlyList<WeighedScenario> Scenarios)
{
    /// <summary>The first that holds; null where none is known to.</summary>
    public WeighedScenario? Likeliest => Scenarios.FirstOrDefault(s => s.Answer == Answer.Yes);
}
