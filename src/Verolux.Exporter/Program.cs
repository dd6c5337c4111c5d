using System.CommandLine;
using Verolux.Exporter.Commands;

var root = new RootCommand("Verolux Exporter: watches a video-surveillance system for Prometheus, and turns its alerts into answered incidents.");
RunCommand.AddTo(root);
CheckConfigCommand.AddTo(root);
ProbeCommand.AddTo(root);
MatchCommand.AddTo(root);
RulesCommand.AddTo(root);
StoreCommand.AddTo(root);
IncidentsCommand.AddTo(root);
DrillCommand.AddTo(root);
HealthcheckCommand.AddTo(root);
// Signals are the host's: left to itself the command line would end the process with 143 after two seconds, whatever is still being answered.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
