using System.CommandLine;
using System.Globalization;
using System.Net.Security;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Commands;

/// <summary>
/// <c>verolux-exporter healthcheck [--config FILE] [--ready]</c>: asks the exporter that runs here whether it is alive, for container engines. Exit status 0 or 1.
/// What a restart can't mend, such as a full disk, is for <c>--ready</c>; nothing that the exporter watches counts for either.
/// </summary>
static class HealthcheckCommand
{
    const double UsualSeconds = 3;
    const double MostSeconds = 600;

    public static void AddTo(RootCommand root)
    {
        var config = new Option<string?>("--config") { Description = "The running exporter's configuration file, which says where it listens; without it what runs without one." };
        var ready = new Option<bool>("--ready") { Description = "Ask whether its store takes writes, too: for what is to wait for it, not for what restarts it." };
        var seconds = new Option<double>("--timeout") { Description = "How many seconds it has to answer.", DefaultValueFactory = _ => UsualSeconds };
        seconds.Validators.Add(given =>
        {
            if (given.Tokens is [var text] && double.TryParse(text.Value, CultureInfo.InvariantCulture, out var number) && number is not (> 0 and <= MostSeconds))
                given.AddError($"--timeout: write a number of seconds above 0, {MostSeconds} at most");
        });
        var command = new Command("healthcheck", "Ask the exporter that runs with this configuration whether it is alive: for the HEALTHCHECK of a container.") { config, ready, seconds };
        command.SetAction((a, cancellation) => AskAsync(a.GetValue(config), a.GetValue(ready) ? "readyz" : "livez", TimeSpan.FromSeconds(a.GetValue(seconds)), cancellation));
        root.Subcommands.Add(command);
    }

    static async Task<int> AskAsync(string? file, string path, TimeSpan timeout, CancellationToken cancellation)
    {
        // Only where it listens counts: a mistake that was written into the file since must have nobody restart what runs well without it.
        var (listen, web, problem) = ExporterOptions.ReadAccess(file, TimeProvider.System);
        if (problem is not null)
            return Refuse($"{problem}");
        if (listen.Port == 0)
            return Refuse("listen: the system picked the port, so that nobody knows it; write one down");
        var met = false;
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            // It speaks to its own machine and tells no secret, and the certificate is for the name by which others reach it.
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => met = true },
        };
        using var client = new HttpClient(handler) { Timeout = timeout };
        var address = new Uri($"{(web.HasTls ? "https" : "http")}://{Remote.Reached(listen)}/{path}");
        try
        {
            using var answer = await client.GetAsync(address, cancellation);
            var text = Printable.Line((await answer.Content.ReadAsStringAsync(cancellation)).Trim());
            return answer.IsSuccessStatusCode ? Tell(text) : Refuse($"{address} answers {(int)answer.StatusCode}: {text}");
        }
        catch (HttpRequestException) when (met && web.RequiresClientCertificate && path == "livez")
        {
            return Tell("alive: it asks for a client's certificate");
        }
        catch (HttpRequestException error)
        {
            return Refuse($"{address} does not answer ({error.InnerException?.Message ?? error.Message})");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Refuse($"{address} does not answer in {timeout.TotalSeconds} s");
        }
    }

    static int Tell(string what)
    {
        Console.WriteLine(what);
        return 0;
    }

    static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return 1;
    }
}
