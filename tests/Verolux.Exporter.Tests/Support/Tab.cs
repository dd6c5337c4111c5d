using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

/// <summary>One tab of the real Chromium, steered over its debugging protocol: it tells where things lie on a page and what the page asked for.</summary>
sealed class Tab : IAsyncDisposable
{
    const string Greeting = "DevTools listening on ";

    readonly TemporaryFolder profile;
    readonly RunningProgram chromium;
    readonly ClientWebSocket socket = new();
    readonly List<JsonNode> events = [];
    int last;

    Tab(TemporaryFolder profile, RunningProgram chromium) => (this.profile, this.chromium) = (profile, chromium);

    /// <summary>Every address that the pages asked for since the start.</summary>
    public IReadOnlyList<string> Requests => [.. events.Where(e => (string?)e["method"] == "Network.requestWillBeSent").Select(e => (string)e["params"]!["request"]!["url"]!)];

    /// <summary>What the pages threw, and what the browser refused them, since the start.</summary>
    public IReadOnlyList<string> Complaints => [.. events.Where(e => (string?)e["method"] is "Runtime.exceptionThrown" or "Log.entryAdded").Select(e => e["params"]!.ToJsonString())];

    public static async Task<Tab> OpenAsync(CancellationToken cancellationToken)
    {
        var profile = new TemporaryFolder();
        var tab = new Tab(profile, RunningProgram.Start("chromium", [.. Browser.Flags, $"--user-data-dir={profile["profile"]}", "--remote-debugging-port=0", "about:blank"]));
        try
        {
            var line = await tab.chromium.WaitForLineAsync(l => l.StartsWith(Greeting), cancellationToken);
            using var client = new HttpClient();
            var list = JsonNode.Parse(await client.GetStringAsync(new Uri($"http://{new Uri(line[Greeting.Length..]).Authority}/json/list"), cancellationToken))!.AsArray();
            await tab.socket.ConnectAsync(new Uri((string)list.Single(t => (string?)t!["type"] == "page")!["webSocketDebuggerUrl"]!), cancellationToken);
            foreach (var domain in (string[])["Page", "Network", "Runtime", "Log", "DOM"])
                await tab.AskAsync($"{domain}.enable", [], cancellationToken);
            return tab;
        }
        catch
        {
            await tab.DisposeAsync();
            throw;
        }
    }

