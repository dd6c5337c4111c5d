using System.Net.Http.Headers;
using System.Text;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Alerts.Alertmanagers;

/// <summary>One Alertmanager, as it is spoken to.</summary>
sealed class Alertmanager(AlertmanagerOptions options, AlertReader alerts, TimeProvider time) : IDisposable
{
    /// <summary>Bytes. 10,000 alerts take about 8 MB.</summary>
    public const int LargestAnswer = 64 * 1024 * 1024;

    /// <summary>Characters of an answer that people are told.</summary>
    const int LongestTold = 200;

    const int LongestRefusal = 4096;
    const string Alerts = "api/v2/alerts";
    const string Silences = "api/v2/silences";

    // The server itself is what is asked, and the password is in every request.
    readonly Wire wire = new(options.Tls, throughProxy: false);

    public AlertmanagerOptions Options => options;

    public void Dispose() => wire.Dispose();

    /// <summary>What it knows now. Throws only on cancellation.</summary>
    public async Task<View> LookAsync(CancellationToken cancellation)
    {
        var askedAt = time.GetUtcNow();
        var reader = new ViewReader(options.Receiver, alerts);
        using var deadline = new CancellationTokenSource(Wire.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        // The silences second: a silence that an alert is said to be muted by is then among them.
        var held = await AskAsync(HttpMethod.Get, Alerts, null, both.Token, cancellation);
        var problem = held.Problem ?? Told(Alerts, reader.ReadAlerts(held.Body), held);
        if (problem is null)
        {
            var silences = await AskAsync(HttpMethod.Get, Silences, null, both.Token, cancellation);
            problem = silences.Problem ?? Told(Silences, reader.ReadSilences(silences.Body), silences);
        }
        var view = problem is null ? reader.View(options.Name, askedAt, held.Now) : View.Failed(options.Name, askedAt, problem, held.Now);
        return view with { Skew = held.Skew };
    }

    /// <summary>Tells it of alerts, as Prometheus does. Throws only on cancellation.</summary>
    /// <param name="alerts">A list in JSON (postableAlerts).</param>
    /// <returns>Null, or why it has not taken them, for people; without any secret.</returns>
    public async Task<string?> PostAsync(ReadOnlyMemory<byte> alerts, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Wire.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        return (await AskAsync(HttpMethod.Post, Alerts, alerts, both.Token, cancellation)).Problem;
    }

    /// <param name="either">Cancelled by the caller, or because it takes too long.</param>
    /// <param name="caller">Cancelled by the caller.</param>
    async Task<Reply> AskAsync(HttpMethod method, string path, ReadOnlyMemory<byte>? json, CancellationToken either, CancellationToken caller)
    {
        if (Authorize(out var authorization, out var secrets) is { } unreadable)
            return new Reply(unreadable);
        using var request = new HttpRequestMessage(method, new Uri(options.Url, path));
        request.Headers.Authorization = authorization;
        if (json is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        var asked = time.GetUtcNow();
        try
        {
            using var response = await wire.SendAsync(request, either);
            var answered = time.GetUtcNow();
            var reply = new Reply(null) { Now = response.Headers.Date, Skew = Wire.Skew(response, asked, answered), Secrets = secrets };
            if (!response.IsSuccessStatusCode)
                return reply with { Problem = await RefusalAsync(path, response, secrets, either) };
            await response.Content.LoadIntoBufferAsync(LargestAnswer, either);
            return reply with { Body = await response.Content.ReadAsByteArrayAsync(either) };
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested)
        {
            return new Reply($"{path} has no whole answer within {Wire.Timeout.TotalSeconds} s: see whether it runs, and whether {Key("url")} is right ({options.Url})");
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return new Reply($"{path} is answered with more than {LargestAnswer / 1024 / 1024} MiB, which is not read: see what fills it, and whether {Key("url")} is an Alertmanager's");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return new Reply($"{path} has no whole answer ({wire.WhyNot(error)}): see whether it runs, and whether {Key("url")} is right ({options.Url})");
        }
    }

    /// <summary>Reads the credentials, which may have been changed since.</summary>
    /// <param name="secrets">What nobody is told.</param>
    /// <returns>Null, or why they can't be read.</returns>
    string? Authorize(out AuthenticationHeaderValue? authorization, out IReadOnlyList<string> secrets)
    {
        (authorization, secrets) = (null, []);
        if (options.Username is { } user && options.Password is { } hidden)
        {
            if (hidden.TryRead(out var password) is { } problem)
                return $"{Key("password_file")}: {problem}";
            var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
            (authorization, secrets) = (new AuthenticationHeaderValue("Basic", basic), [basic, password]);
        }
        else if (options.Token is { } bearer)
        {
            if (bearer.TryRead(out var token) is { } problem)
                return $"{Key("token_file")}: {problem}";
            // Else the header's own exception would repeat it.
            if (!token.All(c => c is > ' ' and <= '~'))
                return $"{Key("token_file")}: holds what is no token, which is one line without spaces";
            (authorization, secrets) = (new AuthenticationHeaderValue("Bearer", token), [token]);
        }
        return null;
    }

    async Task<string> RefusalAsync(string path, HttpResponseMessage response, IReadOnlyList<string> secrets, CancellationToken cancellation)
    {
        var answered = $"{path} is answered {(int)response.StatusCode}";
        return (int)response.StatusCode switch
        {
            401 or 403 => $"{answered}, it refuses our credentials: check username and password_file, or token_file, of {Key("")}",
            404 => $"{answered}: see whether {Key("url")} lacks the prefix that its --web.route-prefix or --web.external-url has, or is no Alertmanager's ({options.Url})",
            >= 300 and < 400 => $"{answered}, a redirect, which is not followed: write the address that it leads to into {Key("url")}",
            _ => $"{answered}: {Cut(await Wire.ReadLineAsync(response, LongestRefusal, secrets, cancellation))}",
        };
    }

    /// <summary>What is wrong with an answer, with how it begins.</summary>
    string? Told(string path, string? why, Reply reply)
    {
        if (why is null)
            return null;
        var begins = Cut(Wire.Line(reply.Body.AsSpan(0, Math.Min(reply.Body.Length, LongestRefusal)), reply.Body.Length > LongestRefusal, reply.Secrets));
        return $"the answer of {path} {why}: see whether {Key("url")} is an Alertmanager's, version 0.25 or newer; it begins with: {begins}";
    }

    string Key(string name) => $"alerts.alertmanagers.{options.Name}{(name.Length > 0 ? "." : "")}{name}";

    static string Cut(string line) => OneLine.Of(line.Length <= LongestTold ? line : line[..LongestTold]);

    /// <param name="Problem">Why there is no answer, for people; null where there is one.</param>
    sealed record Reply(string? Problem)
    {
        public byte[] Body { get; init; } = [];

        public DateTimeOffset? Now { get; init; }

        public TimeSpan? Skew { get; init; }

        public IReadOnlyList<string> Secrets { get; init; } = [];
    }
}
