namespace Verolux.Exporter.Dashboards;

/// <summary>A query and what each of its series is called. A line is dashed and has a colour of its own: a threshold, a limit.</summary>
sealed record Target(string Expression, string Legend, string? Line = null);

/// <summary>A value as a word, for nobody should have to tell states by their colour.</summary>
sealed record Word(int Value, string Text, string Color);

sealed record Panel(string Type, string Title, string Unit, int Width, int Height, string Description, string Empty)
{
    static readonly int[] Dash = [10, 10];
    static readonly string[] Now = ["lastNotNull"];
    static readonly string[] NowAndMost = ["lastNotNull", "max"];

    static readonly Dictionary<string, (string Title, string Url)[]> ColumnLinks = new()
    {
        ["alertname"] = [("Its incidents", "${exporter}/incidents?alert=${__data.fields.alertname:percentencode}&site=${__data.fields.site:percentencode}")],
        ["runbook"] = [("Runbook", "${exporter}/runbooks/${__data.fields.runbook:percentencode}")],
        ["camera"] =
        [
            ("The exporter's page of the camera", "${exporter}/cameras/${__data.fields.camera:percentencode}?site=${__data.fields.site:percentencode}"),
            ("Only this camera", "/d/verolux-cameras?${datasource:queryparam}&${__url_time_range}&var-site=${__data.fields.site:percentencode}&var-camera=${__data.fields.camera:percentencode}"),
        ],
    };

    public IReadOnlyList<Target> Targets { get; init; } = [];

    public IReadOnlyList<Word> Words { get; init; } = [];

    public IReadOnlyList<(double? From, string Color)> Steps { get; init; } = [];

    /// <summary>A table's, of which the last is the value.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    public string? Runbook { get; init; }

    public bool IsStacked { get; init; }

    /// <summary>One number, or a few, as of now: a dead exporter leaves it empty, and not as it was.</summary>
    public static Panel Stat(string title, string unit, string description, string empty, string expression, string? legend = null) =>
        new("stat", title, unit, 4, 4, description, empty) { Targets = [new(expression, legend ?? title)] };

    public static Panel Graph(string title, string unit, string description, string empty, string expression, string legend) =>
        new("timeseries", title, unit, 12, 8, description, empty) { Targets = [new(expression, legend)] };

    public static Panel Timeline(string title, string good, string bad, string description, string empty, string expression, string legend) =>
        new Panel("state-timeline", title, "none", 24, 8, description, empty) { Targets = [new(expression, legend)] }.In(new(1, good, "green"), new(0, bad, "red"), new(-1, "unknown", "purple"));

    public static Panel Table(string title, string unit, string description, string empty, string expression, params string[] columns) =>
        new("table", title, unit, 24, 8, description, empty) { Targets = [new(expression, "")], Columns = columns };

    public Panel And(string expression, string legend) => this with { Targets = [.. Targets, new(expression, legend)] };

    /// <summary>What it is measured by: from a series of the same kind, and never a number that stands here.</summary>
    public Panel Line(string expression, string legend, string color = "red") => this with { Targets = [.. Targets, new(expression, legend, color)] };

    public Panel See(string runbook) => this with { Runbook = runbook };

    public Panel Of(int width, int height = 0) => this with { Width = width, Height = height > 0 ? height : Height };

    public Panel In(params Word[] words) => this with { Words = words };

    public Panel Stacked() => this with { IsStacked = true };

    /// <summary>One is one too many.</summary>
    public Panel BadFromOne() => this with { Steps = [(null, "green"), (1, "red")] };

    public Panel BadBelowZero() => this with { Steps = [(null, "red"), (0, "green")] };

