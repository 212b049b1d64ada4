# SPDX-License-Identifier: Apache-2.0
"""sftp, scp in both protocols, rsync and git go through as they are, and leave the same files."""
import os

import gate


class Transfer(gate.GateTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.gate.path("source")
        with open(cls.source, "wb") as file:
            file.write(os.urandom(3_000_000))
        os.utime(cls.source, (1_700_000_000, 1_700_000_000))

    def check(self, done, path, times=True):
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(path, "rb") as there, open(self.source, "rb") as here:
            self.assertEqual(there.read(), here.read())
        if times:
            self.assertEqual(int(os.stat(path).st_mtime), 1_700_000_000)

    def config(self):
        return ["-F", self.gate.path("ssh_config")]

    def test_sftp_puts_and_gets(self):
        there, back = self.gate.path("sftp1"), self.gate.path("sftp2")
        batch = f"put -p {self.source} {there}\nget -p {there} {back}\n".encode()
        done = self.gate.run(["sftp", "-b", "-", *self.config(), "server01@127.0.0.1"], input=batch)
        self.check(done, there)
        self.check(done, back)

    def test_scp_in_both_protocols_and_both_ways(self):
        for protocol in ("-O", "-s"):
            there, back = self.gate.path("scp1" + protocol), self.gate.path("scp2" + protocol)
            remote = f"server01@127.0.0.1:{there}"
            self.check(self.gate.run(["scp", protocol, "-p", *self.config(), self.source, remote]), there)
            self.check(self.gate.run(["scp", protocol, "-p", *self.config(), remote, back]), back)

    def test_rsync_both_ways(self):
        shell = "ssh " + " ".join(self.config())
        there, back = self.gate.path("rsync1"), self.gate.path("rsync2")
        remote = f"server01@127.0.0.1:{there}"
        self.check(self.gate.run(["rsync", "-a", "-e", shell, self.source, remote]), there)
        self.check(self.gate.run(["rsync", "-a", "-e", shell, remote, back]), back)

    def test_git_clones_and_pushes(self):
        bare, clone = self.gate.path("repo.git"), self.gate.path("clone")
        env = {"GIT_SSH_COMMAND": "ssh " + " ".join(self.config()), "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.net",
               "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.net"}

        def git(*words):
            done = self.gate.run(["git", *words], env=env)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout.decode().strip()

        git("init", "-q", "--bare", "-b", "main", bare)
        git("clone", "-q", f"ssh://server01@127.0.0.1:{self.gate.port}{bare}", clone)
        gate.write(os.path.join(clone, "file"), "text")
        git("-C", clone, "add", "file")
        git("-C", clone, "commit", "-q", "-m", "one")
        git("-C", clone, "push", "-q", "origin", "HEAD:main")
        self.assertEqual(git("-C", clone, "rev-parse", "HEAD"), git("-C", bare, "rev-parse", "main"))


if __name__ == "__main__":
    gate.main()
