namespace Verolux.Exporter.Tests.Mutations;

/// <summary>What of an expression's result has an effect; each includes those before it.</summary>
enum Counts
{
    Existence,
    Labels,
    Value,
}
