using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Security;

/// <summary>What a caller is let in for. An operator may do everything; the other two only what they are named after.</summary>
enum Role
{
    Scrape,
    Alertmanager,
    Operator,
}

static class Roles
{
    public static bool Covers(this Role role, Role needed) => role == needed || role == Role.Operator;

    /// <summary>The role as it is written in the configuration.</summary>
    public static string Name(this Role role) => role switch
    {
        Role.Scrape => "scrape",
        Role.Alertmanager => "alertmanager",
        _ => "operator",
    };

    /// <summary>Reads the key <c>role</c>; null, and a problem, where there is none of ours.</summary>
    public static Role? Read(Section section)
    {
        switch (section.RequiredText("role", "scrape"))
        {
            case "scrape":
                return Role.Scrape;
            case "alertmanager":
                return Role.Alertmanager;
            case "operator":
                return Role.Operator;
            case "":
                return null;
            case var text:
                section.Refuse("role", $"\"{text}\" is not a role", "write scrape, alertmanager or operator");
                return null;
        }
    }
}
