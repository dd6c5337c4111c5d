using Verolux.Exporter.Configuration;
using Verolux.Exporter.Gpu;
using Verolux.Exporter.Postgres;
using Verolux.Exporter.RabbitMq;

namespace Verolux.Exporter.Commands;

/// <summary>A slice of the watched system, as people are told of it.</summary>
/// <param name="Targets">How many are configured.</param>
/// <param name="Noun">What one is called.</param>
/// <param name="Example">The lines of a configuration that add one.</param>
sealed record Slice(int Targets, string Noun, string Example)
{
    public static IReadOnlyList<Slice> Of(ExporterOptions options) =>
    [
        new(options.Cameras.Count, "camera", """
            cameras:
              targets:
                - { id: gate_a1, url: "rtsp://10.0.0.11:554/stream1", username: admin, password_file: /run/secrets/gate_a1 }
            """),
        new(options.Storage.Count, "storage path", """
            storage:
              targets:
                - { path: /recordings, recordings: true }
            """),
        new(options.Gpu.Enabled ?? PciBus.HasNvidiaCard(PciBus.Devices) ? 1 : 0, "GPU driver", """
            gpu:
              enabled: true   # without it, as here, where there is an NVIDIA card
            """),
        new(options.Postgres.Count, "PostgreSQL server", """
            postgres:
              targets:
                - { name: main, connection_string_file: /run/secrets/postgres }
            """),
        new(options.Redis.Count, "Redis server", """
            redis:
              targets:
                - { name: main, address: "redis:6379", password_file: /run/secrets/redis }
            """),
        new(options.RabbitMq.Count, "RabbitMQ broker", """
            rabbitmq:
              targets:
                - { name: main, uri_file: /run/secrets/amqp, management_url: "http://rabbitmq:15672", queues: [default, heavy, reports] }
            """),
        new(options.Backend.Count, "back-end service", """
            backend:
              targets:
                - { name: backend, url: "http://backend:8000" }
            """),
    ];

    /// <summary>What is watched, in one line.</summary>
    public static string Watched(ExporterOptions options) => Of(options).Where(s => s.Targets > 0).Select(s => $"{s.Targets} {s.Noun}(s)").ToList() is { Count: > 0 } watched
        ? string.Join(", ", watched)
        : "nothing";

    /// <summary>What has to be read for a look, where it is configured, what it should hold, and what is wrong with what it holds, without any part of that.</summary>
    public static IEnumerable<(string Where, Secret Secret, string What, Func<string, string?> Mistake)> Secrets(ExporterOptions options)
    {
        foreach (var camera in options.Cameras)
        {
            if (camera.Password is { } password)
                yield return ($"cameras: {camera.Id}: password_file", password, "the camera's password", Anything);
        }
        foreach (var server in options.Postgres)
            yield return ($"postgres: {server.Name}: connection_string_file", server.ConnectionString, "postgresql://USER:PASSWORD@HOST:5432/DATABASE", ConnectionString.Mistake);
        foreach (var server in options.Redis)
        {
            if (server.Password is { } password)
                yield return ($"redis: {server.Name}: password_file", password, "the user's password", Anything);
        }
        foreach (var broker in options.RabbitMq)
            yield return ($"rabbitmq: {broker.Name}: uri_file", broker.Uri, "amqp://USER:PASSWORD@HOST:5672", secret => BrokerAddress.TryRead(broker.Uri, broker.VirtualHost, out _));
    }

    static string? Anything(string secret) => null;
}
