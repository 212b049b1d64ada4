# SPDX-License-Identifier: Apache-2.0
"""Flipped bits on either leg, a target that freezes, and what is longer than it may be: the session ends in time,
nothing wrong is delivered, and all is given back."""
import random
import signal
import socket
import subprocess
import threading
import time

import gate
import raw_ssh as ssh
import raw_target
import servers

IN_TIME = 30  # seconds, as docs/threat-model.md says


class Meddler(servers.Proxy):
    """Flips one bit of what passes in one direction, `at` bytes from the beginning."""

    def __init__(self, target, at, is_upward):
        self.at, self.is_upward, self.has_flipped = at, is_upward, threading.Event()
        super().__init__(target)

    def change(self, block, at, is_upward):
        if is_upward == self.is_upward and 0 <= self.at - at < len(block):
            block[self.at - at] ^= 1 << random.randrange(8)
            self.has_flipped.set()


class HostileWire(raw_target.TargetTest):
    options = {"config": "timeouts: {connect: 5s, idle: 5s}"}

    def setUp(self):
        self.is_untouched()
        self.sockets = self.count_sockets()

    def tearDown(self):
        self.assertIsNone(self.gate.process.poll(), "the daemon lives")
        self.is_untouched()
        gate.wait_for(lambda: self.count_sockets() <= self.sockets, "all descriptors to be given back")
        for line in self.gate.log_text().splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\S+ level=\w+ msg=[ -~…]*$")

    def is_untouched(self):
        self.assertEqual(self.gate.ssh("echo untouched").stdout, b"untouched\n")

    def count_sockets(self):
        listed = subprocess.run(["ls", "-l", f"/proc/{self.gate.process.pid}/fd"], check=False, capture_output=True, text=True)
        return listed.stdout.count("socket:") + listed.stdout.count(".rec")

    def flip(self, port, is_upward, command):
        """A bit of a byte somewhere in the handshake or in the stream behind it."""
        at = random.choice((random.randrange(40, 1500), random.randrange(5_000, 300_000)))
        meddler = Meddler(port, at, is_upward)
        self.addCleanup(meddler.close)
        with self.subTest(at=at, is_upward=is_upward), open("/dev/zero", "rb") as endless:
            begun = time.monotonic()
            client = subprocess.Popen(command(meddler), stdin=endless, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      env=self.gate.environment())
            self.addCleanup(client.kill)
            out, words = client.communicate(timeout=gate.PATIENCE + IN_TIME)
            self.assertTrue(meddler.has_flipped.is_set())
            self.assertNotEqual(client.returncode, 0)
            self.assertEqual(out.count(0), len(out), "what was delivered is what was sent")
            self.assertLess(time.monotonic() - begun, IN_TIME)
            return words

    def test_a_flipped_bit_on_the_operators_leg_ends_the_connection(self):
        for is_upward in (True, False) * 3:
            self.flip(self.gate.port, is_upward, lambda meddler: self.gate.ssh_command("server01", "-p", str(meddler.port)) + ["cat"])

    def test_a_flipped_bit_on_the_targets_leg_ends_the_session(self):
        def command(meddler):
            self.gate.write_hosts({"server01": self.gate.sshds[0].port, "bad": self.target.port, "bent": meddler.port})
            self.gate.stop()
            self.gate.start()
            return self.gate.ssh_command("bent") + ["cat"]

        for is_upward in (True, False) * 3:
            self.assertIn(b"sallyport: ", self.flip(self.gate.sshds[0].port, is_upward, command))
        bent = {e["session_id"] for e in self.gate.events("ssh_session.start") if e["host"]["inventory_name"] == "bent"}
        ends = gate.wait_for(lambda: (lambda found: found if len(found) == 6 else None)(
            [e for e in self.gate.events("ssh_session.end") if e["session_id"] in bent]), "the sessions' ends")
        reasons = {e["end_reason"] for e in ends}
        self.assertLessEqual(reasons, {"target_unreachable", "target_disconnect", "host_key_refused", "target_auth_failed"})

    def test_a_stream_without_a_flipped_bit_passes(self):
        meddler = Meddler(self.gate.port, 1 << 60, True)
        self.addCleanup(meddler.close)
        done = self.gate.ssh("cat", options=("-p", str(meddler.port)), input=bytes(1 << 20))
        self.assertEqual((done.returncode, done.stdout, meddler.has_flipped.is_set()), (0, bytes(1 << 20), False))

    def frozen(self):
        """A target that freezes amid output, and who is on it."""
        is_seen = threading.Event()

        def run(channel, command):
            channel.sendall(b"then nothing")
            is_seen.wait(gate.PATIENCE)

        self.target.speak_ssh(run)
        client = subprocess.Popen(self.gate.ssh_command("bad") + ["anything"], bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=self.gate.environment())
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        self.addCleanup(is_seen.set)
        self.assertEqual(client.stdout.read(12), b"then nothing")
        return client

    def end_of_last(self, known):
        return self.gate.wait_events("ssh_session.end", known + 1)[-1]

    def test_a_target_that_freezes_holds_nobody_who_leaves(self):
        known = len(self.gate.settled())
        client = self.frozen()
        client.send_signal(signal.SIGKILL)
        self.assertIn(self.end_of_last(known)["end_reason"], ("operator_disconnect", "network_error"))

    def test_a_target_that_freezes_ends_at_the_idle_timeout_in_words(self):
        known = len(self.gate.settled())
        client = self.frozen()
        _, words = client.communicate(timeout=gate.PATIENCE)
        self.assertIn(b"idle", words)
        self.assertEqual(self.end_of_last(known)["end_reason"], "idle_timeout")

    def test_what_is_longer_than_it_may_be_ends_the_session(self):
        def long_packet(channel, command):
            raw_target.reply(channel, ssh.DATA, channel.remote_chanid, bytes(300_000))

        def garbage_amid_packets(channel, command):
            channel.transport.sock.sendall(random.randbytes(300_000))

        for case, run in {"a packet": long_packet, "garbage": garbage_amid_packets}.items():
            with self.subTest(case):
                known = len(self.gate.settled())
                self.target.speak_ssh(run)
                begun = time.monotonic()
                done = self.gate.ssh("anything", target="bad", timeout=gate.PATIENCE + IN_TIME)
                self.assertLess(time.monotonic() - begun, IN_TIME)
                end = self.end_of_last(known)
                self.assertEqual((done.returncode, done.stdout, end["end_reason"]), (255, b"", "target_disconnect"))

    def test_a_first_packet_that_claims_to_be_huge_is_no_target(self):
        def huge(connection):
            connection.sendall(b"SSH-2.0-\x1b[31mbad\r\n" + (0x7fffffff).to_bytes(4, "big") + bytes(100_000))
            connection.recv(1)

        self.target.act = huge
        known = len(self.gate.settled())
        done = self.gate.ssh("anything", target="bad", timeout=gate.PATIENCE + IN_TIME)
        self.assertNotIn(b"\x1b", done.stderr)
        self.assertEqual((done.returncode, self.end_of_last(known)["end_reason"]), (255, "target_unreachable"))

    def test_the_last_words_of_a_target_are_escaped(self):
        def farewell(channel, command):
            channel.transport._send_message(raw_target.raw(ssh.message(ssh.DISCONNECT, 2, b"\x1b]0;owned\x07\nlevel=error msg=forged", b"")))
            channel.transport.sock.shutdown(socket.SHUT_RDWR)

        self.target.speak_ssh(farewell)
        done = self.gate.ssh("anything", target="bad", timeout=gate.PATIENCE + IN_TIME)
        self.assertEqual(done.returncode, 255)
        self.assertNotIn(b"\x1b", done.stderr)
        self.assertNotIn(b"\nlevel=error", done.stderr)


if __name__ == "__main__":
    gate.main()
