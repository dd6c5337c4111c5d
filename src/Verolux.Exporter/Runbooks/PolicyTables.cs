using System.Globalization;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Runbooks;

/// <summary>Reads the <see cref="Policy"/> out of the tables of a README. A table with any mistake in it is not used at all.</summary>
sealed class PolicyTables(MarkdownDocument document, string fileName, Problems problems)
{
    const string RespondWithin = "Respond within";
    const string LevelTwoAfter = "Level 2 after";
    static readonly TimeSpan Longest = TimeSpan.FromDays(7);
    static readonly string[] SlaColumns = ["Severity", RespondWithin];
    static readonly string[] LevelTwoColumns = ["Severity", LevelTwoAfter];
    static readonly string[] ObjectiveColumns = ["Objective", "Target", "Over"];
    static readonly TimeSpan LongestObjective = TimeSpan.FromDays(366);
    static readonly string[] LevelColumns = ["Level", "Who", "Contact", RespondWithin, "When"];

    public Policy Read() => new(Sla() ?? Policy.Fallback.ResponseSla, LevelTwo() ?? Policy.Fallback.LevelTwoAfter, Levels() ?? Policy.Fallback.Levels) { Objectives = Objectives() };

    Dictionary<Severity, TimeSpan>? Sla()
    {
        var before = problems.All.Count;
        var (sla, seen) = (new Dictionary<Severity, TimeSpan>(), new HashSet<Severity>());
        foreach (var (where, cells) in Rows(SlaColumns))
        {
            if (!SeverityNames.TryParse(cells[0], out var severity))
                problems.Add(where, $"\"{cells[0]}\" is not a severity", $"write one of: {SeverityNames.All}");
            else if (!seen.Add(severity))
                problems.Add(where, $"{cells[0]} is there twice", "remove one");
            else if (severity is Severity.Critical or Severity.Warning)
                sla[severity] = Within(where, cells[1]);
            else if (cells[1] != "no SLA")
                problems.Add(where, $"{cells[0]} can have no SLA: such an alert is never delivered", "write: no SLA");
        }
        if (problems.All.Count == before && sla.Count < 2)
            problems.Add(fileName, "gives no response time for critical or for warning", "add its row to the table, such as: | warning | 1h |");
        return problems.All.Count == before ? sla : null;
    }

    /// <summary>A column that may be left out of the table of the response times.</summary>
    Dictionary<Severity, TimeSpan>? LevelTwo()
    {
        if (Tables(LevelTwoColumns).Count == 0)
            return null;
        var before = problems.All.Count;
        var after = new Dictionary<Severity, TimeSpan>();
        foreach (var (where, cells) in Rows(LevelTwoColumns))
        {
            // What else is wrong with the row is told where the response times are read.
            if (SeverityNames.TryParse(cells[0], out var severity) && severity is Severity.Critical or Severity.Warning)
                after[severity] = Within(where, cells[1]);
        }
        return problems.All.Count == before && after.Count == 2 ? after : null;
    }

    /// <summary>A table that may be left out.</summary>
    Dictionary<string, Objective> Objectives()
    {
        var objectives = new Dictionary<string, Objective>(StringComparer.Ordinal);
        if (Tables(ObjectiveColumns).Count == 0)
            return objectives;
        foreach (var (where, cells) in Rows(ObjectiveColumns))
        {
            if (!double.TryParse(cells[1].TrimEnd('%').TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) || percent is <= 0 or >= 100 || !cells[1].EndsWith('%'))
                problems.Add(where, $"\"{cells[1]}\" is not a target", "write it like 99.5 %");
            else if (!Durations.TryParse(cells[2], out var over) || over <= TimeSpan.Zero || over > LongestObjective)
                problems.Add(where, $"\"{cells[2]}\" is not the time that an objective is for", "write it like 30d");
            else if (!objectives.TryAdd(cells[0], new Objective(cells[0], percent / 100, over)))
                problems.Add(where, $"{cells[0]} is there twice", "remove one");
        }
        return objectives;
    }

    List<EscalationLevel>? Levels()
    {
        var before = problems.All.Count;
        var levels = new List<EscalationLevel>();
        foreach (var (where, cells) in Rows(LevelColumns))
        {
            var expected = levels.Count + 1;
            if (cells[0] != expected.ToString(CultureInfo.InvariantCulture))
                problems.Add(where, $"\"{cells[0]}\" stands where level {expected} should", "write the levels 1 to 4, each in a row of its own");
            foreach (var (cell, column) in cells.Zip(LevelColumns).Where(c => c.First.Length == 0))
                problems.Add(where, $"the cell under \"{column}\" is empty", "fill it in");
            levels.Add(new EscalationLevel(expected, cells[1], cells[2], Within(where, cells[3]), cells[4]));
        }
        if (problems.All.Count == before && levels.Count != 4)
            problems.Add(fileName, $"has {levels.Count} escalation levels", "write the levels 1 to 4, each in a row of its own");
        return problems.All.Count == before ? levels : null;
    }

    TimeSpan Within(string where, string text)
    {
        if (Durations.TryParse(text, out var duration) && duration > TimeSpan.Zero && duration <= Longest)
            return duration;
        problems.Add(where, $"\"{text}\" is not a response time", "write it like 15m or 1h");
        return default;
    }

    /// <summary>The one table that has these columns, whatever else it has; its rows as those columns' texts.</summary>
    IEnumerable<(string Where, string[] Cells)> Rows(string[] columns)
    {
        var tables = Tables(columns);
        if (tables.Count == 0)
            problems.Add(fileName, $"has no table with the columns {string.Join(", ", columns)}", "add it; the fallback holds until then");
        foreach (var second in tables.Skip(1))
            problems.Add(Where(second), $"is a second table with the columns {string.Join(", ", columns)}", "keep one; it is the policy");
        if (tables is not [var table, ..])
            return [];
        var header = Cells(table.OfType<TableRow>().First());
        return table.OfType<TableRow>().Skip(1).Select(row => (Where(row), Pick(row, columns.Select(c => Array.IndexOf(header, c)))));
    }

    List<Table> Tables(string[] columns) => [.. document.OfType<Table>().Where(t => columns.All(c => Cells(t.OfType<TableRow>().First()).Contains(c, StringComparer.Ordinal)))];

    static string[] Pick(TableRow row, IEnumerable<int> places)
    {
        var cells = Cells(row);
        return [.. places.Select(place => place < cells.Length ? cells[place] : "")];
    }

    static string[] Cells(TableRow row) => [.. row.OfType<TableCell>().Select(Markup.PlainText)];

    string Where(Block block) => string.Create(CultureInfo.InvariantCulture, $"{fileName}:{block.Line + 1}");
}
