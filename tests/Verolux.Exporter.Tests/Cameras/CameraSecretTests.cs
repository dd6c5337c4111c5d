using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Collecting;

namespace Verolux.Exporter.Tests.Cameras;

/// <summary>A password that needs care in every language it passes through, and where it must not show.</summary>
[CancelAfter(180_000)]
public class CameraSecretTests
{
    // Its own in every run, so that no other process has it.
    static readonly string Password = $"p@ss\"w0rd'%{Guid.NewGuid():N}";

    static readonly string[] Spellings =
    [
        Password,
        Uri.EscapeDataString(Password),
        Password.Replace("\"", "\\\""),
        Password.Replace("'", @"'\''"),
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Access.DefaultUser}:{Password}")),
    ];

    [Test]
    public async Task The_password_is_used_at_every_depth_and_shows_nowhere(CancellationToken cancellationToken)
    {
        var begin = TimeProvider.System.GetUtcNow();
        await using var farm = CameraFarm.Start();
        await using var http = await HttpCamera.StartAsync(Password);
        await using var otherHttp = await HttpCamera.StartAsync("another one");
        var (digest, basic) = (new Access(Challenge.DigestMd5), new Access(Challenge.Basic));
        var cameras = new Dictionary<string, string>
        {
            ["digest"] = farm.Url(farm.Add("/digest", new CameraKind { Access = digest with { Password = Password } })),
            ["basic"] = farm.Url(farm.Add("/basic", new CameraKind { Access = basic with { Password = Password } })),
            ["http"] = http.Url,
            ["bad_digest"] = farm.Url(farm.Add("/bad_digest", new CameraKind { Access = digest })),
            ["bad_basic"] = farm.Url(farm.Add("/bad_basic", new CameraKind { Access = basic })),
            ["bad_reset"] = farm.Url(farm.Add("/bad_reset", new CameraKind { Access = digest, Answers = AnswerFault.Reset })),
            ["bad_no_frames"] = farm.Url(farm.Add("/bad_no_frames", new CameraKind { Access = digest with { Password = Password }, Packets = RtpFault.NoFrames })),
            ["bad_http"] = otherHttp.Url,
        };
        var collector = new CamerasCollector([.. cameras.Select(c => Watching.At(c.Value).As(Access.DefaultUser, Password) with { Id = c.Key, Timeout = TimeSpan.FromSeconds(30) })], TimeProvider.System);
        await using var engine = new Engine(TimeProvider.System);
        await engine.ApplyAsync(collector);
        using var stop = new CancellationTokenSource();
        var spying = Task.Factory.StartNew(() => Spy(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var looks = new List<(Watch Watch, Seen Seen)>();
        // One depth after the other: everything at once takes too long where there are few processors.
        foreach (var depth in engine.Loop.Watches.GroupBy(w => w.Watch.Check))
            looks.AddRange(await Task.WhenAll(depth.Select(async w => (w.Watch, await w.LookNowAsync()))).WaitAsync(cancellationToken));
        await stop.CancelAsync();
        var (found, sawDecoder) = await spying;

        foreach (var (watch, seen) in looks.Where(l => l.Watch.Target.Name != "bad_no_frames"))
            Assert.That(seen.Failure is null, Is.EqualTo(!watch.Target.Name.StartsWith("bad")), $"{watch.Target.Name} {watch.Check}: {seen.Failure}");
        var told = looks.SelectMany(l => l.Seen.Steps.Select(s => s.Said).Append($"{l.Seen.Failure}"))
            .Concat(engine.Log.All.Select(l => l.Text))
            .Append((await engine.ScrapeAsync()).Text);
        Assert.That(told.Where(Holds), Is.Empty);
        Assert.That(found, Is.Empty);
        Assert.That(sawDecoder, Is.True, "else nobody knows what was on its command line");
        Assert.That(Directory.EnumerateFiles(Path.GetTempPath()).Where(f => IsFresh(f, begin) && Holds(TextOf(f))), Is.Empty);
        Assert.That(collector.Watches.Select(w => w.Options.ToString()).Where(o => Holds(o!)), Is.Empty, "not even the options print it");
    }

    static bool Holds(string text) => Spellings.Any(text.Contains);

    /// <summary>Reads what every process shows of itself until it is told to stop.</summary>
    static (IReadOnlyCollection<string> Found, bool SawDecoder) Spy(CancellationToken stop)
    {
        var (found, sawDecoder) = (new HashSet<string>(), false);
        // Many times while any one program runs.
        while (!stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(20)))
        {
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])))
            {
                var command = TextOf(Path.Combine(process, "cmdline"));
                sawDecoder |= command.Contains("ffmpeg") && command.Contains("CoreFxPipe");
                if (Holds(command) || Holds(TextOf(Path.Combine(process, "environ"))))
                    found.Add(command);
            }
        }
        return (found, sawDecoder);
    }

    // A pipe has no length, and opening one that nobody writes to never ends.
    static bool IsFresh(string file, DateTimeOffset since) => new FileInfo(file) is { Exists: true, Length: > 0 } info && info.LastWriteTimeUtc >= since;

    // What is gone, or not for us, shows nothing.
    static string TextOf(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
