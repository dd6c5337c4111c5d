namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>Addresses that people may be sent to.</summary>
static class WebLink
{
    const int Longest = 2048;

    /// <summary>A web address without a user in it, as it is written in a link; null for anything else: what an alert brings along may be anything.</summary>
    public static string? Of(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && address.Length <= Longest ? url.AbsoluteUri : null;
}
