# SPDX-License-Identifier: Apache-2.0
"""Events as they come: server-sent events over the SSH subsystem, which a reader takes up again where it was."""
import json
import subprocess

import gate
from api_test import ApiClient


class Reader:
    """A reader of the stream; `next` gives one event as its id, type and line."""

    def __init__(self, bastion, key, last=None):
        command = ["ssh", "-F", bastion.path("ssh_config"), "-i", key, "-o", "IdentityFile=none", "-s", "sallyport@127.0.0.1", "api"]
        self.process = subprocess.Popen(command, env=bastion.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.out = self.process.stdout
        header = f"Last-Event-ID: {last}\r\n" if last is not None else ""
        self.process.stdin.write(f"GET /api/v1/events/stream/ HTTP/1.1\r\nHost: bastion\r\n{header}\r\n".encode())
        self.status = int(self.line().split()[1])
        self.headers = dict(line.split(": ", 1) for line in iter(self.line, ""))
        self.text = ""

    def line(self):
        out = b""
        while not out.endswith(b"\n"):
            byte = self.out.read(1)
            if not byte:
                return out.decode()
            out += byte
        return out.decode().rstrip("\r\n")

    def next(self):
        while "\n\n" not in self.text or self.text.startswith(":"):
            if self.text.startswith(":\n\n"):
                self.text = self.text[3:]
                continue
            size = int(self.line(), 16)
            chunk = b""
            while len(chunk) < size + 2:
                chunk += self.out.read(size + 2 - len(chunk))
            self.text += chunk[:-2].decode()
        one, self.text = self.text.split("\n\n", 1)
        return dict(line.split(": ", 1) for line in one.split("\n"))

    def until(self, kind):
        """The ids and types up to an event of a kind."""
        seen = []
        while not seen or seen[-1][1] != kind:
            event = self.next()
            seen.append((int(event["id"]), event["event"], event["data"]))
        return seen

    def close(self):
        self.process.kill()
        self.process.communicate()


class Stream(ApiClient):
    def reader(self, key=None, last=None):
        out = Reader(self.gate, key or self.gate.alice_key, last)
        self.addCleanup(out.close)
        return out

    def test_what_happens_is_told_as_the_chain_has_it(self):
        reader = self.reader()
        self.assertEqual((reader.status, reader.headers["Content-Type"]), (200, "text/event-stream"))
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        seen = reader.until("ssh_session.end")
        self.assertIn("channel.start", [kind for _, kind, _ in seen])
        self.assertEqual([seq for seq, _, _ in seen], list(range(seen[0][0], seen[0][0] + len(seen))))
        lines = self.gate.lines()
        for seq, kind, line in seen:
            self.assertEqual(line, lines[seq - 1])
            self.assertEqual(json.loads(line)["type"], kind)

    def test_a_reader_that_was_cut_off_goes_on_without_a_gap(self):
        reader = self.reader()
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        last = reader.until("ssh_session.end")[-1][0]
        reader.close()
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        seen = self.reader(last=last).until("ssh_session.end")
        self.assertEqual(seen[0][0], last + 1)

    def test_a_stream_is_for_auditors_and_on_record(self):
        self.assertEqual(self.reader(key=self.gate.bob_key).status, 403)
        self.assertEqual(self.reader(last="x").status, 400)
        before = len([e for e in self.gate.events("record.read") if e["what"] == "stream"])
        self.reader()
        self.assertEqual(len([e for e in self.gate.events("record.read") if e["what"] == "stream"]), before + 1)

    def test_a_reader_whose_role_is_taken_away_hears_nothing_more(self):
        reader = self.reader()
        policy = gate.read(self.gate.path("policy.yml"))
        self.addCleanup(self.gate.change_policy, policy[policy.index("roles:"):])
        self.gate.change_policy(f"roles:\n  - {{name: ops, operators: ['@ops'], targets: ['acme+@all'], logins: ['{self.gate.user}'], allow: [exec]}}\n")
        reader.process.wait(gate.PATIENCE)
        self.assertNotIn(b"ssh_session.start", reader.out.read())


if __name__ == "__main__":
    gate.main()
