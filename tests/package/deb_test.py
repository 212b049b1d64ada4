# SPDX-License-Identifier: Apache-2.0
"""The .deb installs, starts nothing unasked, upgrades, is removed, and a purge keeps the record unless told otherwise.

In a fresh Debian that mmdebstrap makes in a temporary folder: needs root and a mirror, else it is skipped with the reason
(SALLYPORT_TEST_MIRROR names another mirror than the usual one).
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(os.environ.get("SALLYPORT_BUILD", pathlib.Path(__file__).parents[2] / "build/release"))
DATA = ("/var/lib/sallyport", "/var/lib/sallyport-keys", "/var/log/sallyport")
# Processes, mounts and names of its own, so that whatever a script of the package starts ends with it.
WITHIN = """
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
root=$1; shift
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
"""
# It lives for a minute: nothing of it has to reach a disk, and nobody reads its manuals.
QUICK = ("--dpkgopt=force-unsafe-io", "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
         "--dpkgopt=path-exclude=/usr/share/man/*")


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(77)


def package():
    found = sorted((BUILD / "package").glob("sallyport_*.deb"))
    if not found:
        skip(f"no package in {BUILD}/package; run: cpack -G DEB -B {BUILD}/package --config {BUILD}/CPackConfig.cmake")
    return found[-1]


class System:
    """A Debian without anything that the package needs beyond systemd's own tools."""

    def __init__(self, folder):
        self.root = folder / "root"
        mirror = [os.environ["SALLYPORT_TEST_MIRROR"]] if "SALLYPORT_TEST_MIRROR" in os.environ else []
        code = re.search(r"VERSION_CODENAME=(\w+)", pathlib.Path("/etc/os-release").read_text()).group(1)
        done = subprocess.run(["mmdebstrap", "--quiet", "--mode=root", "--variant=apt", "--include=systemd,debconf", *QUICK, code, self.root,
                               *mirror], capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            skip("a Debian to try it in cannot be made: " + done.stderr.strip()[-300:])
        self.do("apt-get", "update")

    def run(self, *command):
        return subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", WITHIN, "sh", self.root, *command],
                              capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)

    def do(self, *command):
        done = self.run(*command)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def as_daemon(self, *words):
        return self.do("runuser", "-u", "sallyport", "--", "/usr/sbin/sallyportd", *words)

    def within(self, path):
        return self.root / path.lstrip("/")

    def install(self, deb):
        shutil.copy(deb, self.within("/tmp/sallyport.deb"))
        return self.do("apt-get", "install", "--yes", "--no-install-recommends", "/tmp/sallyport.deb")

    def links(self):
        return [path for path in self.within("/etc/systemd/system").rglob("*") if "sallyport" in path.name]


def newer(deb, folder):
    """The same package under the next version, with a comment more in its default config."""
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "-R", deb, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*", "Version: 999.0-1", control.read_text()))
    with open(tree / "etc/sallyport/sallyport.yml", "a", encoding="utf-8") as file:
        file.write("# of the next version\n")
    subprocess.run(["dpkg-deb", "-Znone", "-b", tree, folder / "newer.deb"], check=True, capture_output=True)
    return folder / "newer.deb"


class Deb(unittest.TestCase):
    def field(self, name):
        return subprocess.run(["dpkg-deb", "-f", DEB, name], check=True, capture_output=True, text=True).stdout

    def test_what_it_needs_is_reckoned_and_its_own_libssh_is_none_of_it(self):
        needs = self.field("Depends")
        for library in ("libc6 (>=", "libsqlite3-0", "libssl3", "libcurl4", "libyaml-cpp"):
            self.assertIn(library, needs)
        self.assertNotIn("libssh", needs)

    def test_it_holds_the_source_of_its_own_libssh_as_it_was_built(self):
        listing = subprocess.run(["dpkg-deb", "-c", DEB], check=True, capture_output=True, text=True).stdout
        for name in ("source.tar.xz", "config.h", "build.sh", "libssh.map", "patches/03-"):
            self.assertIn("/usr/share/sallyport/libssh/" + name, listing)


