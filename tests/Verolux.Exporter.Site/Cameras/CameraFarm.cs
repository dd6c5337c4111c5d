using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>
/// An RTSP server on a loopback port with any number of cameras, told apart by the paths of their URLs. A camera costs its entry in a table until somebody plays it.
/// </summary>
sealed class CameraFarm : IAsyncDisposable
{
    readonly ConcurrentDictionary<string, Camera> cameras = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<Task, Socket> serving = [];
    readonly CancellationTokenSource stopping = new();
    readonly X509Certificate2? certificate;
    readonly Socket listener;
    readonly Task accepting;

    CameraFarm(IPEndPoint address, X509Certificate2? certificate, bool keepsRequests, TimeProvider clock)
    {
        (this.certificate, Clock) = (certificate, clock);
        Requests = keepsRequests ? new Journal<CameraRequest>() : null;
        listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(address);
        listener.Listen(4096);
        accepting = AcceptAsync();
    }

    /// <summary>What paces the frames.</summary>
    public TimeProvider Clock { get; }

    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <summary>Of every request, once what to answer is known; null when the farm was told to keep none.</summary>
    public Journal<CameraRequest>? Requests { get; }

    /// <summary>A URL that no camera has.</summary>
    public string Elsewhere => Url("/elsewhere");

    /// <param name="port">0 has the kernel pick one.</param>
    /// <param name="certificate">With one, the farm speaks RTSP over TLS (rtsps) only.</param>
    /// <param name="address">Loopback unless told otherwise.</param>
    /// <param name="keepsRequests">For tests; with thousands of cameras the journal would grow without end.</param>
    public static CameraFarm Start(int port = 0, X509Certificate2? certificate = null, bool keepsRequests = true, TimeProvider? clock = null, IPAddress? address = null) =>
        new(new IPEndPoint(address ?? IPAddress.Loopback, port), certificate, keepsRequests, clock ?? TimeProvider.System);

    /// <param name="path">With a slash at its front: /gate_a1.</param>
    /// <exception cref="ArgumentException">The path is taken.</exception>
    public Camera Add(string path, CameraKind? kind = null)
    {
        var camera = new Camera(path, kind ?? CameraKind.Good);
        return cameras.TryAdd(path, camera) ? camera : throw new ArgumentException($"there is a camera at {path} already");
    }

    /// <summary>Without credentials.</summary>
    public string Url(Camera camera) => Url(camera.Path);

    /// <param name="path">Of a camera, or of what is in one.</param>
    /// <returns>null when there is no such camera.</returns>
    public Camera? Find(string path) =>
        cameras.TryGetValue(path, out var camera) || cameras.TryGetValue(path[..Math.Max(0, path.LastIndexOf('/'))], out camera) ? camera : null;

    public void Keep(RtspRequest request, int? status) => Requests?.Add(new CameraRequest(request.Path, request.Method, request.Text, status));

    /// <summary>What reading from and writing to a connection throws when it is over.</summary>
    public static bool IsGone(Exception exception) => exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException;

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting;
        foreach (var socket in serving.Values)
            socket.Dispose();
        await Task.WhenAll(serving.Keys);
        stopping.Dispose();
    }

    string Url(string path) => $"{(certificate is null ? "rtsp" : "rtsps")}://127.0.0.1:{Port}{path}";

    async Task AcceptAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(stopping.Token);
                var served = ServeAsync(socket);
                serving.TryAdd(served, socket);
                _ = served.ContinueWith(task => serving.TryRemove(task, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            catch (Exception gone) when (IsGone(gone))
            {
                // A client that hung up in the queue, or the end.
            }
        }
    }

    async Task ServeAsync(Socket socket)
    {
        using var owned = socket;
        try
        {
            socket.NoDelay = true;
            await using var stream = await OpenAsync(socket);
            using var connection = new RtspConnection(this, socket, stream);
            await connection.ServeAsync(stopping.Token);
        }
        catch (Exception gone) when (IsGone(gone) || gone is System.Security.Authentication.AuthenticationException)
        {
            // Clients come and go as they like.
        }
    }

    async Task<Stream> OpenAsync(Socket socket)
    {
        var plain = new NetworkStream(socket);
        if (certificate is null)
            return plain;
        var secure = new SslStream(plain);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stopping.Token);
        return secure;
    }
}
