using System.Buffers;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Alerts.Api;

/// <summary>An error as a problem detail (RFC 9457): what is wrong, with what, and what to do.</summary>
sealed class Refusal(int status, string title, string detail) : Exception(detail)
{
    /// <summary>Of a request that can't be understood.</summary>
    public static Refusal Senseless(string detail) => new(StatusCodes.Status400BadRequest, "The request makes no sense", detail);

    /// <summary>Serves, and answers with what is refused meanwhile.</summary>
    public static RequestDelegate Guard(RequestDelegate serveAsync) => async context =>
    {
        try
        {
            await serveAsync(context);
        }
        catch (Refusal refusal)
        {
            await refusal.SendAsync(context);
        }
        catch (SqliteException error)
        {
            await new Refusal(StatusCodes.Status503ServiceUnavailable, "The store is out of reach", $"{error.Message}; try again").SendAsync(context);
        }
    };

    public Task SendAsync(HttpContext context)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", title);
            json.WriteNumber("status", status);
            json.WriteString("detail", Message);
            json.WriteEndObject();
        }
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        return context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted).AsTask();
    }
}
