# SPDX-License-Identifier: Apache-2.0
"""The .rpm holds what the .deb holds, and asks for no libssh. What its scripts do is tried nowhere yet."""
import os
import pathlib
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ.get("SALLYPORT_BUILD", pathlib.Path(__file__).parents[2] / "build/release"))


class Rpm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        subprocess.run([os.environ.get("SALLYPORT_CPACK", "cpack"), "-G", "RPM", "-B", folder.name, "--config", BUILD / "CPackConfig.cmake"],
                       check=True, capture_output=True)
        cls.package = next(pathlib.Path(folder.name).glob("*.rpm"))

    def ask(self, *what):
        return subprocess.run(["rpm", "-qp", *what, self.package], check=True, capture_output=True, text=True).stdout.splitlines()

    def test_it_asks_for_libraries_but_not_for_its_own_libssh_nor_offers_it(self):
        self.assertIn("libsqlite3.so.0()(64bit)", self.ask("--requires"))
        self.assertEqual([line for line in self.ask("--requires") + self.ask("--provides") if "libssh" in line], [])

    def test_settings_are_config_files_and_programs_and_units_are_there(self):
        self.assertEqual(self.ask("--configfiles"), ["/etc/sallyport/policy.yml", "/etc/sallyport/sallyport.yml"])
        files = self.ask("--list")
        for name in ("/usr/bin/sallyport", "/usr/sbin/sallyportd", "/usr/lib/sallyport/libssh.so.4", "/usr/share/man/man8/sallyportd.8",
                     "/usr/lib/systemd/system/sallyportd.service"):
            self.assertIn(name, files)
        self.assertNotIn("/usr/sbin", files)

    def test_nothing_is_started_by_a_script(self):
        scripts = "\n".join(self.ask("--scripts"))
        self.assertIn("systemd-sysusers", scripts)
        self.assertNotRegex(scripts, r"systemctl.* (enable|start|restart)")


if __name__ == "__main__":
    unittest.main(verbosity=2)
