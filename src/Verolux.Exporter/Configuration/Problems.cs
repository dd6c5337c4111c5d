namespace Verolux.Exporter.Configuration;

/// <summary>One mistake in something a person wrote: where it stands, what is wrong, and what to do about it.</summary>
sealed record Problem(string Where, string What, string Remedy)
{
    public override string ToString() => $"{Where}: {What}; {Remedy}";
}

/// <summary>Collects every mistake of one reading, so that a person is told all of them at once.</summary>
sealed class Problems
{
    readonly List<Problem> all = [];

    public IReadOnlyList<Problem> All => all;

    public void Add(string where, string what, string remedy) => all.Add(new Problem(where, what, remedy));

    public void Add(IEnumerable<Problem> problems) => all.AddRange(problems);
}
