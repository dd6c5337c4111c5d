using System.Globalization;

namespace Verolux.Exporter.Benchmarks;

/// <summary>Processor time, user and system together, in seconds, as the kernel counts it (proc_pid_stat(5)); to a hundredth.</summary>
static class ProcessorTime
{
    // USER_HZ: a hundred on every Linux that .NET runs on.
    const double TicksPerSecond = 100;

    public static double Of(Child child) => Sum(child.Id.ToString(CultureInfo.InvariantCulture), 11, 12);

    /// <summary>Of this process' children that have ended, and of theirs.</summary>
    public static double OfTheEnded() => Sum("self", 13, 14);

    static double Sum(string process, int user, int system)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        // Behind the name, which stands in parentheses and may hold anything.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[user], CultureInfo.InvariantCulture) + double.Parse(fields[system], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
