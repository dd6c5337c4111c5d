namespace Verolux.Exporter.Site;

sealed record Reply(int Status, string Body, string? RetryAfter = null, string? Location = null, string ContentType = "application/json")
{
    public Task SendAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        response.ContentType = ContentType;
        if (RetryAfter is not null)
            response.Headers.RetryAfter = RetryAfter;
        if (Location is not null)
            response.Headers.Location = Location;
        return response.WriteAsync(Body);
    }
}