    public object ToJson(int id, int x, int y) => new
    {
        id,
        type = Type,
        title = Title,
        description = Description,
        datasource = Board.Source,
        gridPos = new { h = Height, w = Width, x, y },
        links = Runbook is null ? [] : new[] { new { title = "Runbook", url = $"${{exporter}}/runbooks/{Runbook}", targetBlank = true, type = "link", icon = "doc", tooltip = "", tags = Array.Empty<string>(), asDropdown = false, includeVars = false, keepTime = false } },
        targets = Targets.Select((target, i) => new
        {
            refId = RefId(i),
            datasource = Board.Source,
            expr = Query.Expand(target.Expression),
            legendFormat = target.Legend,
            instant = IsInstant,
            range = !IsInstant,
            format = Type == "table" ? "table" : "time_series",
            editorMode = "code",
        }),
        fieldConfig = new
        {
            defaults = new
            {
                unit = Unit,
                noValue = Empty,
                color = new { mode = Type == "timeseries" ? "palette-classic" : "thresholds" },
                thresholds = new { mode = "absolute", steps = (Steps.Count > 0 ? Steps : [(null, Words.Count > 0 ? "text" : "blue")]).Select(s => new { color = s.Color, value = s.From }) },
                mappings = Words.Count == 0 ? [] : new[] { new { type = "value", options = Words.Select((w, index) => (w, index)).ToDictionary(w => $"{w.w.Value}", w => new { text = w.w.Text, color = w.w.Color, w.index }) } },
                custom = Custom,
            },
            overrides = Targets.Select((target, i) => (target, i)).Where(t => t.target.Line is not null).Select(t => Override("byFrameRefID", RefId(t.i),
                ("color", new { mode = "fixed", fixedColor = t.target.Line }), ("custom.lineStyle", new { fill = "dash", dash = Dash }),
                ("custom.lineWidth", 2), ("custom.fillOpacity", 0), ("custom.stacking", new { mode = "none", group = "A" })))
                .Concat(Columns.Where(ColumnLinks.ContainsKey).Select(column => Override("byName", column, ("links", ColumnLinks[column].Select(l => new { title = l.Title, url = l.Url, targetBlank = true }))))),
        },
        options = Options,
        transformations = Columns.Count == 0 ? [] : new[]
        {
            new
            {
                id = "organize",
                options = new
                {
                    excludeByName = new Dictionary<string, bool> { ["Time"] = true },
                    indexByName = Columns.Select((column, index) => (column, index)).ToDictionary(c => c.index == Columns.Count - 1 ? "Value" : c.column, c => c.index),
                    renameByName = new Dictionary<string, string> { ["Value"] = Columns[^1] },
                },
            },
        },
    };

    bool IsInstant => Type is "stat" or "table";

    object Custom => Type switch
    {
        "timeseries" => new { lineWidth = 1, fillOpacity = IsStacked ? 40 : 5, showPoints = "auto", spanNulls = false, stacking = new { mode = IsStacked ? "normal" : "none", group = "A" } },
        "state-timeline" => new { lineWidth = 0, fillOpacity = 80 },
        _ => new { },
    };

    object Options => Type switch
    {
        "timeseries" => new { legend = new { showLegend = true, displayMode = "table", placement = "right", calcs = NowAndMost }, tooltip = new { mode = "multi", sort = "desc" } },
        "state-timeline" => new { showValue = "auto", rowHeight = 0.9, mergeValues = true, alignValue = "left", legend = new { showLegend = false, displayMode = "list", placement = "bottom", calcs = Array.Empty<string>() }, tooltip = new { mode = "single", sort = "none" } },
        "stat" => new
        {
            reduceOptions = new { calcs = Now, fields = "", values = false },
            colorMode = Steps.Count > 0 || Words.Count > 0 ? "background" : "none",
            graphMode = "none",
            textMode = "auto",
            justifyMode = "auto",
            orientation = "auto",
            wideLayout = true,
            showPercentChange = false,
            percentChangeColorMode = "standard",
        },
        _ => new { showHeader = true, cellHeight = "sm", frameIndex = 0 },
    };

    static string RefId(int i) => $"{(char)('A' + i)}";

    static object Override(string matcher, string of, params (string Id, object Value)[] properties) =>
        new { matcher = new { id = matcher, options = of }, properties = properties.Select(p => new { id = p.Id, value = p.Value }) };
}
