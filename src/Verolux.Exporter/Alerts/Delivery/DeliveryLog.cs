using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Outbox;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>What is logged about the deliveries to one destination: each that ends, and a failure once for as long as it stays the same.</summary>
sealed partial class DeliveryLog(string destination, ILogger<DeliveryLoop> logger)
{
    string failing = "";

    public void Attempted(OutboxRow row, Outcome outcome)
    {
        var number = IncidentNumber.Format(row.Incident);
        var result = outcome is Outcome.Delivered ? "" : outcome.Result;
        // Several attempts end at once: the first one to see the change tells it.
        var before = Interlocked.Exchange(ref failing, result);
        if (outcome is Outcome.Delivered)
            Log.Delivered(logger, row.Action, number, destination, row.Attempts);
        else if (outcome is Outcome.Refused)
            Log.Refused(logger, row.Action, number, destination, outcome.Detail);
        else if (before != result)
            Log.Failing(logger, destination, outcome.Result, outcome.Detail);
    }

    public void NotRecorded(Exception error) => Log.NotRecorded(logger, destination, error.Message);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Action} of {Incident} delivered to {Destination} (attempt {Attempt})")]
        public static partial void Delivered(ILogger logger, PageAction action, string incident, string destination, int attempt);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Delivery to {Destination} fails: {Result} ({Detail}); it is tried again until it succeeds")]
        public static partial void Failing(ILogger logger, string destination, string result, string detail);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Action} of {Incident} was refused by {Destination} and is a dead letter: {Detail}")]
        public static partial void Refused(ILogger logger, PageAction action, string incident, string destination, string detail);

        [LoggerMessage(Level = LogLevel.Error, Message = "What came of a delivery to {Destination} can't be stored ({Error}); what follows on the same series waits until it can")]
        public static partial void NotRecorded(ILogger logger, string destination, string error);
    }
}
