using NUnit.Framework;
using Verolux.Exporter.Storage;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Storage;

/// <summary>Texts as recorded from machines of several kinds.</summary>
public class MountsTests
{
    const string Server = """
        24 30 0:22 / /proc rw,nosuid,nodev,noexec,relatime shared:14 - proc proc rw
        25 30 0:6 / /dev rw,nosuid,relatime shared:2 - devtmpfs udev rw,size=8110472k,nr_inodes=2027618,mode=755
        30 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,errors=remount-ro
        31 30 0:26 / /run rw,nosuid,nodev,noexec,relatime shared:5 - tmpfs tmpfs rw,size=1627264k,mode=755
        95 30 7:0 / /snap/core20/2318 ro,nodev,relatime shared:47 - squashfs /dev/loop0 ro,errors=continue
        99 30 259:1 / /boot/efi rw,relatime shared:51 - vfat /dev/nvme0n1p1 rw,fmask=0077,dmask=0077
        101 30 8:1 / /mnt/video\040archive rw,noatime - xfs /dev/sda1 rw,attr2,inode64
        102 30 8:1 / /srv/also rw,noatime - xfs /dev/sda1 rw,attr2,inode64
        103 30 8:1 /north /srv/north rw,noatime - xfs /dev/sda1 rw,attr2,inode64
        104 30 0:50 / /nfs rw,relatime shared:60 - nfs4 nas:/export rw,vers=4.2
        105 30 11:0 / /media/cdrom ro,relatime - iso9660 /dev/sr0 ro
        """;

    const string Container = """
        1050 900 0:92 / / rw,relatime master:300 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A,upperdir=/b,workdir=/c
        1051 1050 0:95 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
        1052 1050 259:2 /var/lib/docker/containers/0a/hostname /etc/hostname rw,relatime - ext4 /dev/nvme0n1p2 rw,errors=remount-ro
        1053 1050 8:1 / /recordings ro,noatime - xfs /dev/sda1 rw,attr2,inode64
        1054 1050 8:17 / /broken ro,noatime - ext4 /dev/sdb1 ro,errors=remount-ro
        """;

    [Test]
    public void A_servers_disks_are_found_once_each_with_the_root_first() =>
        Assert.That(Mounts.OfDisks(Server), Is.EqualTo(new[] { "/", "/boot/efi", "/mnt/video archive" }));

    [Test]
    public void A_containers_disks_are_its_overlay_and_whole_file_systems() =>
        Assert.That(Mounts.OfDisks(Container), Is.EqualTo(new[] { "/", "/recordings", "/broken" }));

    [Test]
    public void The_disk_of_the_root_is_not_listed_again_under_another_name() =>
        Assert.That(Mounts.OfDisks("30 1 8:1 / / rw - ext4 /dev/sda1 rw\n31 30 8:1 / /again rw - ext4 /dev/sda1 rw\n"), Is.EqualTo(new[] { "/" }));

    [Test]
    public void Disks_mounted_over_one_another_are_one_path() =>
        Assert.That(Mounts.OfDisks("30 1 8:1 / / rw - ext4 /dev/sda1 rw\n31 30 8:2 / /mnt rw - ext4 /dev/sda2 rw\n32 31 8:3 / /mnt rw - ext4 /dev/sda3 rw\n"), Is.EqualTo(new[] { "/", "/mnt" }));

    [TestCase(@"/a\040b", "/a b")]
    [TestCase(@"/a\011b", "/a\tb")]
    [TestCase(@"/a\012b", "/a\nb")]
    [TestCase(@"/a\134b", @"/a\b")]
    [TestCase(@"/a\134040b", @"/a\040b")]
    [TestCase("/\u00e4", "/\u00e4")]
    [TestCase(@"/a\9b", @"/a\9b")]
    public void A_mount_point_is_unescaped(string written, string point) =>
        Assert.That(Mounts.OfDisks($"31 30 8:2 / {written} rw - ext4 /dev/sda2 rw"), Is.EqualTo(new[] { "/", point }));

    [TestCase("")]
    [TestCase("\n\n")]
    [TestCase("30 1 8:1 / /mnt rw")]
    [TestCase("30 1 8:1 / /mnt rw - ext4")]
    [TestCase("- - - - - - -")]
    public void What_makes_no_sense_is_passed_over(string text)
    {
        Assert.That(Mounts.OfDisks(text), Is.EqualTo(new[] { "/" }));
        Assert.That(Mounts.IsReadOnlyHereAlone(text, "/mnt"), Is.False);
    }

    [TestCase("/recordings", true)]
    [TestCase("/recordings/north/today", true)]
    [TestCase("/recordings2", false)]
    [TestCase("/broken", false)]
    [TestCase("/", false)]
    [TestCase("/elsewhere", false)]
    public void Read_only_here_alone_is_a_read_only_mount_of_a_writable_file_system(string path, bool alone) =>
        Assert.That(Mounts.IsReadOnlyHereAlone(Container, path), Is.EqualTo(alone));

    [Test]
    public void A_read_only_root_of_a_container_is_so_here_alone() =>
        Assert.That(Mounts.IsReadOnlyHereAlone("1050 900 0:92 / / ro,relatime - overlay overlay rw,lowerdir=/a", "/data"), Is.True);

    [Test]
    public void Of_two_mounts_on_one_point_the_later_one_counts()
    {
        const string Lower = "31 30 8:2 / /mnt ro - ext4 /dev/sda2 rw";
        const string Upper = "32 31 8:3 / /mnt ro - ext4 /dev/sda3 ro";
        Assert.That(Mounts.IsReadOnlyHereAlone($"{Lower}\n{Upper}", "/mnt/x"), Is.False);
        Assert.That(Mounts.IsReadOnlyHereAlone($"{Upper}\n{Lower}", "/mnt/x"), Is.True);
    }

    [Test]
    public void The_kernels_own_text_is_understood() => Assert.That(Mounts.OfDisks(Mounts.Read()), Is.Unique.And.Member("/"));

    [Test]
    public void A_path_with_a_symbolic_link_in_it_does_not_tell_by_its_text_which_mount_holds_it()
    {
        using var folder = new TemporaryFolder();
        var real = Directory.CreateDirectory(folder["real/recordings"]).FullName;
        Directory.CreateSymbolicLink(folder["link"], folder["real"]);
        Assert.That(Mounts.LeadsElsewhere(real), Is.False);
        Assert.That(Mounts.LeadsElsewhere(folder["link"]), Is.True);
        Assert.That(Mounts.LeadsElsewhere(folder["link/recordings"]), Is.True);
    }
}
