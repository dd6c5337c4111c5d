using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests;

/// <summary>Ends the servers that all tests share.</summary>
[SetUpFixture]
public class SharedServers
{
    [OneTimeTearDown]
    public Task End() => RabbitServer.EndSharedAsync();
}
