namespace Verolux.Exporter.Security;

/// <summary>Who sent a request: the user's name, or for a bearer token the name of the file that holds it.</summary>
sealed record Caller(string Name, Role Role)
{
    /// <summary>Everybody, where no credentials are configured.</summary>
    public static Caller Anonymous { get; } = new("anonymous", Role.Operator);

    /// <summary>The caller of a request; null where the endpoint is for anyone, who then hasn't been asked.</summary>
    public static Caller? Of(HttpContext context) => context.Features.Get<Caller>();
}