class Life(unittest.TestCase):
    """In the order of their names: the life of one installation."""

    def test_1_an_install_starts_and_enables_nothing(self):
        SYSTEM.install(DEB)
        self.assertEqual(SYSTEM.links(), [])
        self.assertEqual(SYSTEM.within("/etc/sallyport").stat().st_mode & 0o777, 0o750)
        for folder in DATA:
            self.assertEqual(list(SYSTEM.within(folder).iterdir()), [], folder)
            self.assertEqual(SYSTEM.do("stat", "-c", "%U", folder).strip(), "sallyport")

    def test_2_the_programs_run_with_the_libssh_of_the_package(self):
        self.assertIn("/usr/lib/sallyport/libssh.so.4 ", SYSTEM.do("ldd", "/usr/sbin/sallyportd").replace("/usr/sbin/../", "/usr/"))
        self.assertNotIn("libssh.so", SYSTEM.do("ldd", "/usr/bin/sallyport"))
        self.assertRegex(SYSTEM.do("sallyport", "--version"), r"^\d+\.\d+\.\d+")
        self.assertNotEqual(SYSTEM.run("dpkg-query", "-W", "libssh-4").returncode, 0)

    def test_3_the_daemon_starts_with_the_defaults_and_a_mistake_in_them_is_named(self):
        self.assertIn("in order", SYSTEM.as_daemon("--check"))
        served = SYSTEM.do("runuser", "-u", "sallyport", "--", "sh", "-c",
                           "sallyportd --listen 127.0.0.1:0 --http 127.0.0.1:0 2>/tmp/log & "
                           "until grep -q msg=listening /tmp/log || ! kill -0 $!; do sleep 0.1; done; kill $!; wait $!; cat /tmp/log")
        self.assertIn("msg=listening", served)
        config = SYSTEM.within("/etc/sallyport/sallyport.yml")
        kept = config.read_text()
        config.write_text(kept + "lisen: []\n")
        refused = SYSTEM.run("sallyportd", "--check")
        config.write_text(kept)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("listen", refused.stderr)

    def test_4_an_upgrade_keeps_what_was_edited_and_the_record(self):
        config = SYSTEM.within("/etc/sallyport/sallyport.yml")
        config.write_text(config.read_text() + "node: gate-7\n")
        for folder in DATA:
            shutil.rmtree(SYSTEM.within(folder))
        SYSTEM.do("systemd-tmpfiles", "--create", "sallyport.conf")
        before = SYSTEM.as_daemon("fingerprint")
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(newer(DEB, pathlib.Path(folder)), SYSTEM.within("/tmp/newer.deb"))
        SYSTEM.do("apt-get", "install", "--yes", "-o", "Dpkg::Options::=--force-confold", "/tmp/newer.deb")
        self.assertIn("999.0-1", SYSTEM.do("dpkg-query", "-W", "sallyport"))
        self.assertIn("node: gate-7", config.read_text())
        self.assertEqual(SYSTEM.as_daemon("fingerprint"), before)
        self.assertEqual(SYSTEM.links(), [])

    def test_5_a_removal_leaves_config_and_record(self):
        SYSTEM.do("apt-get", "remove", "--yes", "sallyport")
        self.assertFalse(SYSTEM.within("/usr/sbin/sallyportd").exists())
        self.assertFalse(SYSTEM.within("/usr/lib/sallyport").exists())
        self.assertIn("node: gate-7", SYSTEM.within("/etc/sallyport/sallyport.yml").read_text())
        self.assertTrue(any(SYSTEM.within("/var/lib/sallyport-keys").iterdir()))

    def test_6_a_purge_keeps_the_record_and_says_where_it_is(self):
        said = SYSTEM.do("apt-get", "purge", "--yes", "sallyport")
        self.assertIn("Kept, as they are the record and its keys: " + " ".join(DATA), said)
        self.assertFalse(SYSTEM.within("/etc/sallyport").exists())
        self.assertTrue(any(SYSTEM.within("/var/lib/sallyport-keys").iterdir()))

    def test_7_a_purge_that_was_told_so_removes_them(self):
        SYSTEM.install(DEB)
        self.assertTrue(any(SYSTEM.within("/var/lib/sallyport-keys").iterdir()))
        SYSTEM.do("sh", "-c", "echo sallyport sallyport/purge_data boolean true | debconf-set-selections")
        said = SYSTEM.do("apt-get", "purge", "--yes", "sallyport")
        self.assertNotIn("Kept", said)
        for folder in DATA:
            self.assertFalse(SYSTEM.within(folder).exists(), folder)


if __name__ == "__main__":
    if os.geteuid() != 0:
        skip("a Debian to try it in needs root")
    if not shutil.which("mmdebstrap"):
        skip("no mmdebstrap here")
    DEB = package()
    with tempfile.TemporaryDirectory(prefix="sallyport-package-") as made:
        os.chmod(made, 0o755)
        SYSTEM = System(pathlib.Path(made))
        unittest.main(verbosity=2, failfast=True)
