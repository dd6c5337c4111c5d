using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Deploy;

/// <summary>The Dockerfile, as far as it can be judged without building it.</summary>
[CancelAfter(60_000)]
public class ImageTests
{
    const string Program = "/opt/verolux-exporter/verolux-exporter";

    static readonly ImageFile Image = ImageFile.Read();

    static string[] Exec(string instruction) => JsonSerializer.Deserialize<string[]>(instruction)!;

    [Test]
    public void The_exporter_is_what_is_built_unless_told_otherwise() => Assert.That(Image.Exporter.Name, Is.EqualTo("exporter"));

    [Test]
    public void Every_base_is_of_one_version()
    {
        foreach (var stage in Image.Stages.Where(s => !Image.Stages.Any(other => other.Name == s.From)))
            Assert.That(stage.From, Does.Match(@"^(mcr\.microsoft\.com/dotnet/sdk:10\.0\.[0-9]{3}|debian:bookworm-slim)$"));
        Assert.That(string.Join(' ', Image.Exporter.All("LABEL")), Does.Contain(Image.Line(Image.Exporter)[0].From), "base.name");
    }

    [TestCase("exporter")]
    [TestCase("site")]
    public void Nobody_is_root_in_it_and_the_user_has_one_number_everywhere(string name)
    {
        var stage = Image.Stages.Single(s => s.Name == name);
        Assert.That(stage.All("USER").Single(), Is.EqualTo("10877:10877"));
        Assert.That(string.Join(' ', Image.Line(stage).SelectMany(s => s.All("RUN"))), Does.Contain("--gid 10877").And.Contain("--uid 10877").And.Contain("install -d -o 10877 -g 10877 -m 700 /var/lib/verolux-exporter"));
        Assert.That(ComposeFile.Load("compose.yml", "demo.yml").Services.Values.Where(s => s.IsBuilt).Select(s => s.User), Is.All.EqualTo("10877:10877"));
    }

    [Test]
    public void What_is_copied_is_in_the_repository_and_in_the_context()
    {
        var sources = Image.Stages.SelectMany(s => s.All("COPY")).Where(c => !c.StartsWith("--from=")).SelectMany(c => c.Split(' ')[..^1]).Distinct().ToList();
        Assert.That(sources, Is.Not.Empty);
        foreach (var source in sources)
        {
            Assert.That(Path.Exists(RepositoryRoot.Of(source)), Is.True, source);
            Assert.That(ImageFile.IsIgnored(source), Is.False, source);
            Assert.That(Command.RunIn(RepositoryRoot.Path, "git", "check-ignore", "--quiet", source).ExitCode, Is.EqualTo(1), source);
        }
        foreach (var stage in Image.Stages.SelectMany(s => s.All("COPY")).Where(c => c.StartsWith("--from=")).Select(c => c["--from=".Length..].Split(' ')[0]))
            Assert.That(Image.Stages.Select(s => s.Name), Has.Member(stage));
    }

    [TestCase("src/Verolux.Exporter/bin/Release/net10.0/verolux-exporter.dll", true)]
    [TestCase("src/Verolux.Exporter/obj/project.assets.json", true)]
    [TestCase("data/verolux.db", true)]
    [TestCase("deploy/secrets/postgres", true)]
    [TestCase(".git/config", true)]
    [TestCase("src/Verolux.Exporter/Program.cs", false)]
    [TestCase("runbooks/README.md", false)]
    public void The_context_has_sources_alone(string path, bool ignored) => Assert.That(ImageFile.IsIgnored(path), Is.EqualTo(ignored));

    [Test]
    public void What_a_build_reads_is_restored_before_the_code_is_there()
    {
        var source = Image.Stages[0];
        var restore = source.Instructions.FindIndex(i => i.Word == "RUN" && i.Said.Contains("dotnet restore"));
        var before = source.Instructions[..restore].Where(i => i.Word == "COPY").SelectMany(i => i.Said.Split(' ')[..^1]).ToList();
        Assert.That(before, Has.Member("global.json").And.Member("Directory.Packages.props").And.Member("src/Verolux.Exporter/Verolux.Exporter.csproj"));
        Assert.That(before.All(f => File.Exists(RepositoryRoot.Of(f))), Is.True, "folders hold code");
        Assert.That(source.Instructions[restore].Said.Split("dotnet restore").Skip(1), Is.All.Contain("-p:SelfContained=true").And.All.Contain("-p:PublishReadyToRun=true"), "or the publication has to restore again");
        foreach (var publish in Image.Stages.SelectMany(s => s.All("RUN")).Where(r => r.StartsWith("dotnet publish")))
            Assert.That(publish, Does.Contain("--self-contained --no-restore -p:PublishReadyToRun=true"));
    }

    [Test]
    public void Pictures_authorities_and_OpenSSL_are_in_it_and_no_list_of_packages_stays()
    {
        var runs = Image.Line(Image.Exporter).SelectMany(s => s.All("RUN")).Where(r => r.Contains("apt-get install")).ToList();
        Assert.That(string.Join(' ', runs), Does.Contain("ffmpeg").And.Contain("ca-certificates").And.Contain("libssl3").And.Contain("libstdc++6"));
        Assert.That(runs, Is.All.Contain("--no-install-recommends").And.All.Contain("rm -rf /var/lib/apt/lists/*"));
        // Otherwise ICU would be needed as well.
        Assert.That(File.ReadAllText(RepositoryRoot.Of("Directory.Build.props")), Does.Contain("<InvariantGlobalization>true</InvariantGlobalization>"));
    }

    [Test]
    public void Its_shell_is_asked_for_nothing()
    {
        Assert.That(Exec(Image.Exporter.All("ENTRYPOINT").Single()), Is.EqualTo(new[] { Program }));
        Assert.That(Exec(Image.Exporter.All("CMD").Single()), Is.EqualTo(new[] { "--config", "/etc/verolux-exporter/verolux.yml" }));
        Assert.That(Image.Exporter.All("COPY"), Has.Member($"--from=exporter-build /out {Path.GetDirectoryName(Program)}"));
    }

    [Test]
    public async Task Its_health_check_is_a_command_that_there_is(CancellationToken cancellationToken)
    {
        var check = Image.Exporter.All("HEALTHCHECK").Single();
        var words = Exec(check[(check.IndexOf("CMD ") + 4)..]);
        Assert.That(words[0], Is.EqualTo(Program));
        Assert.That(words[^1], Is.EqualTo(Exec(Image.Exporter.All("CMD").Single())[^1]), "it asks what runs");
        Assert.That(check, Does.Contain("--timeout=5s"), "longer than the command itself waits");
        var ended = await ExporterProgram.RunToEndAsync(words[1..], cancellationToken);
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((1, "")));
        Assert.That(ended.Errors, Does.StartWith("/etc/verolux-exporter/verolux.yml").Or.Contain("does not answer"), "it is understood, and there is no such file here");
    }

    [Test]
    public void Cards_are_read_and_the_root_file_system_may_be_read_only()
    {
        var environment = string.Join(' ', Image.Line(Image.Exporter).SelectMany(s => s.All("ENV")));
        Assert.That(environment, Does.Contain("NVIDIA_DRIVER_CAPABILITIES=utility").And.Contain("DOTNET_EnableDiagnostics=0"));
    }
}
