# SPDX-License-Identifier: Apache-2.0
"""Which C++ files changed.

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


def changed(*patterns):
    listed = git("diff", "--name-only", "--diff-filter=d", base(), "--", *(patterns or PATTERNS))
    if listed is None:
        raise AssertionError(f"git cannot tell what changed since {base()}")
    return listed.splitlines()


def main(tool):
    """Runs the caller's tests, or says why they are skipped."""
    reason = None
    if not shutil.which(tool):
        reason = f"no {tool} here"
    elif base() is None:
        reason = "the history here is too short to tell what changed"
    if reason:
        print("SKIPPED:", reason)
        sys.exit(77)
    unittest.main()
