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


class Unit(unittest.TestCase):
    def setUp(self):
        self.text = (UNITS / "sallyportd.service").read_text()

    def test_the_exposure_is_at_most_one_and_a_half(self):
        self.assertLessEqual(exposure(self.text), 1.5)

    def test_a_unit_without_its_filters_is_found(self):
        kept = [line for line in self.text.split("\n") if not re.match("SystemCallFilter|CapabilityBounding|User", line)]
        self.assertGreater(exposure("\n".join(kept)), 1.5)


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("SKIPPED: no systemd-analyze here")
        sys.exit(77)
    unittest.main()
