using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Verolux.Exporter.Alerts.Api;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Collecting;
using static Verolux.Exporter.Commands.Remote;

namespace Verolux.Exporter.Commands;

/// <summary>
/// <c>verolux-exporter incidents [--all]</c> and <c>incidents ack NUMBER</c>, of the exporter at <c>--url</c>. Exit status 0, 1 where it refuses, 2 where it can't be
/// asked.
/// </summary>
static class IncidentsCommand
{
    public static void AddTo(RootCommand root)
    {
        var url = new Option<string>("--url") { Description = "Where the exporter answers.", DefaultValueFactory = _ => UsualUrl, Recursive = true };
        var token = new Option<string?>("--token-file") { Description = "File that holds a token of the role operator.", Recursive = true };
        var all = new Option<bool>("--all") { Description = "Those that are over too, the newest fifty." };
        var number = new Argument<string>("NUMBER") { Description = "The incident's number, such as VX-K3Q7M2." };
        var by = new Option<string>("--by") { Description = "Who takes it in hand.", DefaultValueFactory = _ => Environment.UserName };
        var note = new Option<string>("--note") { Description = "Goes on its timeline.", DefaultValueFactory = _ => "" };
        var ack = new Command("ack", "Take an incident in hand: stops its clock, and is told everywhere.") { number, by, note };
        ack.SetAction((a, cancellation) => AskAsync(a.GetValue(url)!, a.GetValue(token), (client, stop) => AcknowledgeAsync(client, a.GetValue(number)!, a.GetValue(by)!, a.GetValue(note)!, stop), cancellation));
        var incidents = new Command("incidents", "List the open incidents of a running exporter, the most urgent first.") { url, token, all, ack };
        incidents.SetAction((a, cancellation) => AskAsync(a.GetValue(url)!, a.GetValue(token), (client, stop) => ListAsync(client, a.GetValue(all), stop), cancellation));
        root.Subcommands.Add(incidents);
    }

    static async Task<int> ListAsync(HttpClient client, bool all, CancellationToken cancellation)
    {
        var incidents = new List<JsonElement>();
        var next = $"api/v1/incidents?limit={(all ? IncidentApi.Usual : IncidentApi.Longest)}{(all ? "" : "&state=open")}";
        while (next is not null)
        {
            using var answer = await client.GetAsync(new Uri(next, UriKind.Relative), cancellation);
            if (await BodyAsync(answer, cancellation) is not { } page)
                return NotAsked;
            incidents.AddRange(page.GetProperty("incidents").EnumerateArray());
            next = all ? null : page.GetProperty("next").GetString()?.TrimStart('/');
        }
        var now = TimeProvider.System.GetUtcNow();
        var lines = incidents.Select(i => Line(i, now)).ToList();
        if (!all)
            lines = [.. lines.OrderBy(l => l.Urgency)];
        foreach (var (_, text) in lines)
            Console.WriteLine(text);
        if (lines.Count == 0)
            Console.WriteLine("No open incident.");
        return 0;
    }

    static async Task<int> AcknowledgeAsync(HttpClient client, string number, string by, string note, CancellationToken cancellation)
    {
        using var body = new StringContent(new JsonObject { ["by"] = by, ["note"] = note }.ToJsonString(), null, "application/json");
        using var answer = await client.PostAsync(new Uri($"api/v1/incidents/{Uri.EscapeDataString(number)}/ack", UriKind.Relative), body, cancellation);
        if (await BodyAsync(answer, cancellation) is not { } incident)
            return (int)answer.StatusCode is 404 or 409 ? 1 : NotAsked;
        Console.WriteLine($"{Text(incident, "incident")} is in the hands of {Text(incident, "acknowledged_by")}, SLA {Text(incident, "sla_outcome")}");
        Console.WriteLine($"runbook  {(Text(incident, "scenario_url") is { Length: > 0 } scenario ? scenario : Text(incident, "runbook_url"))}");
        return 0;
    }

    /// <summary>As on the board: what nobody is at by its deadline, what somebody is at, what is muted, what seems to be over.</summary>
    static ((bool Ends, bool Muted, bool Held, DateTimeOffset By) Urgency, string Text) Line(JsonElement incident, DateTimeOffset now)
    {
        var (by, held, state) = (Time(incident, "respond_by"), Text(incident, "acknowledged_by"), Text(incident, "state"));
        var mute = incident.TryGetProperty("mute", out var muted) && muted.ValueKind == JsonValueKind.Object ? Text(muted, "kind") == "silence" ? "silenced" : "inhibited" : "";
        var clock = (state, held, by) switch
        {
            ("resolving" or "unverified", _, _) => state,
            (not "firing", _, _) => $"{state} {Text(incident, "sla_outcome")}".TrimEnd(),
            _ when mute.Length > 0 => mute,
            (_, { Length: > 0 }, _) => $"{held} is at it",
            (_, _, { } due) => string.Create(CultureInfo.InvariantCulture, $"{(due > now ? $"{Math.Floor((due - now).TotalMinutes)} min left" : $"overdue by {Math.Floor((now - due).TotalMinutes)} min")}"),
            _ => "no deadline",
        };
        var alert = incident.GetProperty("alert");
        var what = Page.WhatOf(AlertJson.Texts(alert, "labels"), AlertJson.Texts(alert, "annotations"));
        var scenario = incident.GetProperty("triage") is { ValueKind: JsonValueKind.Object } triage ? Text(triage, "scenario_title") : "";
        return (
            (state == "resolving", mute.Length > 0, held.Length > 0, by ?? DateTimeOffset.MaxValue),
            Printable.Line($"{Text(incident, "incident")}  {Text(incident, "severity"),-8}  {clock,-16}  {Text(incident, "alertname")}: {what}{(scenario.Length > 0 ? $" → {scenario}" : "")}"));
    }

    static DateTimeOffset? Time(JsonElement of, string name) => of.GetProperty(name) is { ValueKind: JsonValueKind.String } value ? value.GetDateTimeOffset() : null;
}
