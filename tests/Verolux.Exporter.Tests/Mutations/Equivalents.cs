using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Mutations;

/// <summary>The mutants that no data can tell from the rule, as <c>equivalent.yml</c> lists them with the reasons.</summary>
static class Equivalents
{
    static readonly (string File, string Mutant)[] All =
    [
        .. from entry in Yaml.List(Yaml.Load(RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "mutations", "equivalent.yml")))
           where Yaml.Text(entry, "reason").Length > 0
           from mutant in Yaml.List(entry, "mutants")
           select (Yaml.Text(entry, "file"), $"{Yaml.Text(entry, "rule")}: {mutant}"),
    ];

    public static IEnumerable<string> Files => All.Select(one => one.File).Distinct();

    /// <returns>Each as <see cref="Mutant"/> calls itself.</returns>
    public static IEnumerable<string> Of(string name) => All.Where(one => one.File == name).Select(one => one.Mutant);
}
