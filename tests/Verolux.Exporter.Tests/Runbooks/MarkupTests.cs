using NUnit.Framework;

namespace Verolux.Exporter.Tests.Runbooks;

public class MarkupTests
{
    [TestCase("<script>alert(1)</script>")]
    [TestCase("text <img src=x onerror=alert(1)> text")]
    [TestCase("<svg/onload=alert(1)>")]
    [TestCase("<style>p { display: none }</style>")]
    [TestCase("<iframe src=\"https://attacker.example\"></iframe>")]
    [TestCase("<!-- comment --><b>raw</b>")]
    [TestCase("<details open ontoggle=alert(1)>")]
    public void Raw_html_is_shown_as_text(string markdown)
    {
        var html = RunbookFolder.HtmlOf(markdown);
        Assert.That(html, Does.Contain("&lt;"));
        Assert.That(html, Does.Not.Match("<(script|img|svg|style|iframe|b|details|!--)[ >/]?"));
    }

    [TestCase("[x](javascript:alert(1))")]
    [TestCase("[x](JaVaScRiPt:alert(1))")]
    [TestCase("[x](javascript&colon;alert(1))")]
    [TestCase("[x](<java\tscript:alert(1)>)")]
    [TestCase("[x](vbscript:msgbox)")]
    [TestCase("[x](data:text/html;base64,PHNjcmlwdD4=)")]
    [TestCase("<javascript:alert(1)>")]
    [TestCase("[x]\n\n[x]: javascript:alert(1)")]
    [TestCase("[x](file:///etc/passwd)")]
    [TestCase("[x](https://ok.example){href=javascript:alert(1)}")]
    public void A_link_leads_nowhere_but_to_the_web(string markdown) =>
        Assert.That(RunbookFolder.HtmlOf(markdown), Does.Not.Match("(?i)href=\"(java|vb|data|file)"));

    [TestCase("text {onclick=\"alert(1)\"}")]
    [TestCase("### Heading {#anchor onmouseover=alert(1) style=\"position:fixed\" .admin}")]
    [TestCase("[x](https://ok.example){onclick=alert(1) target=_blank style=color:red}")]
    [TestCase("```bash {onclick=alert(1) style=x}\nls\n```")]
    [TestCase("{onfocus=alert(1) tabindex=0 autofocus=1 #stolen .banner}\ntext")]
    [TestCase("*text*{onclick=alert(1) data-x=1 name=x}")]
    [TestCase("- [ ] task {type=image src=x onerror=alert(1)}")]
    public void Attributes_keep_nothing_but_anchors_links_and_the_language(string markdown) =>
        Assert.That(RunbookFolder.HtmlOf(markdown), Does.Not.Match("<[^>]* (on[a-z]+|style|target|tabindex|autofocus|data-x|name|src|class=\"(?!language-)|type=\"image)"));

    [Test]
    public void Only_headings_carry_an_id() => Assert.That(RunbookFolder.HtmlOf("text {#stolen}"), Does.Not.Contain("stolen"));

    [TestCase("![x](https://attacker.example/pixel.png)")]
    [TestCase("![x](data:image/png;base64,AAAA)")]
    public void A_picture_is_left_out(string markdown) => Assert.That(RunbookFolder.HtmlOf(markdown), Does.Not.Contain("<img").And.Not.Contain("attacker").And.Not.Contain("data:"));

    [Test]
    public void What_a_runbook_is_made_of_survives()
    {
        var html = RunbookFolder.HtmlOf("### One more\n\n1. *a* **b** `c < d`\n\n```bash\ndf -h | tail\n```\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n\n> quoted\n\n- [x] done\n- [ ] open\n\n---\n");
        Assert.That(html, Does.Contain("<h2 id=\"alert-information\">").And.Contain("<h3 id=\"filling-fast\">Scenario A: filling fast</h3>").And.Contain("<h3 id=\"one-more\">"));
        Assert.That(html, Does.Contain("<em>a</em> <strong>b</strong> <code>c &lt; d</code>"));
        Assert.That(html, Does.Contain("<pre><code class=\"language-bash\">df -h | tail"));
        Assert.That(html, Does.Contain("<th>a</th>").And.Contain("<td>2</td>").And.Contain("<blockquote>").And.Contain("<hr>"));
        Assert.That(html, Does.Match("<input [^>]*disabled=\"[^>]*checked=\"|<input [^>]*checked=\"[^>]*disabled=\""));
        Assert.That(html, Does.Not.Contain("alert: DiskFull"), "front matter");
    }

    [TestCase("RUNBOOK_STORAGE_FULL.md", "/runbooks/RUNBOOK_STORAGE_FULL")]
    [TestCase("./RUNBOOK_STORAGE_FULL.md#read-only", "/runbooks/RUNBOOK_STORAGE_FULL#read-only")]
    [TestCase("README.md", "/runbooks")]
    [TestCase("README.md#review", "/runbooks#review")]
    [TestCase("#triage", "#triage")]
    [TestCase("/incidents", "/incidents")]
    [TestCase("https://verolux.example/RUNBOOK_X.md", "https://verolux.example/RUNBOOK_X.md")]
    [TestCase("mailto:sre@verolux.example", "mailto:sre@verolux.example")]
    public void Links_between_files_become_links_between_pages(string written, string href)
    {
        Assert.That(RunbookFolder.HtmlOf($"[x]({written})"), Does.Contain($"<a href=\"{href}\">x</a>"));
        Assert.That(RunbookFolder.HtmlOf($"[x]\n\n[x]: {written}"), Does.Contain($"<a href=\"{href}\">x</a>"));
    }
}
