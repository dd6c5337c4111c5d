using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Alerts.Api;

/// <summary><c>/api/v1/incidents…</c>: what is stored, as JSON, and what people do with it. <c>openapi.json</c> describes it.</summary>
sealed class IncidentApi(Store store, Responder responder, Feed feed)
{
    /// <summary>How many a page of the list holds without <c>limit</c>, and at most.</summary>
    public const int Usual = 50;

    public const int Longest = 200;

    /// <summary>What isn't over, whatever state that is.</summary>
    const string Open = "open";

    static readonly string[] States = [Open, .. Enum.GetValues<IncidentState>().Select(s => s.Label())];
    static readonly string[] Severities = [.. Enum.GetValues<Severity>().Select(s => s.Label())];

    public void Map(WebApplication app)
    {
        app.Lifetime.ApplicationStopping.Register(feed.Close);
        app.MapGet("/api/v1/openapi.json", OpenApi.ServeAsync).RequireRole(Role.Operator);
        var api = app.MapGroup("/api/v1").RequireRole(Role.Operator);
        api.MapGet("/events", feed.ServeAsync);
        api.MapGet("/incidents", Refusal.Guard(ListAsync));
        api.MapGet("/incidents/{number}", Refusal.Guard(OneAsync));
        api.MapGet("/incidents/{number}/timeline", Refusal.Guard(TimelineAsync));
        api.MapPost("/incidents/{number}/ack", Acting([], (id, i) => responder.AcknowledgeAsync(id, i.Who, i.Note)));
        api.MapPost("/incidents/{number}/unack", Acting([], (id, i) => responder.UnacknowledgeAsync(id, i.Who, i.Note)));
        api.MapPost("/incidents/{number}/resolve", Acting(["runbook_worked"], (id, i) => responder.ResolveAsync(id, i.Who, i.Note, i.Flag("runbook_worked"))));
        api.MapPost("/incidents/{number}/feedback", Acting(["runbook_worked"], (id, i) => responder.JudgeRunbookAsync(
            id, i.Who, i.Flag("runbook_worked") ?? throw Refusal.Senseless("\"runbook_worked\" is missing; write true or false"), i.Note)));
        api.MapPost("/incidents/{number}/escalate", Acting(["level"], (id, i) => responder.EscalateAsync(id, i.Who, (int?)i.Number("level", 2, Escalation.Highest), i.Note)));
        api.MapPost("/incidents/{number}/notes", Acting([], (id, i) => responder.NoteAsync(id, i.Who, i.Note is { Length: > 0 } note ? note : throw Refusal.Senseless("\"note\" is missing; write what is to be noted"))));
        api.MapPost("/incidents/{number}/flags", Acting(["customer_facing", "security", "major_outage"], (id, i) =>
        {
            var flags = new[] { (i.Flag("customer_facing"), IncidentFlags.CustomerFacing), (i.Flag("security"), IncidentFlags.Security), (i.Flag("major_outage"), IncidentFlags.MajorOutage) };
            return responder.FlagAsync(id, i.Who, Of(flags, true), Of(flags, false));
        }));
    }

    static IncidentFlags Of((bool? Set, IncidentFlags Flag)[] flags, bool set) => flags.Where(f => f.Set == set).Aggregate(IncidentFlags.None, (all, f) => all | f.Flag);

