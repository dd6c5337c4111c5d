namespace Verolux.Exporter.Tests.Mutations;

/// <param name="Operator">Of the closed list.</param>
/// <param name="Start">Of what is replaced.</param>
/// <param name="End">Behind it.</param>
/// <param name="Context">The part of the text that tells best where this is.</param>
readonly record struct Edit(string Operator, int Start, int End, string Replacement, Range Context);
