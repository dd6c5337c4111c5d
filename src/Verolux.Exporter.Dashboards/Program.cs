using Verolux.Exporter.Dashboards;

// FOLDER PUBLIC_URL: writes each board into the folder, with links to the exporter under its public URL. Behind `make dashboards`.
if (args is not [var folder, var publicUrl] || !Uri.TryCreate(publicUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
{
    await Console.Error.WriteLineAsync("usage: FOLDER PUBLIC_URL, such as: grafana-dashboards https://verolux.example/");
    return 1;
}
Directory.CreateDirectory(folder);
foreach (var board in Board.All)
    await File.WriteAllTextAsync(Path.Combine(folder, board.FileName), board.ToJson(publicUrl));
return 0;
