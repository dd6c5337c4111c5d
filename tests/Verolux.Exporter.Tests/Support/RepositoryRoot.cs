namespace Verolux.Exporter.Tests.Support;

/// <summary>The folder of the solution that these tests were built from.</summary>
static class RepositoryRoot
{
    public static string Path { get; } = Find();

    public static string Of(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles("*.sln").Any())
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} holds a .sln: run the tests from where they were built");
    }
}
