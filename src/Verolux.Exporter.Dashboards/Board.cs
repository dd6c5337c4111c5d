using System.Text.Encodings.Web;
using System.Text.Json;
using Verolux.Exporter.Dashboards.Boards;

namespace Verolux.Exporter.Dashboards;

/// <summary>What can be chosen above a board: one value, several or all.</summary>
/// <param name="From">A selector of the series that carry it.</param>
sealed record Choice(string Name, string Title, string From);

/// <param name="IsCollapsed">For what explains, and is looked at when the rest has told where.</param>
sealed record Row(string Title, IReadOnlyList<Panel> Panels, bool IsCollapsed = false);

/// <summary>A dashboard in Grafana's classic JSON. Nothing of it is Grafana's to write: one that is changed there is lost with the next start.</summary>
sealed record Board(string Uid, string Title, string Description, IReadOnlyList<Choice> Choices, IReadOnlyList<Row> Rows)
{
    const int Columns = 24;

    static readonly string[] Tags = ["verolux"];

    static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyList<Board> All { get; } =
        [Overview.Board, CameraBoard.Board, GpuBoard.Board, DatabaseBoard.Board, BackendBoard.Board, StorageBoard.Board, AlertBoard.Board, ExporterBoard.Board];

    /// <summary>The data source that is chosen above the board.</summary>
    public static object Source { get; } = new { type = "prometheus", uid = "${datasource}" };

    public string FileName => $"{Uid}.json";

    public string ToJson(string publicUrl) => JsonSerializer.Serialize(
        new
        {
            id = (int?)null,
            uid = Uid,
            title = Title,
            description = Description,
            tags = Tags,
            schemaVersion = 42,
            editable = false,
            graphTooltip = 1,
            timezone = "browser",
            refresh = "30s",
            time = new { from = "now-3h", to = "now" },
            links = new[] { new { type = "dashboards", tags = Tags, title = "Verolux", asDropdown = true, includeVars = true, keepTime = true, targetBlank = false, icon = "external link", tooltip = "", url = "" } },
            annotations = new
            {
                list = new object[]
                {
                    new { builtIn = 1, name = "Annotations & Alerts", type = "dashboard", datasource = new { type = "grafana", uid = "-- Grafana --" }, enable = true, hide = true, iconColor = "rgba(0, 211, 255, 1)" },
                    // One mark for all of a name, and not one for each camera of a fleet.
                    new
                    {
                        name = "Firing alerts",
                        datasource = Source,
                        enable = true,
                        hide = false,
                        iconColor = "red",
                        target = new { refId = "Anno", expr = Query.Expand("group by (alertname, severity, site) (ALERTS{alertstate=\"firing\",alertname!=\"Watchdog\"})"), interval = "60s" },
                        titleFormat = "{{alertname}}",
                        textFormat = "{{severity}} {{site}}",
                        tagKeys = "severity,site",
                        useValueForTime = false,
                    },
                },
            },
            templating = new
            {
                list = Choices.Select(c => c with { From = Query.Expand(c.From) })
                    .Prepend(new Choice("site", "Site", "{__name__=~\"verolux_camera_enabled|verolux_exporter_build_info\"}"))
                    .Select(Variable)
                    .Prepend(new { name = "datasource", label = "Data source", type = "datasource", query = "prometheus", refresh = 1, regex = "", hide = 0, multi = false, includeAll = false, skipUrlSync = false, options = Array.Empty<object>(), current = new { selected = true, text = "default", value = "default" } })
                    .Append(new { name = "exporter", label = "The exporter's public URL", type = "constant", query = publicUrl.TrimEnd('/'), hide = 2, skipUrlSync = true, options = Array.Empty<object>(), current = new { selected = true, text = publicUrl.TrimEnd('/'), value = publicUrl.TrimEnd('/') } }),
            },
            panels = Panels(),
        },
        Readable) + "\n";

    static object Variable(Choice choice)
    {
        var query = $"label_values({choice.From}, {choice.Name})";
        return new
        {
            name = choice.Name,
            label = choice.Title,
            type = "query",
            datasource = Source,
            query = new { query, refId = "StandardVariableQuery" },
            refresh = 2,
            multi = true,
            includeAll = true,
            allValue = choice.Name == "site" ? ".+" : ".*",
            sort = 7,
            regex = "",
            hide = 0,
            skipUrlSync = false,
            options = Array.Empty<object>(),
            current = new { selected = true, text = new[] { "All" }, value = new[] { "$__all" } },
        };
    }

    // From left to right, and on in the next line where one does not fit any more. A row that is collapsed holds its panels, any other only stands above them.
    List<object> Panels()
    {
        var (all, id, y) = (new List<object>(), 0, 0);
        foreach (var row in Rows)
        {
            var rowId = ++id;
            var top = y++;
            var panels = new List<object>();
            var (x, height) = (0, 0);
            foreach (var panel in row.Panels)
            {
                if (x + panel.Width > Columns)
                    (x, y, height) = (0, y + height, 0);
                panels.Add(panel.ToJson(++id, x, y));
                (x, height) = (x + panel.Width, Math.Max(height, panel.Height));
            }
            all.Add(new { id = rowId, type = "row", title = row.Title, collapsed = row.IsCollapsed, gridPos = new { h = 1, w = Columns, x = 0, y = top }, panels = row.IsCollapsed ? panels : [] });
            if (!row.IsCollapsed)
                all.AddRange(panels);
            // What is folded takes no room.
            y = row.IsCollapsed ? top + 1 : y + height;
        }
        return all;
    }
}
