using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

/// <summary>Of Prometheus and Alertmanager, with what belongs to them.</summary>
public enum Versions
{
    /// <summary>Debian 12's, which are installed.</summary>
    Oldest,

    /// <summary>The next Debian's, in <c>build/newest</c>.</summary>
    Newest,
}

static class VersionsExtensions
{
    /// <summary>How a program of theirs is called. Where the newest can't be had the test is left out, and says why.</summary>
    public static string Program(this Versions versions, string name)
    {
        if (versions == Versions.Oldest)
            return name;
        var program = RepositoryRoot.Of("build", "newest", name);
        if (!File.Exists(program))
        {
            var why = RepositoryRoot.Of("build", "newest-missing");
            Assert.Ignore(File.Exists(why) ? File.ReadAllText(why).TrimEnd() : "there is no build/newest: `make build/newest` fetches it");
        }
        return program;
    }
}
