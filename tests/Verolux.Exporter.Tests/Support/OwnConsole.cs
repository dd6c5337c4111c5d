using System.Text;

namespace Verolux.Exporter.Tests.Support;

/// <summary>The console as code of this process sees it: each flow of execution may have one of its own, and all others share what was there.</summary>
sealed class OwnConsole : TextWriter
{
    static readonly OwnConsole Output = new(Console.Out);
    static readonly OwnConsole Errors = new(Console.Error);

#pragma warning disable CA2213 // It is the console's, and stays open.
    readonly TextWriter shared;
#pragma warning restore CA2213
    readonly AsyncLocal<StringWriter?> own = new();

    static OwnConsole()
    {
        Console.SetOut(Output);
        Console.SetError(Errors);
    }

    OwnConsole(TextWriter shared) => this.shared = shared;

    public override Encoding Encoding => shared.Encoding;

    TextWriter Current => own.Value ?? shared;

    /// <summary>Runs a program of this process to its end.</summary>
    public static async Task<Ended> OfAsync(Func<int> program)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        // What is set here is seen by what begins here alone.
        (Output.own.Value, Errors.own.Value) = (output, errors);
        var exitCode = await Task.Run(program);
        return new Ended(exitCode, output.ToString(), errors.ToString());
    }

    public override void Write(char value) => Current.Write(value);

    public override void Write(char[] buffer, int index, int count) => Current.Write(buffer, index, count);

    public override void Write(string? value) => Current.Write(value);

    public override void Flush() => Current.Flush();
}
