using System.Globalization;
using Npgsql;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Postgres;

/// <summary>
/// Looks at one server, over a fresh connection each time. A kept one would cost less, and would call a server up to which nobody can connect: one whose connections are all
/// taken, whose postmaster hangs, whose certificate has run out, or that has changed our password.
/// </summary>
sealed class PostgresLook(PostgresTarget options, Target target, TimeProvider time)
{
    static readonly ClientTls Unverified = new(AnyCertificate: true);

    readonly DatabaseSizes sizes = new(time, options.Timeout);

    public async Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        var look = await TryLookAsync(cancellationToken);
        if (look.Failure is not null)
            sizes.Forget();
        return look;
    }

    async Task<Look> TryLookAsync(CancellationToken cancellationToken)
    {
        if (options.ConnectionString.TryRead(out var text) is { } unread)
            return Look.Failed(FailureReason.Config, $"the connection string: {unread}");
        if (ConnectionString.TryParse(text, out var server) is { } wrong)
            return Look.Failed(FailureReason.Config, $"the connection string {wrong}");
        if ((options.Tls ?? Unverified).TryBegin(server.Host!, out var tls) is { } unusable)
            return Look.Failed(FailureReason.Config, unusable);
        using var own = tls.Certificate;
        var address = string.Create(CultureInfo.InvariantCulture, $"{server.Host}:{server.Port}");
        var tlsBegan = false;
        await using var source = SourceOf(server, tls, () => tlsBegan = true);
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            var reading = await PostgresReading.ReadAsync(connection, cancellationToken);
            return new Look(PostgresCollector.Describe(reading, await sizes.ReadAsync(connection, cancellationToken), target));
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // All of them: what a server may send to make the library throw something of its own is not for it to choose.
            return new Look([], PostgresFailure.Of(error, address, server.Password, tls, options.Tls is not null && !tlsBegan));
        }
    }

    NpgsqlDataSource SourceOf(NpgsqlConnectionStringBuilder server, TlsHandshake tls, Action tlsBegins)
    {
        // The library counts in whole seconds, and heeds no token while it waits for a server's first words.
        var seconds = (int)Math.Ceiling(options.Timeout.TotalSeconds);
        var builder = new NpgsqlSlimDataSourceBuilder();
        var settings = builder.ConnectionStringBuilder;
        (settings.Host, settings.Port, settings.Username, settings.Password, settings.Database) = (server.Host, server.Port, server.Username, server.Password, server.Database);
        settings.ApplicationName = "verolux-exporter";
        settings.Pooling = false;
        settings.Timeout = seconds;
        settings.CommandTimeout = seconds;
        // What is cancelled is thrown away, so there is nothing to wait for.
        settings.CancellationTimeout = -1;
        // Tried by default, it hangs where the machine has half of Kerberos (https://github.com/npgsql/npgsql/issues/6524).
        settings.GssEncryptionMode = GssEncryptionMode.Disable;
        // Without tls it is asked for all the same, as psql does. More than that: without this question the library would take the length of the first message from whoever
        // speaks first, and a web or mail server on the port would cost a gigabyte.
        settings.SslMode = options.Tls is null ? SslMode.Prefer : SslMode.Require;
        // The types of the server's own catalogue are all that is read; asking for the rest costs more than the look.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        builder.EnableTransportSecurity();
        builder.UseSslClientAuthenticationOptionsCallback(handshake =>
        {
            tlsBegins();
            var ours = tls.Options;
            (handshake.TargetHost, handshake.ClientCertificates) = (ours.TargetHost, ours.ClientCertificates);
            handshake.RemoteCertificateValidationCallback = ours.RemoteCertificateValidationCallback;
        });
        return builder.Build();
    }
}
