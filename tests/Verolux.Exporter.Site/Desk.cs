using System.Text;

namespace Verolux.Exporter.Site;

/// <summary>What every vendor's stand-in does with a request: it is read and recorded, meets the fault that is planned for it, and is answered.</summary>
sealed class Desk(TimeProvider clock)
{
    public FaultPlan Faults { get; } = new();

    public Journal<RecordedRequest> Requests { get; } = new();

    /// <param name="judge">The vendor's honest answer.</param>
    public async Task AnswerAsync(HttpContext context, Func<RecordedRequest, byte[], Reply> judge)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var request = new RecordedRequest(clock.GetUtcNow(), Encoding.UTF8.GetString(body.ToArray()));
        Requests.Add(request);
        Reply Honest() => judge(request, body.ToArray());
        var reply = Faults.Take() is { } fault ? await fault(context, Honest) : Honest();
        request.Status = reply?.Status;
        if (reply is null)
            context.Abort();
        else
            await reply.SendAsync(context.Response);
    }
}
