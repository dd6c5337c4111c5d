using System.Globalization;

namespace Verolux.Exporter.Alerts;

/// <summary>Times as others read them: RFC 3339, in UTC.</summary>
static class Rfc3339
{
    public static string Seconds(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    public static string Milliseconds(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
