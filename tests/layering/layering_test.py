# SPDX-License-Identifier: Apache-2.0
"""Each folder includes only what its row of the design's table names."""
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

RULES = {
    "common": "",
    "config": "common",
    "policy": "common config",
    "daemon/runtime": "common",
    "daemon/store": "common config daemon/runtime",
    "daemon/audit": "common config daemon/runtime daemon/store",
    "daemon/live": "common config policy daemon/runtime daemon/audit",
    "daemon/ssh": "common config policy daemon/runtime",
    "daemon/relay": "common daemon/runtime daemon/ssh",
    "daemon/taps": "common config daemon/runtime daemon/audit daemon/relay",
    "daemon/desk": "common config policy daemon/runtime daemon/store daemon/audit daemon/live",
    "daemon/api": "common config policy daemon/runtime daemon/audit daemon/live daemon/desk",
    "daemon/session": "common config policy daemon/runtime daemon/store daemon/audit daemon/live "
                      "daemon/ssh daemon/relay daemon/taps daemon/desk daemon/api",
    "cli": "common config policy",
}

# Header prefix: the one folder that may know it, and whether one file must hold it all.
HOMES = {
    "libssh/": ("daemon/ssh", False),
    "boost/beast": ("daemon/api", False),
    "sqlite3": ("daemon/store", False),
    "curl/": ("common", True),
    "yaml-cpp/": ("config", True),
}
WITHOUT_ASIO = ("common", "config", "policy", "cli")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)


def folder_of(path):
    """The row that a path belongs to: its longest known folder, or None for the daemon's own top files."""
    rows = [row for row in RULES if path.startswith(row + "/")]
    return max(rows, key=len, default=None)


def faults_of(path, text):
    """What one file includes against the table, in words."""
    faults = []
    row = folder_of(path)
    allowed = set(RULES[row].split()) | {row} if row else set()
    for mark, header in INCLUDE.findall(text):
        if mark == '"':
            if not (ROOT / header).is_file():
                faults.append(f'{path}: "{header}" is no path from the root')
            elif row and folder_of(header) not in allowed:
                faults.append(f'{path}: {row} may not include "{header}"')
            continue
        if header == "boost/asio.hpp":
            faults.append(f"{path}: <boost/asio.hpp> is never included whole")
        if header.startswith("boost/asio") and row in WITHOUT_ASIO:
            faults.append(f"{path}: {row} may not know Asio")
        for prefix, (home, _) in HOMES.items():
            if header.startswith(prefix) and row != home:
                faults.append(f"{path}: <{header}> belongs in {home}")
    return faults


def tracked(*patterns):
    listing = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--", *patterns],
                             cwd=ROOT, check=True, capture_output=True).stdout
    return [name for name in listing.decode().split("\0") if name and (ROOT / name).is_file()]


def sources():
    return [name for name in tracked("*.h", "*.cc", "*.cpp") if name.split("/")[0] in
            ("common", "config", "policy", "daemon", "cli")]


class Layering(unittest.TestCase):
    maxDiff = None

    def test_there_are_sources_to_check(self):
        self.assertGreater(len(sources()), 20)

    def test_each_folder_includes_only_what_its_row_names(self):
        faults = [fault for name in sources() for fault in faults_of(name, (ROOT / name).read_text())]
        self.assertEqual([], faults)

    def test_each_daemon_folder_has_a_row(self):
        strangers = [name for name in sources() if name.startswith("daemon/") and name.count("/") > 1
                     and folder_of(name) is None]
        self.assertEqual([], strangers)

    def test_a_library_for_one_file_is_in_one_file(self):
        for prefix, (_, alone) in HOMES.items():
            users = [name for name in sources()
                     if any(h.startswith(prefix) for _, h in INCLUDE.findall((ROOT / name).read_text()))]
            if alone:
                self.assertLessEqual(len(users), 1, f"{prefix} is known by {users}")

    def test_each_file_names_its_licence_on_top(self):
        names = tracked("*.h", "*.cc", "*.cpp", "*.c", "*.py", "*.sh", "*CMakeLists.txt", "*.cmake")
        missing = [name for name in names
                   if "SPDX-License-Identifier: " not in "\n".join((ROOT / name).read_text().split("\n")[:2])]
        self.assertEqual([], missing)

    def test_a_wrong_include_is_found(self):
        self.assertTrue(faults_of("common/x.cc", '#include "daemon/store/store.h"\n'))
        self.assertTrue(faults_of("common/x.cc", '#include "x.h"\n'))
        self.assertTrue(faults_of("config/x.cc", "#include <boost/asio/post.hpp>\n"))
        self.assertTrue(faults_of("daemon/relay/x.cc", "#include <libssh/libssh.h>\n"))
        self.assertTrue(faults_of("daemon/ssh/x.cc", "#include <boost/asio.hpp>\n"))
        self.assertFalse(faults_of("daemon/ssh/x.cc", '#include "common/error.h"\n#include <libssh/libssh.h>\n'))


if __name__ == "__main__":
    unittest.main()