    /// <summary>As a screen of this size shows it, once it has loaded.</summary>
    public async Task VisitAsync(string address, int width, int height, bool dark, CancellationToken cancellationToken)
    {
        await AskAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 }, cancellationToken);
        await AskAsync(
            "Emulation.setEmulatedMedia",
            new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }) },
            cancellationToken);
        // From another page, so that an address which differs in its anchor alone is loaded anew.
        await LoadAsync("about:blank", cancellationToken);
        await LoadAsync(address, cancellationToken);
    }

    /// <summary>The value of an expression, run by the debugger: the page's own policy allows no script.</summary>
    public async Task<T> ValueAsync<T>(string expression, CancellationToken cancellationToken)
    {
        var answer = await AskAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true }, cancellationToken);
        Assert.That(answer["exceptionDetails"]?.ToJsonString(), Is.Null, expression);
        return answer["result"]!["value"].Deserialize<T>()!;
    }

    /// <summary>Of every page from now on: as a browser that runs none.</summary>
    public Task WithoutScriptsAsync(CancellationToken cancellationToken) => AskAsync("Emulation.setScriptExecutionDisabled", new JsonObject { ["value"] = true }, cancellationToken);

    /// <summary>Of every page from now on: runs before its own scripts.</summary>
    public Task BeforeEachPageAsync(string script, CancellationToken cancellationToken) =>
        AskAsync("Page.addScriptToEvaluateOnNewDocument", new JsonObject { ["source"] = script }, cancellationToken);

    /// <summary>The document as it stands, read past its scripts.</summary>
    public async Task<string> HtmlAsync(CancellationToken cancellationToken)
    {
        var document = await AskAsync("DOM.getDocument", [], cancellationToken);
        return (string)(await AskAsync("DOM.getOuterHTML", new JsonObject { ["nodeId"] = (int)document["root"]!["nodeId"]! }, cancellationToken))["outerHTML"]!;
    }

    /// <summary>With the mouse, as a person does; and waits for the page that this leads to.</summary>
    public async Task ClickAsync(string selector, CancellationToken cancellationToken)
    {
        var document = await AskAsync("DOM.getDocument", [], cancellationToken);
        var node = (int)(await AskAsync("DOM.querySelector", new JsonObject { ["nodeId"] = (int)document["root"]!["nodeId"]!, ["selector"] = selector }, cancellationToken))["nodeId"]!;
        Assert.That(node, Is.Not.Zero, $"there is no {selector}");
        await AskAsync("DOM.scrollIntoViewIfNeeded", new JsonObject { ["nodeId"] = node }, cancellationToken);
        var corners = (await AskAsync("DOM.getBoxModel", new JsonObject { ["nodeId"] = node }, cancellationToken))["model"]!["content"]!.AsArray().Select(c => (double)c!).ToList();
        var before = Loads();
        foreach (var type in (string[])["mousePressed", "mouseReleased"])
        {
            await AskAsync(
                "Input.dispatchMouseEvent",
                new JsonObject { ["type"] = type, ["x"] = (corners[0] + corners[4]) / 2, ["y"] = (corners[1] + corners[5]) / 2, ["button"] = "left", ["clickCount"] = 1 },
                cancellationToken);
        }
        await LoadedAsync(before, cancellationToken);
    }

    /// <summary>On to what the Tab key leads to next.</summary>
    public async Task TabOnAsync(CancellationToken cancellationToken)
    {
        foreach (var type in (string[])["rawKeyDown", "keyUp"])
            await AskAsync("Input.dispatchKeyEvent", new JsonObject { ["type"] = type, ["key"] = "Tab", ["code"] = "Tab", ["windowsVirtualKeyCode"] = 9 }, cancellationToken);
    }

    /// <returns>The picture of what is in view, a PNG.</returns>
    public async Task<byte[]> PictureAsync(CancellationToken cancellationToken) =>
        Convert.FromBase64String((string)(await AskAsync("Page.captureScreenshot", [], cancellationToken))["data"]!);

    /// <summary>For whoever wants to look at what the tests see: keeps the picture in the folder that <c>VEROLUX_SCREENSHOTS</c> names.</summary>
    public async Task KeepAsync(string name, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("VEROLUX_SCREENSHOTS") is { Length: > 0 } kept)
            await File.WriteAllBytesAsync(Path.Combine(Directory.CreateDirectory(kept).FullName, $"{name}.png"), await PictureAsync(cancellationToken), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        await chromium.DisposeAsync();
        profile.Dispose();
    }

    async Task LoadAsync(string address, CancellationToken cancellationToken)
    {
        var before = Loads();
        await AskAsync("Page.navigate", new JsonObject { ["url"] = address }, cancellationToken);
        await LoadedAsync(before, cancellationToken);
    }

    async Task LoadedAsync(int before, CancellationToken cancellationToken)
    {
        while (Loads() == before)
            events.Add(await ReceiveAsync(cancellationToken));
    }

    int Loads() => events.Count(e => (string?)e["method"] == "Page.loadEventFired");

    async Task<JsonNode> AskAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        var id = ++last;
        var question = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(question), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        while (true)
        {
            var message = await ReceiveAsync(cancellationToken);
            if ((int?)message["id"] != id)
                events.Add(message);
            else
                return message["result"] ?? throw new AssertionException($"{method}: {message.ToJsonString()}");
        }
    }

    async Task<JsonNode> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
                return JsonNode.Parse(message.ToArray())!;
        }
    }
}
