namespace Verolux.Exporter.Alerts;

/// <summary>The store can't be opened; the message tells a person why and what to do.</summary>
sealed class StoreException(string message) : Exception(message);
