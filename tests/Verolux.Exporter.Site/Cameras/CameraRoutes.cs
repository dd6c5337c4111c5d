namespace Verolux.Exporter.Site.Cameras;

/// <summary>Lets somebody outside this program say what becomes of a camera.</summary>
static class CameraRoutes
{
    const string Usage = """
        POST /cameras/gate_a1?becomes=password_changed   a camera of that kind; open25 is a good one
        POST /cameras/gate_a1?becomes=cut                its connections are reset, and every new one
        POST /cameras/gate_a1?becomes=flapping           every other connection is reset

        """;

    public static void MapCameras(this IEndpointRouteBuilder routes, CameraFarm farm) => routes.MapPost(
        "/cameras/{name}", context => Steer(farm, (string)context.Request.RouteValues["name"]!, context.Request.Query["becomes"]).SendAsync(context.Response));

    static Reply Steer(CameraFarm farm, string name, string? becomes)
    {
        if (farm.Find($"/{name}") is not { } camera)
            return new Reply(404, Usage);
        switch (becomes)
        {
            case "cut":
                camera.Cut();
                break;
            case "flapping":
                camera.Flap();
                break;
            case not null when DemoCameras.Kinds.TryGetValue(becomes, out var kind):
                camera.Kind = kind;
                camera.Restore();
                break;
            default:
                return new Reply(400, Usage);
        }
        return new Reply(200, Usage);
    }
}
