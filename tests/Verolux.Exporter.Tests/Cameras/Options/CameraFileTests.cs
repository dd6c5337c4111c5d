using NUnit.Framework;
using Verolux.Exporter.Configuration;
using static Verolux.Exporter.Tests.Cameras.Options.CameraConfiguration;

namespace Verolux.Exporter.Tests.Cameras.Options;

public class CameraFileTests
{
    const string Json = """
        [
          {
            "targets": ["rtsp://10.0.0.11:554/stream1"],
            "labels": {
              "camera": "gate_a1", "site": "south", "switch": "sw3", "expected_fps": "25", "username": "admin", "password_file": "secrets/gate_a1",
              "sample": "60s", "enabled": "false", "__meta_netbox_rack": "r1", "building": "B2"
            }
          },
          { "targets": ["rtsp://10.0.0.12:554/stream1"], "labels": { "camera": "gate_a2" } }
        ]
        """;

    CameraConfiguration configuration = null!;

    [SetUp]
    public void Make() => configuration = new CameraConfiguration();

    [TearDown]
    public void Remove() => configuration.Dispose();

    string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(configuration.Folder[name])!);
        return configuration.Folder.Write(name, text);
    }

    static string List(string id) => $"- {{ id: {id}, url: rtsp://{id}/ }}\n";

    IEnumerable<string> Ids(string files)
    {
        var (cameras, problems) = configuration.ReadFiles(files);
        Assert.That(problems, Is.Empty);
        return cameras.Select(c => c.Id);
    }

    [TestCase("a.yml", "- { id: a, url: rtsp://c/, password_file: p, username: u }")]
    [TestCase("b.yaml", "targets:\n  - id: a\n    url: rtsp://c/\n    username: u\n    password_file: p\n")]
    [TestCase("c.json", "\t[{\"id\": \"\\u0061\", \"url\": \"rtsp:\\/\\/c/\", \"username\": \"u\", \"password_file\": \"p\", \"enabled\": true, \"expected_fps\": 25}]")]
    public void Our_own_list_may_be_YAML_or_JSON(string name, string text)
    {
        Write($"cameras.d/{name}", text);
        var (cameras, problems) = configuration.ReadFiles($"cameras.d/{name}");
        Assert.That(problems, Is.Empty);
        Assert.That(cameras, Is.EqualTo(new[]
        {
            Default("a", "rtsp://c/") with { Username = "u", Password = Secret.FromFile(configuration.Folder["cameras.d/p"]), ExpectedFps = name == "c.json" ? 25 : null },
        }));
    }

    [Test]
    public void Prometheus_groups_may_be_YAML_or_JSON([Values("sd.json", "sd.yml")] string name)
    {
        Write($"cameras.d/{name}", Json);
        var (cameras, problems) = configuration.ReadFiles("cameras.d/*");
        Assert.That(problems.Single(), Does.Contain("does not end in .yml or .yaml or .json"));
        (cameras, problems) = configuration.ReadFiles($"cameras.d/*{Path.GetExtension(name)}");
        Assert.That(problems, Is.Empty);
        Assert.That(cameras, Is.EqualTo(new[]
        {
            Default("gate_a1", "rtsp://10.0.0.11:554/stream1", "south") with
            {
                Switch = "sw3", ExpectedFps = 25, Username = "admin", Password = Secret.FromFile(configuration.Folder["cameras.d/secrets/gate_a1"]), Sample = TimeSpan.FromSeconds(60), Enabled = false,
            },
            Default("gate_a2", "rtsp://10.0.0.12:554/stream1"),
        }));
    }

    [Test]
    public void Patterns_mean_files_each_once_and_in_order()
    {
        Write("d/b.yml", List("b"));
        Write("d/a.yml", List("a"));
        Write("d/a.yml~", "- {");
        Write("d/.hidden.yml", "- {");
        Write("d/deeper/c.yml", "- {");
        Write("z.yml", List("z"));
        Assert.That(Ids("z.yml, d/?.yml, 'd/*.yml', z.yml"), Is.EqualTo(["z", "a", "b"]));
        Assert.That(Ids($"'{configuration.Folder["d"]}/*.yml'"), Is.EqualTo(["a", "b"]));
    }

    [Test]
    public void What_the_section_says_holds_in_files_too()
    {
        Write("a.yml", List("a"));
        var (cameras, problems) = configuration.Read("cameras: { sample: 60s, files: [a.yml] }");
        Assert.That(problems, Is.Empty);
        Assert.That(cameras, Is.EqualTo(new[] { Default("a", "rtsp://a/") with { Sample = TimeSpan.FromSeconds(60) } }));
    }

    [TestCase("'d/*.yml'")]
    [TestCase("'gone/*.json'")]
    public void A_pattern_may_match_nothing_yet(string pattern)
    {
        Directory.CreateDirectory(configuration.Folder["d"]);
        Assert.That(Ids(pattern), Is.Empty);
    }

    [TestCase("")]
    [TestCase("# none yet\n")]
    [TestCase("[]")]
    [TestCase("targets: []")]
    public void A_file_may_hold_no_camera(string text)
    {
        Write("a.yml", text);
        Assert.That(Ids("a.yml"), Is.Empty);
    }

    [Test]
    public void A_file_named_in_full_must_be_there() =>
        Assert.That(configuration.ReadFiles("gone.yml").Problems.Single(), Does.StartWith("gone.yml: can't be read").And.EndWith("or use a wildcard for files that are still to come"));

    [TestCase("'**/a.yml'", "verolux.yml:1: cameras.files: \"**/a.yml\" has a wildcard in a folder's name; use * and ? in the last part only, and write one pattern for each folder")]
    [TestCase("cameras.txt", "verolux.yml:1: cameras.files: \"cameras.txt\" does not end in .yml or .yaml or .json; name the files as Prometheus' file_sd does, like cameras.d/*.yml")]
    [TestCase("{ a: b }", "verolux.yml:1: cameras.files[0]: is not a text; write a list of single values")]
    public void A_pattern_that_is_none_is_refused(string files, string problem) => Assert.That(configuration.ReadFiles(files).Problems, Is.EqualTo(new[] { problem }));

    [TestCase("a.yml", "\n- [", "a.yml:[23]: is not YAML ")]
    [TestCase("a.yml", "just text", "a.yml: is not a mapping of keys to values")]
    [TestCase("a.yml", "cameras: []", "a.yml:1: cameras: is not a known key; remove it, or write one of: targets")]
    [TestCase("a.yml", "- rtsp://admin:s3cret@c/", @"a.yml:1: targets\[0\]: is not a mapping")]
    [TestCase("a.json", "[\n{\"targets\": [\"rtsp://admin:s3cret@c/\"}]", "a.json:2: is not JSON from here on")]
    [TestCase("a.json", "", "a.json:1: is not JSON from here on")]
    [TestCase("a.json", "[] []", "a.json:1: is not JSON from here on")]
    [TestCase("a.json", "[{\"id\": \"\\ud800\"}]", "a.json:1: is not JSON ")]
    public void A_broken_file_is_one_mistake_with_its_place(string name, string text, string problem)
    {
        Write(name, text);
        Assert.That(configuration.ReadFiles(name).Problems.Single(), Does.Match("^" + problem).And.Not.Contain("s3cret"));
    }

    [Test]
    public void JSON_nested_without_end_is_refused()
    {
        Write("a.json", new string('[', 100_000));
        Assert.That(configuration.ReadFiles("a.json").Problems.Single(), Does.StartWith("a.json:1: is not JSON"));
    }

    [TestCase("[{ \"targets\": [\"rtsp://c/\"] }]", "a.json:1: targets[0].labels: has no label camera, which is the camera's id; add it, like \"labels\": { \"camera\": \"gate_a1\" }")]
    [TestCase("[\n{ \"targets\": [\"rtsp://c/\"],\n \"labels\": { \"site\": \"x\" } }]", "a.json:3: targets[0].labels: has no label camera, which is the camera's id; add it, like \"labels\": { \"camera\": \"gate_a1\" }")]
    [TestCase("[{ \"targets\": [\"rtsp://c/\", \"rtsp://d/\"], \"labels\": { \"camera\": \"a\" } }]", "a.json:1: targets[0].targets: holds 2 addresses; write one group for each camera, with one address in it")]
    [TestCase("[{ \"labels\": { \"camera\": \"a\" } }]", "a.json:1: targets[0].targets: holds 0 addresses; write one group for each camera, with one address in it")]
    [TestCase("[{ \"targets\": [\"rtsp://u:s3cret@c/\"], \"labels\": { \"camera\": \"a\" } }]", "a.json:1: targets[0].targets: holds an @, as addresses with a user name or password do; write them as username and password_file; an @ that belongs to the path is written %40")]
    [TestCase("[{ \"targets\": [\"rtsp://c/\"], \"labels\": { \"camera\": \"a\", \"username\": \"u\", \"password\": \"s3cret\" } }]", "a.json:1: targets[0].labels.password: holds a secret in the configuration itself; put it into a file and name that in password_file")]
    [TestCase("[{ \"targets\": [\"rtsp://c/\"], \"labels\": { \"camera\": \"a\" }, \"lables\": {} }]", "a.json:1: targets[0].lables: is not a known key; remove it, or write one of: labels, targets")]
    [TestCase("[\n{ \"targets\": [\"rtsp://c/\"], \"labels\": {\n \"camera\": \"a\",\n \"sample\": \"1s\" } }]", "a.json:4: targets[0].labels.sample: \"1s\" is not a duration from 5s to 1d; write it like 15s, 10m or 1h30m")]
    public void A_mistake_in_a_group_is_told_with_its_place_and_remedy(string json, string problem)
    {
        Write("a.json", json);
        Assert.That(configuration.ReadFiles("a.json").Problems, Is.EqualTo(new[] { problem }));
    }

    [Test]
    public void Every_mistake_in_every_file_is_told_at_once()
    {
        Write("d/a.yml", "- { id: a, url: rtsp://a/ }\n- { id: b, url: rtsp://b/, colour: red }\n");
        Write("d/b.yml", "- {\n");
        Write("d/c.json", """[{ "targets": ["rtsp://c/"], "labels": { "camera": "a" } }]""");
        var (_, problems) = configuration.Read("cameras:\n  files: [gone.yml, 'd/*.yml', 'd/*.json']\n  targets:\n    - { id: a, url: rtsp://m/, web_port: 0 }\n");
        Assert.That(problems.Select(p => p.Split("; ")[0]).ToList(), Has.Count.EqualTo(6).And.SupersetOf(new[]
        {
            "verolux.yml:4: cameras.targets[0].web_port: \"0\" is not a number from 1 to 65535",
            "d/a.yml:1: targets[0].id: \"a\" is already the id of a camera of the site \"north\" (verolux.yml:4: cameras.targets[0].id)",
            "d/a.yml:2: targets[1].colour: is not a known key",
            "d/c.json:1: targets[0].labels.camera: \"a\" is already the id of a camera of the site \"north\" (verolux.yml:4: cameras.targets[0].id)",
        }).And.Some.StartsWith("gone.yml: can't be read").And.Some.Match("^d/b.yml:[12]: is not YAML"));
    }

    [Test]
    public void A_file_that_may_not_be_listed_or_read_is_told_and_the_others_are_read()
    {
        Write("a.yml", List("a"));
        Directory.CreateDirectory(configuration.Folder["folder.yml"]);
        var (cameras, problems) = configuration.ReadFiles("folder.yml, a.yml");
        Assert.That(problems.Single(), Does.StartWith("folder.yml: can't be read"));
        Assert.That(cameras.Single().Id, Is.EqualTo("a"));
    }

    [Test]
    public void Ten_thousand_cameras_are_read_whatever_the_format([Values("yml", "json")] string format)
    {
        Write($"a.{format}", "[" + string.Join(",\n", Enumerable.Range(0, 10_000).Select(i => $$"""{ "targets": ["rtsp://10.0.0.1:{{i + 1}}/s"], "labels": { "camera": "cam_{{i}}", "sample": "60s" } }""")) + "]");
        Assert.That(Ids($"a.{format}"), Is.EqualTo(Enumerable.Range(0, 10_000).Select(i => $"cam_{i}")));
    }
}
