using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Collecting;

/// <summary>The <c>name</c> of a configured target, which becomes the label that tells its series apart.</summary>
static class TargetNames
{
    /// <summary>As long as a label is read by people.</summary>
    const int Longest = 128;

    /// <summary>Reads the items of <c>targets</c>, each with a name of its own.</summary>
    public static IReadOnlyList<T> ReadTargets<T>(this Section slice, Func<Section, string, T> read)
    {
        var (names, targets) = (new HashSet<string>(StringComparer.Ordinal), new List<T>());
        foreach (var target in slice.Children("targets"))
        {
            var name = target.RequiredText("name", "main");
            if (name.Length > Longest)
                target.Refuse("name", $"is longer than {Longest} characters", "shorten it; it is a label on every series of the target");
            if (name.Length > 0 && !names.Add(name))
                target.Refuse("name", $"\"{name}\" is listed twice", "give each target a name of its own");
            targets.Add(read(target, name));
        }
        return targets;
    }
}
