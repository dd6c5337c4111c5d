using System.Runtime.InteropServices;

namespace Verolux.Exporter.Tests.Storage;

/// <summary>An ordinary user, as whom tests that run as root ask for what root alone may see.</summary>
static class Nobody
{
    const int Id = 65534;

    delegate int SetFileSystemUser(int user);

    /// <summary>Calls on a thread of its own, whose file accesses, and those of threads that it starts, are this user's.</summary>
    public static T Calls<T>(Func<T> function)
    {
        var (result, failure) = (default(T), default(Exception));
        var thread = new Thread(() =>
        {
            try
            {
                // setfsuid(2) is the one change of user that the C library leaves to the calling thread.
                if (Environment.IsPrivilegedProcess)
                    Marshal.GetDelegateForFunctionPointer<SetFileSystemUser>(NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "setfsuid"))(Id);
                result = function();
            }
            catch (Exception error)
            {
                failure = error;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException("failed as nobody", failure);
    }
}
