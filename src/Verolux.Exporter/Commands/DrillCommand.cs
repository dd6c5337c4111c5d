using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Verolux.Exporter.Alerts.Api;
using static Verolux.Exporter.Commands.Remote;

namespace Verolux.Exporter.Commands;

/// <summary>
/// <c>verolux-exporter drill [--config FILE] [--url URL]</c>: has a running exporter test its alerting path, hop by hop. Exit status 0 where all of it works, 1
/// where any of it fails or another drill goes on, 2 where it can't be asked.
/// </summary>
static class DrillCommand
{
    public static void AddTo(RootCommand root)
    {
        var config = new Option<string?>("--config") { Description = "The running exporter's configuration file, which says where it answers and where its operators' token is." };
        var url = new Option<string?>("--url") { Description = $"Where the exporter answers, if not where its configuration says or at {UsualUrl}." };
        var token = new Option<string?>("--token-file") { Description = "File that holds a token of the role operator." };
        var by = new Option<string>("--by") { Description = "Who begins it.", DefaultValueFactory = _ => Environment.UserName };
        var note = new Option<string>("--note") { Description = "Goes into the alert.", DefaultValueFactory = _ => "" };
        var drill = new Command("drill", "Test the alerting path of a running exporter: an alert goes to Alertmanager, from there here, and from here to everybody, as a test.") { config, url, token, by, note };
        drill.SetAction((a, cancellation) => RunAsync(a.GetValue(config), a.GetValue(url), a.GetValue(token), new JsonObject { ["by"] = a.GetValue(by), ["note"] = a.GetValue(note) }, cancellation));
        root.Subcommands.Add(drill);
    }

    static Task<int> RunAsync(string? config, string? url, string? tokenFile, JsonObject body, CancellationToken cancellation)
    {
        if (config is not null)
        {
            var options = ExporterOptions.Load(config, TimeProvider.System);
            if (options.Problems.Count > 0)
            {
                CheckConfigCommand.Report(options.Problems);
                return Task.FromResult(NotAsked);
            }
            url ??= UrlOf(options);
            tokenFile ??= options.Access.FilesOf(Security.Role.Operator) is [var first, ..] ? first : null;
        }
        return AskAsync(url ?? UsualUrl, tokenFile, (client, stop) => DrillAsync(client, body, stop), cancellation);
    }

    static async Task<int> DrillAsync(HttpClient client, JsonObject body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("api/v1/drill", UriKind.Relative)) { Content = new StringContent(body.ToJsonString(), null, "application/json") };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!answer.IsSuccessStatusCode)
        {
            await RefusedAsync(answer, cancellation);
            return (int)answer.StatusCode == 409 ? 1 : NotAsked;
        }
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        var steps = 0;
        while (await lines.ReadLineAsync(cancellation) is { } line)
        {
            var step = JsonElement.Parse(line);
            if (step.TryGetProperty("result", out _))
                return Sum(step, steps);
            steps++;
            Show(step);
        }
        return Refuse("the exporter has ended before its drill has");
    }

    static void Show(JsonElement step)
    {
        var seconds = step.GetProperty("seconds").GetDouble();
        Console.WriteLine($"{(step.GetProperty("ok").GetBoolean() ? "ok" : "FAIL"),-4}  {seconds.ToString(seconds < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture)} s  {Text(step, "what")}");
        if (Text(step, "remedy") is { Length: > 0 } remedy)
            Console.WriteLine($"        → {remedy}");
    }

    static int Sum(JsonElement result, int steps)
    {
        var works = Text(result, "result") == DrillApi.Ok;
        var incident = Text(result, "incident");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(works ? "The alerting path works" : $"{result.GetProperty("failures").GetInt32()} of {steps} steps failed")}, in {result.GetProperty("seconds").GetDouble():0.0} s{(incident.Length > 0 ? $" ({incident})" : "")}."));
        return works ? 0 : 1;
    }
}
