using System.Text.Json.Nodes;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Dashboards;

/// <summary>The boards fit Grafana's published types, down to the options of each kind of panel.</summary>
public class BoardTypesTests
{
    static readonly string Modules = RepositoryRoot.Of("build", "npm", "node_modules");

    // Lit: what a type is written as in JSON, where an enum is its value. The types know nothing of what Prometheus' annotations say beside their query.
    const string Head =
        """
        import type { AnnotationQuery, Dashboard } from "@grafana/schema";
        import type * as stat from "./node_modules/@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen";
        import type * as timeline from "./node_modules/@grafana/schema/dist/types/raw/composable/statetimeline/panelcfg/x/types.gen";
        import type * as timeseries from "./node_modules/@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen";
        import type * as table from "./node_modules/@grafana/schema/dist/types/raw/composable/table/panelcfg/x/types.gen";
        type Annotation = { target?: { refId: string; expr: string; interval: string }; titleFormat?: string; textFormat?: string; tagKeys?: string; useValueForTime?: boolean };
        type Lit<T> = T extends string ? `${T}` : T extends number ? (`${T}` extends `${infer N extends number}` ? N : never) : T extends (infer U)[] ? Lit<U>[]
            : T extends AnnotationQuery ? Each<Omit<T, "target">> & Annotation : T extends object ? Each<T> : T;
        type Each<T> = { [K in keyof T]: Lit<T[K]> };

        """;

    static readonly Dictionary<string, string> Options = new()
    {
        ["stat"] = "Lit<stat.Options>",
        ["state-timeline"] = "Lit<timeline.Options>",
        ["timeseries"] = "Lit<timeseries.Options>",
        ["table"] = "Lit<table.Options>",
    };

    static readonly Dictionary<string, string> Custom = new()
    {
        ["stat"] = "{}",
        ["state-timeline"] = "Lit<timeline.FieldConfig>",
        ["timeseries"] = "Lit<timeseries.FieldConfig>",
        ["table"] = "Partial<Lit<table.FieldConfig>>",
    };

    [Test]
    public void Every_board_fits_the_published_types()
    {
        var said = Check(BoardFile.All.Select(b => (b.Uid, b.Json)));
        Assert.That(said, Is.EqualTo((0, "")));
    }

    [Test]
    public void What_does_not_fit_is_found()
    {
        (string Name, Action<JsonNode> Spoil)[] mistakes =
        [
            ("height", b => Panel(b, "stat")["gridPos"]!["h"] = "8"),
            ("mode", b => Panel(b, "stat")["fieldConfig"]!["defaults"]!["thresholds"]!["mode"] = "absolut"),
            ("option", b => Panel(b, "stat")["options"]!["colorMode"] = "backgroud"),
            ("custom", b => Panel(b, "timeseries")["fieldConfig"]!["defaults"]!["custom"]!["showPoints"] = "sometimes"),
            ("refresh", b => b["templating"]!["list"]![1]!["refresh"] = 3),
            ("unknown", b => b["templatings"] = 1),
        ];
        var overview = BoardFile.All.Single(b => b.Uid == "verolux-overview").Json;
        var (exitCode, output) = Check(mistakes.Select(mistake =>
        {
            var spoilt = overview.DeepClone();
            mistake.Spoil(spoilt);
            return (mistake.Name, spoilt);
        }));
        Assert.That(exitCode, Is.Not.Zero);
        foreach (var (name, _) in mistakes)
            Assert.That(output, Does.Contain($"{name}.ts("), name);
    }

    static JsonNode Panel(JsonNode board, string type) => board["panels"]!.AsArray().First(p => BoardFile.Text(p!, "type") == type)!;

    static (int ExitCode, string Output) Check(IEnumerable<(string Name, JsonNode Json)> boards)
    {
        Assert.That(Directory.Exists(Modules), Is.True, "`make build/npm` installs the types");
        using var folder = new TemporaryFolder();
        Directory.CreateSymbolicLink(folder["node_modules"], Modules);
        var files = boards.Select(board => folder.Write($"{board.Name}.ts", $"{Head}export const board: Lit<Dashboard> = {board.Json.ToJsonString()};\n{Panels(board.Json)}")).ToList();
        return Command.RunIn(folder.Path, "node", [Path.Combine(Modules, "typescript", "bin", "tsc"), "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", .. files.Select(f => Path.GetFileName(f))]);
    }

    static string Panels(JsonNode board) => string.Concat(new BoardFile("", board).Panels.Select((panel, i) =>
        $"export const options{i}: {Options[BoardFile.Text(panel, "type")]} = {panel["options"]!.ToJsonString()};\nexport const custom{i}: {Custom[BoardFile.Text(panel, "type")]} = {panel["fieldConfig"]!["defaults"]!["custom"]!.ToJsonString()};\n"));
}
