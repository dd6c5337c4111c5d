using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Verolux.Exporter.Alerts.Api;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Commands;

/// <summary>The exporter that runs, as commands ask it: its store belongs to it alone.</summary>
static class Remote
{
    /// <summary>Where it listens unless told otherwise.</summary>
    public const string UsualUrl = "http://127.0.0.1:9877";

    /// <summary>The exit status where it can't be asked.</summary>
    public const int NotAsked = 2;

    /// <param name="tokenFile">A file such as those of <c>access.tokens</c>, of which the first token counts; null where none is needed.</param>
    public static async Task<int> AskAsync(string url, string? tokenFile, Func<HttpClient, CancellationToken, Task<int>> askAsync, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            return Refuse($"--url: \"{url}\" is no web address; write one such as https://verolux.example");
        using var client = new HttpClient { BaseAddress = new Uri($"{url.TrimEnd('/')}/"), Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue(Instruction.OwnAgent, ExporterMetrics.Version));
        if (tokenFile is not null)
        {
            if (Secret.FromFile(tokenFile).TryRead(out var text) is { } problem)
                return Refuse($"--token-file: {problem}");
            var token = text.Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(l => l.Length > 0 && l[0] != '#', "");
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        try
        {
            return await askAsync(client, cancellation);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or TaskCanceledException or IOException)
        {
            return Refuse($"{address} does not answer as an exporter does ({error.Message}); name the one that runs with --url");
        }
    }

    /// <summary>Where the exporter with this configuration is reached from its own machine.</summary>
    public static string UrlOf(ExporterOptions options)
    {
        // A certificate is for the name by which others reach it.
        if (options.Access.Web.HasTls)
            return options.PublicUrl.ToString();
        return $"http://{Reached(options.Listen)}";
    }

    /// <summary>Where its own machine reaches what listens there: also where it listens on every address.</summary>
    public static ListenAddress Reached(ListenAddress listen) =>
        listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any) ? listen with { Host = "127.0.0.1" } : listen;

    /// <returns>Null where it refuses, which it was told why.</returns>
    public static async Task<JsonElement?> BodyAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var body = answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(cancellation) : null;
        if (body is not null)
            return JsonElement.Parse(body);
        await RefusedAsync(answer, cancellation);
        return null;
    }

    /// <summary>Tells why it refuses.</summary>
    public static async Task RefusedAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var body = await answer.Content.ReadAsStringAsync(cancellation);
        var why = answer.Content.Headers.ContentType?.MediaType == "application/problem+json" ? Text(JsonElement.Parse(body), "detail") : Printable.Line(body.Trim());
        await Console.Error.WriteLineAsync($"{(int)answer.StatusCode}: {why}{((int)answer.StatusCode is 401 or 403 ? " Name a token of the role operator with --token-file." : "")}");
    }

    public static string Text(JsonElement of, string name) => of.GetProperty(name) is { ValueKind: JsonValueKind.String } value ? Printable.Line(value.GetString()!) : "";

    public static int Refuse(string why)
    {
        Console.Error.WriteLine($"{why}.");
        return NotAsked;
    }
}
