namespace Verolux.Exporter.Cameras.Picture;

/// <summary>The brightness of one picture; 0 is black and 1 is white, whatever range the stream used.</summary>
/// <param name="Mean">0-1.</param>
/// <param name="Deviation">Standard deviation of the pixels, 0-0.5: noise and structure alike.</param>
/// <param name="Structure">Standard deviation of the means of blocks of 16 by 16 pixels, 0-0.5: noise averages out, so this is what there is to see.</param>
/// <param name="Hash">SHA-256 of all pixels and the size, in hexadecimal: equal for equal pictures only.</param>
sealed record Luma(double Mean, double Deviation, double Structure, string Hash)
{
    /// <summary>Measured with H.264 at 640x360: black 0.000, a covered lens with faint noise 0.002, with strong noise 0.019; a night scene 0.030.</summary>
    const double DarkestMean = 0.05;

    /// <summary>
    /// Measured likewise: black 0.0000, a covered lens 0.0009 and 0.0022; a scene dimmed to a mean of 0.004 0.0068, one far lamp 0.027, a night scene 0.029. One step of 255 is 0.0039.
    /// </summary>
    const double LeastStructure = 0.004;

    /// <summary>Black or covered: dark, and nothing to see in it. A night scene is dark as well, but has something in it; noise alone is nothing.</summary>
    public bool IsBlack => Mean <= DarkestMean && Structure <= LeastStructure;
}
