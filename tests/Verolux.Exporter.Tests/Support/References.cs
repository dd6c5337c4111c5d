using System.Reflection;
using Mono.Cecil;

namespace Verolux.Exporter.Tests.Support;

/// <summary>A type of ours refers to another type.</summary>
/// <param name="User">Its name without <c>Verolux.Exporter</c>; a nested type's behind a slash.</param>
/// <param name="Used">The other one's in the same form; empty where it is not ours.</param>
/// <param name="Library">The assembly of the other one; empty where it is ours.</param>
sealed record Reference(string User, string Used, string Library)
{
    public string Folder => FolderOf(User);

    public string UsedFolder => FolderOf(Used);

    static string FolderOf(string name) => name.Contains('.') ? name[..name.IndexOf('.')] : "";
}

/// <summary>Reads what the types of an assembly are declared with, and whose members their bodies use. What is only passed through is not used.</summary>
static class References
{
    const string Root = "Verolux.Exporter.";

    public static IReadOnlyList<Reference> Of(Assembly assembly)
    {
        using var definition = AssemblyDefinition.ReadAssembly(assembly.Location);
        return [.. definition.MainModule.GetTypes().Where(IsOurs).SelectMany(Of).Distinct()];
    }

    static IEnumerable<Reference> Of(TypeDefinition type) =>
        from used in UsedBy(type).SelectMany(Parts)
        select IsOurs(used) ? new Reference(Name(type), Name(used), "") : new Reference(Name(type), "", used.Scope.Name);

    static bool IsOurs(TypeReference type) => Outermost(type).Namespace.StartsWith(Root) || Outermost(type).Namespace == Root[..^1];

    static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    static string Name(TypeReference type) => type.FullName[Math.Min(Root.Length, type.FullName.Length)..];

    static IEnumerable<TypeReference> UsedBy(TypeDefinition type) =>
    [
        .. Maybe(type.BaseType),
        .. type.Interfaces.Select(i => i.InterfaceType),
        .. type.CustomAttributes.Select(a => a.AttributeType),
        .. type.GenericParameters.SelectMany(p => p.Constraints).Select(c => c.ConstraintType),
        .. type.Fields.Select(f => f.FieldType),
        .. type.Methods.SelectMany(UsedBy),
    ];

    static IEnumerable<TypeReference> UsedBy(MethodDefinition method) =>
    [
        method.ReturnType,
        .. method.Parameters.Select(p => p.ParameterType),
        .. method.CustomAttributes.Select(a => a.AttributeType),
        .. method.GenericParameters.SelectMany(p => p.Constraints).Select(c => c.ConstraintType),
        .. method.HasBody ? UsedBy(method.Body) : [],
    ];

    static IEnumerable<TypeReference> UsedBy(Mono.Cecil.Cil.MethodBody body) =>
    [
        .. body.Variables.Select(v => v.VariableType),
        .. body.ExceptionHandlers.SelectMany(h => Maybe(h.CatchType)),
        .. body.Instructions.SelectMany(i => UsedBy(i.Operand)),
    ];

    static IEnumerable<TypeReference> UsedBy(object operand) => operand switch
    {
        TypeReference type => [type],
        GenericInstanceMethod method => [method.DeclaringType, .. method.GenericArguments],
        MemberReference { DeclaringType: { } type } => [type],
        _ => [],
    };

    static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericParameter => [],
        GenericInstanceType generic => [.. Parts(generic.ElementType), .. generic.GenericArguments.SelectMany(Parts)],
        FunctionPointerType function => [.. Parts(function.ReturnType), .. function.Parameters.SelectMany(p => Parts(p.ParameterType))],
        TypeSpecification wrapped => Parts(wrapped.ElementType),
        _ => [type],
    };

    static IEnumerable<TypeReference> Maybe(TypeReference? type) => type is null ? [] : [type];
}