    /// <summary>Newest first. Where more follow, <c>next</c> is the address that they are at.</summary>
    async Task ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        foreach (var name in query.Keys.Where(k => k is not ("state" or "severity" or "alertname" or "site" or "limit" or "before")))
            throw Refusal.Senseless($"there is no parameter \"{name}\"; write state, severity, alertname, site, limit or before");
        var (state, severity) = (OneOf(query, "state", States), OneOf(query, "severity", Severities));
        var limit = Limit(query);
        var before = query["before"].ToString() is { Length: > 0 } number ? IncidentNumber.Parse(number) ?? throw Refusal.Senseless($"before: \"{number}\" is no incident's number; write one such as VX-K3Q7M2") : long.MaxValue;
        var answer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(answer))
        using (var reader = store.OpenReader())
        using (var command = new SqliteCommand(
            $"""
            SELECT {StoredIncident.Columns} FROM incidents
            WHERE id < $1 AND ($2 IS NULL OR state = $2 OR ($2 = '{Open}' AND state IN {IncidentStates.Open})) AND ($3 IS NULL OR severity = $3) AND ($4 IS NULL OR alertname = $4) AND ($5 IS NULL OR site = $5)
            ORDER BY id DESC LIMIT $6
            """, reader))
        {
            command.Parameters.AddWithValue("$1", before);
            command.Parameters.AddWithValue("$2", (object?)state ?? DBNull.Value);
            command.Parameters.AddWithValue("$3", (object?)severity ?? DBNull.Value);
            command.Parameters.AddWithValue("$4", Text(query, "alertname"));
            command.Parameters.AddWithValue("$5", Text(query, "site"));
            command.Parameters.AddWithValue("$6", limit + 1);
            using var rows = command.ExecuteReader();
            var (count, last, more) = (0, 0L, false);
            json.WriteStartObject();
            json.WriteStartArray("incidents");
            while (rows.Read() && !(more = count == limit))
            {
                (count, last) = (count + 1, rows.GetInt64(0));
                json.WriteStartObject();
                IncidentJson.Write(json, StoredIncident.Of(rows));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("next", more ? Next(query, last) : null);
            json.WriteEndObject();
        }
        await IncidentJson.SendAsync(context, answer);
    }

    Task OneAsync(HttpContext context) => IncidentJson.SendAsync(context, Read(Id(context)));

    Task TimelineAsync(HttpContext context)
    {
        var id = Id(context);
        var answer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(answer))
        using (var reader = store.OpenReader())
        {
            if (TimelineRows.Read(reader, id) is [])
                throw Unknown();
            json.WriteStartObject();
            IncidentJson.WriteTimeline(json, reader, id);
            json.WriteEndObject();
        }
        return IncidentJson.SendAsync(context, answer);
    }

    ArrayBufferWriter<byte> Read(long id)
    {
        var answer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(answer);
        using var reader = store.OpenReader();
        using var command = new SqliteCommand($"SELECT {StoredIncident.Columns} FROM incidents WHERE id = $1", reader);
        command.Parameters.AddWithValue("$1", id);
        using var rows = command.ExecuteReader();
        if (!rows.Read())
            throw Unknown();
        json.WriteStartObject();
        IncidentJson.Write(json, StoredIncident.Of(rows));
        IncidentJson.WriteDeliveries(json, reader, id);
        json.WriteEndObject();
        json.Flush();
        return answer;
    }

    /// <summary>A request that does something; it is answered with the incident as it is then.</summary>
    /// <param name="fields">Those of the body that count here, beside <c>by</c> and <c>note</c>.</param>
    RequestDelegate Acting(string[] fields, Func<long, Instruction, Task<Acted>> actAsync) => Refusal.Guard(async context =>
    {
        var id = Id(context);
        var acted = await actAsync(id, await Instruction.ReadAsync(context, fields));
        if (acted == Acted.Unknown)
            throw Unknown();
        if (acted == Acted.Over)
            throw new Refusal(StatusCodes.Status409Conflict, "It is over", "this incident is over, and only notes and flags can be added to it");
        if (acted == Acted.NoRunbook)
            throw new Refusal(StatusCodes.Status409Conflict, "It has no runbook", "no runbook was found for this incident; leave \"runbook_worked\" out");
        await IncidentJson.SendAsync(context, Read(id));
    });

    /// <summary>0 is no incident's.</summary>
    static long Id(HttpContext context) => IncidentNumber.Parse(context.GetRouteValue("number") as string ?? "") ?? 0;

    public static Refusal Unknown() => new(StatusCodes.Status404NotFound, "There is no such incident", "there is no such incident; GET /api/v1/incidents lists the newest");

    static string? OneOf(IQueryCollection query, string name, string[] values) => query[name].ToString() is not { Length: > 0 } value ? null
        : values.Contains(value) ? value : throw Refusal.Senseless($"{name}: \"{value}\" is none; write {string.Join(", ", values)}");

    static int Limit(IQueryCollection query) => query["limit"].ToString() is not { Length: > 0 } text ? Usual
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is > 0 and <= Longest ? limit
        : throw Refusal.Senseless($"limit: \"{text}\" is none; write a number from 1 to {Longest}");

    static object Text(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } value ? value : DBNull.Value;

    static string Next(IQueryCollection query, long last) =>
        "/api/v1/incidents" + QueryString.Create(query.Where(q => q.Key != "before").Append(new("before", IncidentNumber.Format(last))));
}
