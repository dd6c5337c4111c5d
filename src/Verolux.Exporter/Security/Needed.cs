namespace Verolux.Exporter.Security;

/// <summary>What an endpoint asks of its caller: a role, or nothing (null).</summary>
sealed record Needed(Role? Role)
{
    static readonly Needed ByDefault = new(Security.Role.Operator);

    /// <summary>What is needed at an endpoint; an operator where nobody said anything.</summary>
    public static Needed At(Endpoint endpoint) => endpoint.Metadata.GetMetadata<Needed>() ?? ByDefault;
}
