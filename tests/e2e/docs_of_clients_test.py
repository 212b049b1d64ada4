# SPDX-License-Identifier: Apache-2.0
"""What docs/clients.md tells people to write does what it says."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import gate
from clients import matrix

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs/clients.md").read_text()


def blocks(title):
    section = re.search(rf"(?ms)^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE).group(1)
    return re.findall(r"(?ms)^```\w*\n(.*?)^```", section)


class Page(gate.GateTest):
    def setUp(self):
        done = self.gate.run([gate.DAEMON, "--config", self.gate.path("sallyport.yml"), "fingerprint"])
        keys = [line.split(" ", 1)[1] for line in done.stdout.decode().splitlines() if line.startswith("[BASTION]")]
        gate.write(self.gate.path("known"), "".join(f"[127.0.0.1]:{self.gate.port} {key}\n" for key in keys))

    def here(self, text):
        """The page's names, with those of this test in their place."""
        for there, here in (("bastion.example.net", "127.0.0.1"), ("2222", str(self.gate.port)), ("web-01", "server01"),
                            ("~/.ssh/id_ed25519", self.gate.alice_key), ('"id_ed25519"', repr(self.gate.alice_key)),
                            ('"known_hosts"', repr(self.gate.path("known")))):
            text = text.replace(there, here)
        return text


class Clients(Page):
    def test_the_config_of_openssh(self):
        config = gate.write(self.gate.path("config"), self.here(blocks("OpenSSH")[0]) +
                            f"  UserKnownHostsFile {self.gate.path('known')}\n  BatchMode yes\n")
        done = self.gate.run(["ssh", "-F", config, f"{self.gate.user}@server01@bastion", "echo through"])
        self.assertEqual((done.returncode, done.stdout), (0, b"through\n"), done.stderr)

    def test_the_program_for_paramiko(self):
        program = self.here(blocks("paramiko")[0]).replace('"uptime"', '"echo through; exit 7"')
        done = self.gate.run([sys.executable, "-c", program])
        self.assertEqual((done.returncode, done.stdout.split()), (0, [b"through", b"7"]), done.stderr)

    def test_the_program_for_asyncssh(self):
        if subprocess.run([sys.executable, "-c", "import asyncssh"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no Python module asyncssh here")
        program = self.here(blocks("asyncssh")[0]).replace('"uptime"', '"echo through; exit 7"')
        done = self.gate.run([sys.executable, "-W", "ignore", "-c", program])
        self.assertEqual((done.returncode, done.stdout.split()), (0, [b"through", b"7"]), done.stderr)

    def test_the_table_is_the_one_that_the_tests_take(self):
        self.assertTrue(PAGE.endswith("\n" + matrix.table()), "print it by: python3 -c 'from clients import matrix; print(matrix.table())'")

    def test_the_lines_for_putty(self):
        if not shutil.which("plink") or not shutil.which("puttygen"):
            self.skipTest("no plink here")
        subprocess.run(["puttygen", self.gate.alice_key, "-O", "private", "-o", self.gate.path("key.ppk")], check=True)
        key = gate.read(self.gate.path("known")).split(" ")
        gate.write(self.gate.path("file"), "through\n")
        shown = subprocess.run(["ssh-keygen", "-lf", self.gate.path("known")], check=True, capture_output=True, text=True).stdout
        fingerprint = next(line.split(" ")[1] for line in shown.splitlines() if "ED25519" in line)
        self.assertIn("ssh-ed25519", key)
        for line in self.here(blocks("PuTTY and WinSCP")[0]).splitlines():
            words = line.replace("uptime", "true").replace(":/tmp/", f":{self.gate.path('copied')}").split(" ")
            done = self.gate.run([words[0], "-batch", "-hostkey", fingerprint, *words[1:]])
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(gate.read(self.gate.path("copied")), "through\n")

    def test_the_lines_for_rsync_and_git(self):
        env = {"GIT_SSH_COMMAND": f"ssh -F {self.gate.path('ssh_config')}"}
        os.makedirs(self.gate.path("site"), exist_ok=True)
        gate.write(self.gate.path("site/page"), "page\n")
        line = self.here(blocks("rsync")[0]).strip().replace("'ssh -p", f"'ssh -F {self.gate.path('ssh_config')} -p")
        done = self.gate.run(["sh", "-c", line.replace("/var/www/", self.gate.path("www/"))])
        self.assertEqual((done.returncode, gate.read(self.gate.path("www/page"))), (0, "page\n"), done.stderr)

        self.gate.run(["git", "init", "-q", "--bare", self.gate.path("repo.git")])
        line = self.here(blocks("git")[0]).replace("git@", f"{self.gate.user}@").replace("@bastion:", "@127.0.0.1:")
        done = self.gate.run(["sh", "-c", line.replace("/srv/repo.git", self.gate.path("repo.git"))], env=env)
        self.assertEqual(done.returncode, 0, done.stderr)


class Curl(Page):
    """The line for curl, whose libssh2 may be older than 1.11."""

    options = {"config": "plain_macs: true"}

    def test_the_line_for_curl(self):
        if "sftp" not in subprocess.run(["curl", "-V"], capture_output=True, text=True, check=True).stdout.split():
            self.skipTest("this curl has no sftp")
        gate.write(self.gate.path(".ssh/known_hosts"), gate.read(self.gate.path("known")))
        gate.write(self.gate.path("file"), "through\n")
        line = self.here(blocks("curl and others on libssh2")[0]).replace("/tmp/file", self.gate.path("curled"))
        done = self.gate.run(["sh", "-c", line])
        self.assertEqual((done.returncode, gate.read(self.gate.path("curled"))), (0, "through\n"), done.stderr)


if __name__ == "__main__":
    gate.main()
