# SPDX-License-Identifier: Apache-2.0
"""The .deb on a machine that runs: what its scripts do to the service, and to the sessions in it."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import deb_test  # noqa: E402
import gate  # noqa: E402
import machine  # noqa: E402

SERVICE = "sallyportd.service"


def show(name):
    return MACHINE.do("systemctl", "show", SERVICE, "-p", name, "--value").strip()


def install(deb):
    shutil.copy(deb, MACHINE.root / "root/sallyport.deb")
    done = MACHINE.run("dpkg", "--force-confold", "-i", "/root/sallyport.deb")
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout + done.stderr


class Service(unittest.TestCase):
    def test_an_install_starts_nothing_an_upgrade_keeps_what_runs_and_a_removal_ends_it(self):
        install(DEB)
        self.assertEqual((show("ActiveState"), show("UnitFileState")), ("inactive", "disabled"))

        MACHINE.do("systemctl", "enable", "--now", SERVICE)
        pid = show("MainPID")
        with tempfile.TemporaryDirectory() as folder:
            said = install(deb_test.newer(DEB, pathlib.Path(folder)))
        self.assertIn("systemctl restart sallyportd", said)
        self.assertEqual((show("MainPID"), show("NeedDaemonReload")), (pid, "no"))
        MACHINE.do("systemctl", "restart", SERVICE)
        self.assertEqual((show("ActiveState"), show("MainPID") == pid), ("active", False))

        MACHINE.do("dpkg", "--remove", "sallyport")
        self.assertIn(show("ActiveState"), ("inactive", "failed"))
        self.assertEqual(MACHINE.run("pgrep", "-x", "sallyportd").returncode, 1)
        self.assertTrue((MACHINE.root / "var/lib/sallyport/audit.db").exists())
        self.assertTrue((MACHINE.root / "var/lib/sallyport-keys/node.key").exists())

        MACHINE.do("dpkg", "--purge", "sallyport")
        links = [path for path in (MACHINE.root / "etc/systemd/system").rglob("*") if path.name.startswith("sallyport")]
        self.assertEqual(links, [])


if __name__ == "__main__":
    DEB = deb_test.package()
    machine.enter()
    MACHINE = machine.Machine()
    try:
        MACHINE.boot()
        gate.main()
    finally:
        MACHINE.close()
