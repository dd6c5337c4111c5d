using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Deploy;

/// <summary>The compose files, by themselves and laid over each other as README tells people to: valid, hardened, and with everything there that they name.</summary>
public class ComposeTests
{
    /// <summary>Where the stack that this joins has its own Prometheus, Alertmanager and Grafana.</summary>
    static readonly int[] Taken = [9090, 9093, 3000];

    /// <summary>The images' versions that something here vouches for are compared with it below; for the others this list says which we mean.</summary>
    static readonly string[] Pinned = ["postgres:15.14-bookworm", "redis:7.2.11-bookworm", "rabbitmq:3.13.7-management"];

    static readonly string[][] Combinations = [["compose.yml"], ["compose.yml", "beside.yml"], ["compose.yml", "gpu.yml"], ["compose.yml", "demo.yml"]];

    static IEnumerable<TestCaseData> Services => from files in Combinations
                                                 from service in ComposeFile.Load(files).Services.Values
                                                 select new TestCaseData(ComposeFile.Load(files), service).SetArgDisplayNames(string.Join('+', files), service.Name);

    [Test]
    public void A_mistake_in_a_compose_file_is_noticed()
    {
        using var folder = new TemporaryFolder();
        Assert.That(ComposeFile.Check(folder.Write("compose.yml", "services:\n  a: { image: x, cap_dorp: [ALL] }\n")).Problems, Does.Contain("cap_dorp"));
        Assert.That(ComposeFile.Check(folder.Write("compose.yml", "services:\n  a: { image: x, read_only: perhaps, restart: 7 }\n")).Problems, Does.Contain("restart"));
        Assert.That(ComposeFile.Check(folder.Write("compose.yml", "services: [\n")).Problems, Is.Not.Empty);
    }

    [TestCaseSource(nameof(Services))]
    public void A_service_is_hardened(object file, object of)
    {
        var service = (ComposeService)of;
        Assert.That((bool?)service.Node["read_only"], Is.True);
        Assert.That(service.Texts("cap_drop"), Is.EqualTo(new[] { "ALL" }));
        Assert.That(service.Texts("security_opt"), Is.EqualTo(new[] { "no-new-privileges:true" }));
        Assert.That(service.Texts("tmpfs"), Has.Member("/tmp"));
        Assert.That(service.User.Split(':')[0], Is.Not.Empty.And.Not.EqualTo("0").And.Not.EqualTo("root"));
        Assert.That($"{service.Node["mem_limit"]}", Does.Match("^[0-9]+[mg]$"));
        Assert.That($"{service.Node["restart"]}", Is.EqualTo("unless-stopped"));
        foreach (var open in (string[])["privileged", "cap_add", "devices", "network_mode", "ipc", "env_file"])
            Assert.That(service.Node.ContainsKey(open), Is.False, open);
    }

    [TestCaseSource(nameof(Services))]
    public void Its_ports_are_this_machine_s_alone_and_nobody_else_s(object file, object of)
    {
        var service = (ComposeService)of;
        foreach (var port in service.Ports)
        {
            Assert.That(port.Address, Is.EqualTo("127.0.0.1"));
            Assert.That(Taken, Has.No.Member(port.Host), "the stack has one there");
            Assert.That(((ComposeFile)file).Services.Values.SelectMany(s => s.Ports).Count(p => p.Host == port.Host), Is.EqualTo(1));
        }
    }

    [TestCaseSource(nameof(Services))]
    public void Its_image_is_of_one_version(object file, object of)
    {
        var service = (ComposeService)of;
        var (name, version) = (service.Image.Split(':')[0], service.Image.Split(':')[1]);
        switch (name)
        {
            case "verolux-exporter" or "verolux-site":
                Assert.That(File.ReadAllText(RepositoryRoot.Of("Directory.Build.props")), Does.Contain($"<Version>{version}</Version>"));
                Assert.That(ImageFile.Read().Stages.Select(s => s.Name), Has.Member($"{service.Node["build"]!["target"]}"));
                Assert.That(ComposeFile.Here($"{service.Node["build"]!["context"]}"), Is.EqualTo(RepositoryRoot.Path));
                Assert.That(RepositoryRoot.Of($"{service.Node["build"]!["dockerfile"]}"), Is.EqualTo(ImageFile.Path));
                break;
            case "prom/prometheus" or "prom/alertmanager":
                // Of the versions with which the rules and configurations are checked.
                var (_, told) = Command.Run(Versions.Newest.Program(name == "prom/prometheus" ? "promtool" : "amtool"), "--version");
                Assert.That(told, Does.Contain($"version {string.Join('.', version[1..].Split('.')[..2])}."));
                break;
            case "grafana/grafana":
                Assert.That(File.ReadAllText(RepositoryRoot.Of("tests", "npm", "package.json")), Does.Contain($"\"@grafana/schema\": \"{version}\""), "the types that dashboards are held against");
                break;
            default:
                Assert.That(Pinned, Has.Member(service.Image));
                break;
        }
    }

