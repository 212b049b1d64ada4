# SPDX-License-Identifier: Apache-2.0
"""A target that refuses to open a channel is heard in its own words: by the operator and on record."""
from paramiko.transport import Transport

import gate
import raw_ssh as ssh
import raw_target


class Refusing(Transport):
    """Refuses every channel as the test says."""

    failure = (1, b"")

    def refuse(self, message):
        message.get_text()
        self._send_message(raw_target.raw(ssh.message(ssh.OPEN_FAILURE, message.get_int(), *Refusing.failure, "")))

    _handler_table = {**Transport._handler_table, ssh.OPEN: refuse}


class OpenFailure(raw_target.TargetTest):
    options = {"sshd_extra": "Match all\nMaxSessions 0"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target.speak_ssh(None, Refusing)

    def visit(self, target):
        """What the operator reads, and the end of the channel on record."""
        before = len(self.gate.settled("channel.end"))
        done = self.gate.ssh("anything", target=target)
        self.assertEqual(done.returncode, 255)
        return done.stderr, self.gate.wait_events("channel.end", before + 1)[-1]

    def refusal(self, reason, words):
        Refusing.failure = (reason, words)
        return self.visit("bad")

    def test_what_sshd_says_is_what_the_operator_reads(self):
        direct = self.gate.ssh("anything", direct=True, options=("-o", "LogLevel=INFO")).stderr
        said = b"connect failed: open failed" if self.gate.has_own_libssh() else b"open failed"
        self.assertIn(said, direct)
        read, end = self.visit("server01")
        self.assertIn(b"sallyport: the target opens no channel: ", read)
        self.assertIn(said, read)
        self.assertIn(said.decode(), end["cause"])

    def test_reasons_have_their_names(self):
        if not self.gate.has_own_libssh():
            self.skipTest("the system's libssh tells the reason as a number in a sentence of its own")
        for reason, name in ((1, "administratively prohibited"), (3, "unknown channel type"), (4, "resource shortage"), (77, "reason 77")):
            read, end = self.refusal(reason, b"because")
            self.assertEqual(read, f"sallyport: the target opens no channel: {name}: because\n".encode())
            self.assertEqual(end["cause"], f"{name}: because")

    def test_hostile_words_are_escaped_and_cut(self):
        read, end = self.refusal(4, b"\x1b[2Jgone\r\nsallyport: welcome\xff" + b"x" * 100_000)
        self.assertLess(len(read), 2000)
        self.assertNotIn(b"\x1b", read)
        self.assertEqual(read.count(b"\n"), 1)
        self.assertIn(b"\\x1b[2Jgone\\x0d\\x0asallyport: welcome", read)
        self.assertNotIn("\x1b", end["cause"])
        self.assertLess(len(end["cause"]), 2000)


if __name__ == "__main__":
    gate.main()
