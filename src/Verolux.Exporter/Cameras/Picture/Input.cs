using System.Net;
using System.Net.Security;
using System.Text;
using FFMpegCore.Pipes;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>
/// What ffmpeg reads: a script that names a file or the relay to an RTSP camera, or the body of a GET that we sent. So ffmpeg never reaches farther than this machine: redirects and
/// certificates are our matter, and a camera can't send it elsewhere.
/// </summary>
/// <param name="options">ffmpeg's options before <c>-i</c>.</param>
sealed class Input(Stream content, string options, TimeSpan patience, TimeProvider time, Relay? relay = null, HttpResponseMessage? response = null, HttpClient? client = null) : IPipeSource, IAsyncDisposable
{
    /// <summary>Enough for the first frames of every stream, and an end to those that never become one.</summary>
    const long MostBytes = 64L << 20;

    /// <summary>Cameras sign their own certificates, so every one is taken, as ffmpeg does by itself.</summary>
#pragma warning disable CA5359
    static readonly RemoteCertificateValidationCallback AnyCertificate = static (_, _, _, _) => true;
#pragma warning restore CA5359

    Failure? interruption;

    public string Options => options;

    /// <summary>A multipart body has no time stamps: its frames are timed as they arrive.</summary>
    public bool IsMultipart => response?.Content.Headers.ContentType?.MediaType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>What ended an HTTP body before its end, or the stream of an RTSP camera.</summary>
    public Failure? Failure => interruption ?? relay?.Failure;

    public static async Task<(Input? Input, Failure? Failure)> OpenAsync(Source source, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        if (source.Url.Scheme is "http" or "https")
            return await GetAsync(source, patience, time, cancellationToken);
        if (source.Url.IsFile)
        {
            var (text, refused) = Script.ForFile(source.Url);
            return text is null ? (null, refused) : (Of(text, $"{Script.Files} -protocol_whitelist unix,file"), null);
        }
        var (relay, failure) = await Relay.OpenAsync(source, patience, time, cancellationToken);
        return relay is null ? (null, failure) : (Of(Script.ForRelay(relay.Address, patience), "rtsp -protocol_whitelist unix,tcp", relay), null);

        Input Of(string text, string whitelist, Relay? relay = null) =>
            new(new MemoryStream(Encoding.UTF8.GetBytes(text)), $"-f concat -safe 0 -format_whitelist concat,{whitelist}", patience, time, relay);
    }

    public string GetStreamArguments() => "";

    public async Task WriteAsync(Stream outputStream, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        for (var all = 0L; all < MostBytes;)
        {
            var count = await ReadAsync(buffer, cancellationToken);
            if (count == 0)
                return;
            all += count;
            try
            {
                await outputStream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }
            catch (IOException)
            {
                return; // ffmpeg has what it needs
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (relay is not null)
            await relay.DisposeAsync();
        await content.DisposeAsync();
        response?.Dispose();
        client?.Dispose();
    }

    async Task<int> ReadAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await content.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            interruption = new Failure(FailureReason.Timeout, $"nothing more came within {patience.TotalSeconds:0.#} s");
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            interruption = new Failure(CameraReasons.Protocol, "the connection broke off in the middle of the stream");
        }
        return 0;
    }

    static async Task<(Input? Input, Failure? Failure)> GetAsync(Source source, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var client = new HttpClient(Handler(source)) { Timeout = Timeout.InfiniteTimeSpan };
        HttpResponseMessage? response = null;
        var kept = false;
        using var silence = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            response = await client.GetAsync(source.Url, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (Refusal(response.StatusCode) is { } refusal)
                return (null, refusal);
            var content = await response.Content.ReadAsStreamAsync(either.Token);
            kept = true;
            return (new Input(content, $"-format_whitelist {Script.Containers} -protocol_whitelist unix -codec_whitelist {Script.Codecs}", patience, time, null, response, client), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new Failure(FailureReason.Timeout, $"no answer to GET within {patience.TotalSeconds:0.#} s"));
        }
        catch (HttpRequestException error)
        {
            return (null, Failed(error, source.Url));
        }
        finally
        {
            if (!kept)
            {
                response?.Dispose();
                client.Dispose();
            }
        }
    }

    static SocketsHttpHandler Handler(Source source) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        MaxResponseHeadersLength = 64,
        Credentials = string.IsNullOrEmpty(source.Username) ? null : new NetworkCredential(source.Username, source.Password),
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = AnyCertificate },
    };

    static Failure? Refusal(HttpStatusCode status)
    {
        var code = (int)status;
        var reason = code switch
        {
            >= 200 and < 300 => null,
            >= 300 and < 400 => CameraReasons.Redirect,
            401 => CameraReasons.Auth,
            403 => CameraReasons.Forbidden,
            404 or 410 => CameraReasons.NotFound,
            503 => CameraReasons.Busy,
            _ => CameraReasons.Protocol,
        };
        return reason is null ? null : new Failure(reason, $"the camera answered GET with {code}{(code is >= 300 and < 400 ? ", which is not followed" : "")}");
    }

    static Failure Failed(HttpRequestException error, Uri url) => error.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => new(CameraReasons.Dns, "the host name is not known"),
        HttpRequestError.SecureConnectionError => new(CameraReasons.Tls, "the TLS handshake failed"),
        _ => NetworkFailure.Of(error, url.Authority) ?? new(CameraReasons.Protocol, "the answer to GET is not HTTP"),
    };
}
