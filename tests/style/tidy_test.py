# SPDX-License-Identifier: Apache-2.0
"""clang-tidy finds nothing in changed C++ files, by the short list in .clang-tidy."""
import concurrent.futures
import os
import pathlib
import subprocess
import tempfile
import unittest

from changed import ROOT, changed, main

BUILD = pathlib.Path(os.environ["SALLYPORT_BUILD"])


def findings(file, *words):
    done = subprocess.run(["clang-tidy", "--quiet", f"--config-file={ROOT}/.clang-tidy", str(file), *words], cwd=ROOT,
                          capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


class Tidy(unittest.TestCase):
    def test_nothing_is_found_in_changed_files(self):
        files = [name for name in changed("*.cc") if not name.startswith("tests/")]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda name: findings(name, "-p", str(BUILD)), files))
        self.assertFalse(any(found), "".join(found))

    def test_a_use_after_a_move_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "bad.cc")
            file.write_text("#include <string>\n#include <utility>\nstd::string f(std::string a) {\n"
                            "    std::string b = std::move(a);\n    return a + b;\n}\n", encoding="utf-8")
            self.assertIn("bugprone-use-after-move", findings(file, "--", "-std=c++20"))


if __name__ == "__main__":
    main("clang-tidy")
