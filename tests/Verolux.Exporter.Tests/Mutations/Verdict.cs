namespace Verolux.Exporter.Tests.Mutations;

enum Verdict
{
    Survived,
    Killed,
    /// <summary>Prometheus would not load it.</summary>
    NoRules,
}
