namespace Verolux.Exporter.Configuration;

/// <summary>
/// A credential by its origin: a file, which is read again at every use so that it can be rotated without a restart, or an environment variable.
/// Prints as its origin, never as its value. Equal to another of the same origin.
/// </summary>
sealed record Secret
{
    const int LongestFile = 64 * 1024;
    readonly string? file;
    readonly string? value;
    readonly string origin;

    Secret(string origin, string? file, string? value) => (this.origin, this.file, this.value) = (origin, file, value);

    public static Secret FromFile(string path) => new($"file {path}", path, null);

    public static Secret FromEnvironment(string variable, string value) => new($"environment variable {variable}", null, value);

    /// <summary>Reads the secret, without the white space and line ends around it; an empty one is refused.</summary>
    /// <param name="secret">The value, when the answer is null.</param>
    /// <returns>Null, or what kept it from being read, for people; without any part of the value.</returns>
    public string? TryRead(out string secret)
    {
        secret = "";
        try
        {
            if (file is not null && new FileInfo(file) is { Exists: true, Length: > LongestFile })
                return $"{origin} is longer than {LongestFile} bytes";
            var text = (file is null ? value! : File.ReadAllText(file)).Trim();
            if (text.Length == 0)
                return $"{origin} is empty";
            secret = text;
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error switch
            {
                FileNotFoundException or DirectoryNotFoundException => $"{origin} does not exist",
                UnauthorizedAccessException => $"{origin} may not be read by this user",
                _ => $"{origin} can't be read ({error.GetType().Name})",
            };
        }
    }

    public override string ToString() => $"<secret from {origin}>";
}
