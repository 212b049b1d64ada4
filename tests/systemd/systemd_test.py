# SPDX-License-Identifier: Apache-2.0
"""The unit exposes as little as the design promises."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

UNITS = pathlib.Path(__file__).resolve().parents[2] / "systemd"


def exposure(unit_text):
    """The exposure level of a unit as systemd-analyze reckons it, offline."""
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / "sallyportd.service"
        unit.write_text(unit_text)
        out = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
                             capture_output=True, text=True, timeout=30)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", out.stdout)
    if not found:
        raise AssertionError(f"no exposure level in: {out.stdout}{out.stderr}")
    return float(found.group(1))


def faults(files):
    """What systemd-analyze finds amiss in the units (name: text), seen from a system that has nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for program in ("usr/sbin/sallyportd", "bin/kill"):
            (root / program).parent.mkdir(parents=True, exist_ok=True)
            (root / program).touch(0o755)
        units = root / "usr/lib/systemd/system"
        units.mkdir(parents=True)
        for name in ("sysinit", "basic", "shutdown", "sockets", "multi-user", "network-online"):
            (units / f"{name}.target").write_text("[Unit]\nDescription=here\n")
        for name, text in files.items():
            (units / name).write_text(text)
        done = subprocess.run(["systemd-analyze", "verify", f"--root={root}", *(str(units / name) for name in files)],
                              capture_output=True, text=True, timeout=30)
    return done.stdout + done.stderr + (f"exit code {done.returncode}" if done.returncode else "")


class Unit(unittest.TestCase):
    def setUp(self):
        self.text = (UNITS / "sallyportd.service").read_text()

    def test_the_exposure_is_at_most_one_and_a_half(self):
        self.assertLessEqual(exposure(self.text), 1.5)

    def test_the_journal_drops_no_line_and_a_watchdog_waits_for_the_workers(self):
        self.assertIn("\nLogRateLimitIntervalSec=0\n", self.text)
        self.assertRegex(self.text, r"\nWatchdogSec=[1-9]")

    def test_a_unit_without_its_filters_is_found(self):
        kept = [line for line in self.text.split("\n") if not re.match("SystemCallFilter|CapabilityBounding|User", line)]
        self.assertGreater(exposure("\n".join(kept)), 1.5)

    def test_systemd_finds_nothing_amiss_in_the_units(self):
        files = {name: (UNITS / name).read_text() for name in ("sallyportd.service", "sallyportd.socket")}
        self.assertEqual(faults(files), "")
        for name, good, bad in (("sallyportd.service", "PrivateTmp=yes", "PrivatTmp=yes"),
                                ("sallyportd.service", "SystemCallFilter=@system-service", "SystemCallFilter=@system-servant"),
                                ("sallyportd.socket", "ListenStream=2222", "")):
            with self.subTest(bad=bad):
                self.assertNotEqual(faults({**files, name: files[name].replace(good, bad, 1)}), "")

    def test_the_user_is_made_as_the_units_name_it(self):
        with tempfile.TemporaryDirectory() as root:
            (pathlib.Path(root) / "etc").mkdir()
            done = subprocess.run(["systemd-sysusers", "--dry-run", f"--root={root}", str(UNITS / "sallyport.sysusers.conf")],
                                  capture_output=True, text=True)
        self.assertIn("Creating user 'sallyport'", done.stderr)
        self.assertIn("User=sallyport\nGroup=sallyport\n", self.text)


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("SKIPPED: no systemd-analyze here")
        sys.exit(77)
    unittest.main()
