# SPDX-License-Identifier: Apache-2.0
"""Changed C++ files look as clang-format leaves them, and no file holds half a merge."""
import subprocess
import unittest

from changed import ROOT, changed, main


def is_formatted(text, name="common/x.cc"):
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", f"--assume-filename={name}"], cwd=ROOT,
                          input=text, capture_output=True, text=True)
    return done.returncode == 0


class Format(unittest.TestCase):
    def test_changed_files_are_formatted(self):
        wrong = [name for name in changed() if not is_formatted((ROOT / name).read_text(), name)]
        self.assertEqual([], wrong, "run clang-format -i on these")

    def test_no_merge_is_half_done(self):
        names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
        texts = {name: (ROOT / name).read_bytes() for name in names if (ROOT / name).is_file()}
        self.assertEqual([], [name for name, text in texts.items() if b"\n<<<<<<< " in text or b"\n>>>>>>> " in text])

    def test_an_unformatted_line_is_found(self):
        self.assertFalse(is_formatted("int   a  ;\n"))
        self.assertTrue(is_formatted("int a;\n"))


if __name__ == "__main__":
    main("clang-format")