    [TestCaseSource(nameof(Services))]
    public void What_it_mounts_is_there_and_what_is_ours_stays_as_it_is(object file, object of)
    {
        var (compose, service) = ((ComposeFile)file, (ComposeService)of);
        foreach (var mount in service.Mounts)
        {
            Assert.That(mount.Target, Does.StartWith("/").And.Not.Contain("docker.sock"));
            if (mount.IsVolume)
                Assert.That(compose.Volumes, Has.Member(mount.Source));
            else
                Assert.That(mount.IsReadOnly, Is.True, mount.Source);
            // secrets/ is made by its script.
            if (mount.IsFile && !mount.Source.StartsWith("./secrets/"))
                Assert.That(Path.Exists(ComposeFile.Here(mount.Source)), Is.True, mount.Source);
        }
        Assert.That(service.Networks.Keys, Is.SubsetOf(compose.Networks).And.Not.Empty);
    }

    [TestCaseSource(nameof(Services))]
    public void What_it_waits_for_says_when_it_is_there(object file, object of)
    {
        foreach (var (name, condition) in ((ComposeService)of).DependsOn)
        {
            var other = ((ComposeFile)file).Services[name];
            // The exporter's image brings its own.
            Assert.That(condition, Is.EqualTo(other.Node.ContainsKey("healthcheck") || name == "verolux-exporter" ? "service_healthy" : "service_started"), name);
        }
    }

    [TestCaseSource(nameof(Services))]
    public void Its_secrets_are_files_that_somebody_says_how_to_make(object file, object of)
    {
        var (compose, service) = ((ComposeFile)file, (ComposeService)of);
        var (readme, script) = (File.ReadAllText(Path.Combine(ComposeFile.Folder, "README.md")), File.ReadAllText(Path.Combine(ComposeFile.Folder, "make-secrets.sh")));
        foreach (var secret in service.Secrets.Values)
        {
            var path = compose.Secrets[secret];
            if (path.StartsWith(ComposeFile.Here("demo")))
                Assert.That(File.Exists(path), Is.True, path);
            else
                Assert.That((readme.Contains($"`{secret}`"), script.Contains(secret)), Is.EqualTo((true, true)), secret);
        }
        foreach (var (name, value) in service.Environment)
            Assert.That(!name.Contains("PASSWORD") || name.EndsWith("FILE"), Is.True, $"{name} holds {value}");
    }

    [Test]
    public void No_secret_of_a_site_can_get_into_the_repository_or_the_image()
    {
        Assert.That(Command.RunIn(RepositoryRoot.Path, "git", "check-ignore", "--quiet", "deploy/compose/secrets/postgres").ExitCode, Is.Zero);
        Assert.That(ImageFile.IsIgnored("deploy/compose/secrets/postgres"), Is.True);
    }

    [Test]
    public void The_script_makes_what_can_be_made_keeps_what_is_there_and_names_what_is_missing()
    {
        using var folder = new TemporaryFolder();
        var script = Path.Combine(ComposeFile.Folder, "make-secrets.sh");
        var secrets = folder["secrets"];

        var (exitCode, output) = Command.Run("sh", script, secrets);
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output.Split('\n').Where(l => l.StartsWith("missing: ")).Select(l => Path.GetFileName(l)),
            Is.EqualTo(new[] { "pagerduty_routing_key", "postgres", "redis", "amqp", "web.yml" }));
        var token = File.ReadAllText(Path.Combine(secrets, "scrape_token"));
        Assert.That(token, Does.Match("^[0-9a-f]{64}$"));
        Assert.That(File.ReadAllText(Path.Combine(secrets, "alertmanager_token")), Does.Match("^[0-9a-f]{64}$").And.Not.EqualTo(token));

        foreach (var name in ComposeFile.Load("compose.yml").Secrets.Keys.Where(name => !File.Exists(Path.Combine(secrets, name))))
            File.WriteAllText(Path.Combine(secrets, name), "x");
        Assert.That(Command.Run("sh", script, secrets), Is.EqualTo((0, "")));
        Assert.That(File.ReadAllText(Path.Combine(secrets, "scrape_token")), Is.EqualTo(token));
        // Any container's user may read a file that is mounted for it; nobody else gets into the folder.
        Assert.That(new DirectoryInfo(secrets).UnixFileMode, Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(new FileInfo(Path.Combine(secrets, "postgres")).UnixFileMode.HasFlag(UnixFileMode.OtherRead), Is.True);
    }

    [Test]
    public void Every_command_that_people_are_told_to_type_names_files_that_exist()
    {
        var named = 0;
        foreach (var text in (string[])["README.md", "compose.yml"])
        {
            foreach (var file in File.ReadAllText(Path.Combine(ComposeFile.Folder, text)).Split([' ', '`', '\n', ',']).Where(w => w.StartsWith("deploy/") && !w.Contains("secrets/")))
            {
                Assert.That(Path.Exists(RepositoryRoot.Of(file)), Is.True, file);
                named++;
            }
        }
        Assert.That(named, Is.GreaterThan(10));
    }
}
