using System.Globalization;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Outbox;

namespace Verolux.Exporter.Alerts.Drills;

/// <summary>
/// One drill, from its alert to its end: each hop is a step of the report. Where a hop fails, what lies behind it is tried all the same, and whatever comes in
/// between, nothing stays open.
/// </summary>
/// <param name="heard">What is heard of it meanwhile.</param>
sealed class DrillRun(DrillPath path, Drills heard, Drill drill, DrillReport report, TimeProvider time)
{
    /// <summary>How long a hop may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>How long is waited for what is not to be expected any more.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>How long an Alertmanager may take to show an alert that it has taken.</summary>
    static readonly TimeSpan ShownWithin = TimeSpan.FromSeconds(2);

    static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    readonly SeriesKey series = SeriesOf(drill, path.Reader);

    /// <summary>The incident, once there is one.</summary>
    long? incident;

    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await WalkAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Say(DrillStep.Halted, false, TimeSpan.Zero, "the exporter stops", "begin another drill once it runs again");
        }
        catch (Exception error)
        {
            Say(DrillStep.Halted, false, TimeSpan.Zero, $"the drill can't go on: {OneLine.Of(error.Message)}", "see the exporter's log, and whether /readyz says that the store takes writes");
        }
        finally
        {
            await CloseAsync();
            report.End(time.GetUtcNow());
        }
    }

    async Task WalkAsync(CancellationToken cancellation)
    {
        var posted = time.GetUtcNow();
        var takers = await PostAsync(cancellation);
        bool? expected = takers.Count > 0 ? false : null;
        foreach (var alertmanager in takers)
            expected |= await RoutesAsync(alertmanager, cancellation);
        var came = expected is { } && await ComesAsync(expected.Value, posted, cancellation);
        if (!came && !await GiveAsync(cancellation))
            return;
        Say(DrillStep.Matched, true, TimeSpan.Zero, "it is known for a drill: no runbook, no SLA, and nobody else is told");
        var told = await DeliveredAsync(DrillStep.Delivered, PageAction.Trigger, path.Destinations.Keys, "is told: TEST", cancellation);
        if (path.Destinations.Count == 0)
            Say(DrillStep.Delivered, false, TimeSpan.Zero, "no destination is configured, so nobody is told of anything", "add one to alerts.destinations, and its name to alerts.levels");
        await EndAsync(takers, came, cancellation);
        await DeliveredAsync(DrillStep.Resolved, PageAction.Resolve, told, "is told that it is over", cancellation);
    }

    /// <returns>Those that took the alert.</returns>
    async Task<IReadOnlyList<Alertmanager>> PostAsync(CancellationToken cancellation)
    {
        if (path.Alertmanagers.Count == 0)
        {
            Say(
                DrillStep.Accepts, false, TimeSpan.Zero, "no Alertmanager is configured, so the way through it is not tested",
                "add `alertmanagers: { main: { url: \"http://127.0.0.1:9093\" } }` under alerts, with the address of yours");
        }
        var takers = new List<Alertmanager>();
        foreach (var alertmanager in path.Alertmanagers)
        {
            var (name, start) = (alertmanager.Options.Name, time.GetTimestamp());
            var problem = await alertmanager.PostAsync(drill.Posted(null), cancellation);
            if (problem is null)
            {
                takers.Add(alertmanager);
                Say(DrillStep.Accepts, true, time.GetElapsedTime(start), $"alertmanager {name} accepted the alert");
            }
            else
                Say(DrillStep.Accepts, false, time.GetElapsedTime(start), $"alertmanager {name} did not take the alert: {problem}", $"put right what it says, at alerts.alertmanagers.{name}");
        }
        return takers;
    }

    /// <returns>Whether its webhook is to be expected.</returns>
    async Task<bool> RoutesAsync(Alertmanager alertmanager, CancellationToken cancellation)
    {
        var (start, deadline) = (time.GetTimestamp(), time.GetUtcNow() + ShownWithin);
        while (true)
        {
            var verdict = Advice.Routing(alertmanager.Options, await alertmanager.LookAsync(cancellation), drill.Id);
            if (verdict.Expected is not null || time.GetUtcNow() >= deadline)
            {
                Say(DrillStep.Routes, verdict.Expected == true, time.GetElapsedTime(start), verdict.What, verdict.Remedy);
                return verdict.Expected ?? true;
            }
            await heard.News.SleepAsync(time.GetUtcNow() + LookAgain, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Waits for the webhook.</summary>
    async Task<bool> ComesAsync(bool expected, DateTimeOffset posted, CancellationToken cancellation)
    {
        var (begun, last) = (time.GetUtcNow(), expected ? Patience : Grace);
        var deadline = begun + last;
        var warned = false;
        var found = await UntilAsync(
            () =>
            {
                // That may have been ours, and then nothing comes any more.
                if (!warned && heard.Refused is not null)
                    (warned, deadline) = (true, Earlier(deadline, time.GetUtcNow() + Grace));
                return Find();
            },
            () => deadline, cancellation);
        if (found is { } at)
        {
            Say(DrillStep.Received, true, at - posted, "its webhook has come");
            Stored(at);
            return true;
        }
        var (what, remedy) = Advice.NotReceived(heard.Refused, expected, last, string.Join(", ", path.Alertmanagers.Select(a => a.Options.Receiver).Distinct()), heard.TokenFiles, path.PublicUrl);
        Say(DrillStep.Received, false, time.GetUtcNow() - begun, what, remedy);
        return false;
    }

    /// <summary>Hands the alert to the intake as Alertmanager would have, so that the rest is tried too.</summary>
    /// <returns>Whether there is an incident.</returns>
    async Task<bool> GiveAsync(CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        await path.Intake.TakeAsync(drill.Webhook());
        Say(DrillStep.Given, true, time.GetElapsedTime(start), "the alert is handed to the exporter here, so that the rest is tried all the same");
        if (await UntilAsync(Find, () => time.GetUtcNow(), cancellation) is not { } at)
            return false;
        Stored(at);
        return true;
    }

    void Stored(DateTimeOffset received) => Say(DrillStep.Stored, true, (heard.StoredAt(incident!.Value) ?? time.GetUtcNow()) - received, $"incident {report.Incident} is on the disk");

    /// <summary>Waits until each of these destinations has been told.</summary>
    /// <returns>Those that were.</returns>
    async Task<IReadOnlyCollection<string>> DeliveredAsync(string step, PageAction action, IEnumerable<string> destinations, string words, CancellationToken cancellation)
    {
        var (begun, deadline) = (time.GetUtcNow(), time.GetUtcNow() + Patience);
        var (waiting, told) = (destinations.ToHashSet(), new List<string>());
        await UntilAsync(
            () =>
            {
                foreach (var one in Deliveries(action).Where(d => (d.IsDelivered || d.IsDead) && waiting.Remove(d.Destination)))
                {
                    if (one.IsDelivered)
                        told.Add(one.Destination);
                    Tell(step, one, one.EndedAt!.Value - one.CreatedAt, words);
                }
                return waiting.Count == 0 ? begun : null;
            },
            () => deadline, cancellation);
        foreach (var name in waiting)
        {
            var took = time.GetUtcNow() - begun;
            if (Deliveries(action).FirstOrDefault(d => d.Destination == name) is { } one)
                Tell(step, one, took, words);
            else
                Say(step, false, took, $"{name} is not told: nothing was put into its queue", "see the exporter's log");
        }
        return told;
    }

    void Tell(string step, Told one, TimeSpan took, string words)
    {
        var (outcome, attempts) = (heard.OutcomeOf(one), one.Attempts == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", at attempt {one.Attempts}"));
        if (one.IsDelivered)
        {
            Say(step, true, took, $"{one.Destination} {words} ({one.Reference}{attempts})");
            return;
        }
        var why = outcome is null or Delivery.Outcome.Delivered ? one.Error ?? "no attempt has ended" : outcome.Detail;
        Say(
            step, false, took, $"{one.Destination} {(one.IsDead ? "has refused it for good" : "does not take it")}{(one.Attempts > 1 ? attempts : "")}: {OneLine.Of(why)}",
            Advice.NotDelivered(one.Destination, outcome?.Result, path.Destinations.GetValueOrDefault(one.Destination), one.IsDead, one.Id));
    }

    /// <param name="takers">Those that have the alert.</param>
    /// <param name="came">Whether it came through one, and so should its end.</param>
    async Task EndAsync(IReadOnlyList<Alertmanager> takers, bool came, CancellationToken cancellation)
    {
        var (start, begun) = (time.GetTimestamp(), time.GetUtcNow());
        var problems = new List<string>();
        foreach (var alertmanager in takers)
        {
            if (await alertmanager.PostAsync(drill.Posted(begun), cancellation) is { } problem)
                problems.Add($"alertmanager {alertmanager.Options.Name} did not take the end: {problem}");
        }
        var over = came && problems.Count < takers.Count && await UntilAsync(() => IsOpen() ? null : begun, () => begun + Patience, cancellation) is not null;
        if (over)
            Say(DrillStep.Ended, problems.Count == 0, time.GetElapsedTime(start), problems.Count == 0 ? $"the webhook with its end has come, and {report.Incident} is over" : string.Join("; ", problems), problems.Count == 0 ? null : "put right what it says");
        else
        {
            var took = time.GetElapsedTime(start);
            await CloseAsync();
            if (!came)
                Say(DrillStep.Ended, true, took, $"{report.Incident} is ended here");
            else if (problems.Count == takers.Count)
                Say(DrillStep.Ended, false, took, $"{string.Join("; ", problems)}; {report.Incident} is ended here", "put right what it says; the alert ends there by itself after its resolve_timeout");
            else
            {
                Say(
                    DrillStep.Ended, false, took, string.Create(CultureInfo.InvariantCulture, $"no webhook with its end came within {Patience.TotalSeconds} s; {report.Incident} is ended here"),
                    "receiver and route in alertmanager.yml need send_resolved: true and group_interval: 30s, since an end is told with the next group_interval");
            }
        }
    }

    /// <summary>Ends the incident where nobody else has.</summary>
    async Task CloseAsync()
    {
        try
        {
            if (incident is { } id && IsOpen())
                await path.Responder.ResolveAsync(id, report.Who, "the drill is over");
        }
        catch (Exception error) when (error is SqliteException or System.Threading.Channels.ChannelClosedException)
        {
            Say(DrillStep.Halted, false, TimeSpan.Zero, $"incident {report.Incident} can't be ended: {error.Message}", "resolve it by hand");
        }
    }

    /// <summary>Looks each time that something has happened, until there is an answer or it is too late.</summary>
    async Task<DateTimeOffset?> UntilAsync(Func<DateTimeOffset?> look, Func<DateTimeOffset> deadline, CancellationToken cancellation)
    {
        while (true)
        {
            if (look() is { } found)
                return found;
            if (time.GetUtcNow() >= deadline())
                return null;
            await heard.News.SleepAsync(deadline(), cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>When the incident was opened; null while there is none.</summary>
    DateTimeOffset? Find()
    {
        using var reader = path.Store.OpenReader();
        using var command = new SqliteCommand("SELECT id, opened_at FROM incidents WHERE series = $1 ORDER BY id DESC LIMIT 1", reader);
        command.Parameters.AddWithValue("$1", series.ToBytes());
        using var rows = command.ExecuteReader();
        if (!rows.Read())
            return null;
        incident = rows.GetInt64(0);
        report.Opened(incident.Value);
        return rows.TimeAt(1);
    }

    bool IsOpen()
    {
        using var reader = path.Store.OpenReader();
        using var command = new SqliteCommand($"SELECT 1 FROM incidents WHERE id = $1 AND state IN {IncidentStates.Open}", reader);
        command.Parameters.AddWithValue("$1", incident);
        return command.ExecuteScalar() is not null;
    }

    IReadOnlyList<Told> Deliveries(PageAction action)
    {
        using var reader = path.Store.OpenReader();
        return Told.Read(reader, incident!.Value, action);
    }

    void Say(string name, bool ok, TimeSpan took, string what, string? remedy = null) => report.Add(new DrillStep(name, ok, took < TimeSpan.Zero ? TimeSpan.Zero : took, what, remedy));

    static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    static SeriesKey SeriesOf(Drill drill, AlertReader reader) => Notification.Parse(drill.Webhook(), reader).Alerts[0].Series;
}
