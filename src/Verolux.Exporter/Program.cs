using System.CommandLine;
using Verolux.Exporter.Commands;

var root = new RootCommand("Verolux Exporter: watches a video-surveillance system for Prometheus, and turns its alerts into answered incidents.");
RunCommand.AddTo(root);
CheckConfigCommand.AddTo(root);
RulesCommand.AddTo(root);
return await root.Parse(args).InvokeAsync();
