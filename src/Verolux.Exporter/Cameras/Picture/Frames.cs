using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FFMpegCore.Pipes;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>
/// Reads the pictures that ffmpeg decoded, as binary PGM one after the other, and keeps the figures of the newest; the pixels themselves are never held.
/// https://netpbm.sourceforge.net/doc/pgm.html
/// </summary>
sealed class Frames : IPipeSink
{
    /// <summary>A camera's largest picture today is 7680 by 4320.</summary>
    public const int MostPixels = 8192 * 4608;

    const int LongestSide = 16384;
    const int Block = 16;
    const int LongestHeader = 32;

    public (int Width, int Height, Luma Luma)? Newest { get; private set; }

    public string GetStreamArguments() => "";

    public async Task ReadAsync(Stream inputStream, CancellationToken cancellationToken)
    {
        var input = new BufferedStream(inputStream, 64 * 1024);
        await using (input)
        {
            try
            {
                while (await SizeAsync(input, cancellationToken) is var (width, height))
                    Newest = (width, height, await LumaAsync(input, width, height, cancellationToken));
            }
            catch (EndOfStreamException)
            {
                // Half a picture is none.
            }
        }
    }

    /// <returns>Null at the end, and where no picture of acceptable size begins.</returns>
    static async Task<(int Width, int Height)?> SizeAsync(Stream input, CancellationToken cancellationToken)
    {
        var header = new StringBuilder();
        var one = new byte[1];
        for (var lines = 0; lines < 3;)
        {
            if (await input.ReadAsync(one, cancellationToken) == 0)
                return null;
            lines += one[0] == '\n' ? 1 : 0;
            if (header.Append((char)one[0]).Length > LongestHeader)
                return null;
        }
        return header.ToString().Split([' ', '\n']) is ["P5", var w, var h, "255", ""]
            && int.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out var width) && int.TryParse(h, NumberStyles.None, CultureInfo.InvariantCulture, out var height)
            && width is > 0 and <= LongestSide && height is > 0 and <= LongestSide && width * height <= MostPixels
            ? (width, height)
            : null;
    }

    static async Task<Luma> LumaAsync(Stream input, int width, int height, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(width));
        var (pixels, blocks) = (new Spread(), new Spread());
        var strip = new byte[width * Block];
        for (var y = 0; y < height; y += Block)
        {
            var rows = Math.Min(Block, height - y);
            var read = strip.AsMemory(0, width * rows);
            await input.ReadExactlyAsync(read, cancellationToken);
            hash.AppendData(read.Span);
            Measure(read.Span, width, rows, pixels, blocks);
        }
        return new Luma(pixels.Mean / 255, pixels.Deviation / 255, blocks.Deviation / 255, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    static void Measure(ReadOnlySpan<byte> strip, int width, int rows, Spread pixels, Spread blocks)
    {
        for (var x = 0; x < width; x += Block)
        {
            var columns = Math.Min(Block, width - x);
            var (sum, squares) = (0, 0);
            for (var row = 0; row < rows; row++)
            {
                foreach (var pixel in strip.Slice((row * width) + x, columns))
                {
                    sum += pixel;
                    squares += pixel * pixel;
                }
            }
            pixels.Add(rows * columns, sum, squares);
            var mean = (double)sum / (rows * columns);
            blocks.Add(1, mean, mean * mean);
        }
    }

    /// <summary>Mean and standard deviation of what was added.</summary>
    sealed class Spread
    {
        double count;
        double sum;
        double squares;

        public double Mean => sum / count;

        public double Deviation => Math.Sqrt(Math.Max(0, (squares / count) - (Mean * Mean)));

        public void Add(double values, double theirSum, double theirSquares) => (count, sum, squares) = (count + values, sum + theirSum, squares + theirSquares);
    }
}
