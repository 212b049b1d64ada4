# SPDX-License-Identifier: Apache-2.0
"""Changed C++ files look as clang-format leaves them.

Changed means since the branch left origin/main, or by the last commit where HEAD is on it, or not yet committed.
"""
import pathlib
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATTERNS = ("*.h", "*.cc", "*.cpp")


def git(*words):
    done = subprocess.run(["git", "-c", f"safe.directory={ROOT}", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def base():
    """The commit that changes are counted from, or None where history does not reach back."""
    fork = git("merge-base", "origin/main", "HEAD")
    return fork if fork and fork != git("rev-parse", "HEAD") else git("rev-parse", "--verify", "-q", "HEAD~1")


def changed(since):
    listed = git("diff", "--name-only", "--diff-filter=d", since, "--", *PATTERNS)
    if listed is None:
        raise AssertionError(f"git cannot tell what changed since {since}")
    return listed.splitlines()


def is_formatted(text, name="common/x.cc"):
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", f"--assume-filename={name}"], cwd=ROOT,
                          input=text, capture_output=True, text=True)
    return done.returncode == 0


class Format(unittest.TestCase):
    def test_changed_files_are_formatted(self):
        wrong = [name for name in changed(base()) if not is_formatted((ROOT / name).read_text(), name)]
        self.assertEqual([], wrong, "run clang-format -i on these")

    def test_an_unformatted_line_is_found(self):
        self.assertFalse(is_formatted("int   a  ;\n"))
        self.assertTrue(is_formatted("int a;\n"))


if __name__ == "__main__":
    if not shutil.which("clang-format"):
        print("SKIPPED: no clang-format here")
        sys.exit(77)
    if base() is None:
        print("SKIPPED: the history here is too short to tell what changed")
        sys.exit(77)
    unittest.main()
