# SPDX-License-Identifier: Apache-2.0
"""Strangers and floods: the connection ends or the request fails, others are untouched."""
import random
import re
import socket
import time

import gate
import raw_ssh as ssh

GRACE = 3
HELD = 256 * 1024  # the longest packet that libssh takes


class Strangers(gate.GateTest):
    options = {"config": f"limits: {{login_grace: {GRACE}s}}"}

    def connect(self):
        peer = socket.create_connection(("127.0.0.1", self.gate.port), 10)
        peer.settimeout(20)
        self.addCleanup(peer.close)
        return peer

    def drain(self, peer):
        """Reads until the bastion hangs up."""
        try:
            while peer.recv(65536):
                pass
        except ConnectionResetError:
            pass

    def test_garbage_ends_its_own_connection_alone(self):
        seed = random.randrange(1 << 30)
        chance = random.Random(seed)
        for _ in range(20):
            with self.subTest(seed=seed):
                peer = self.connect()
                greeting = chance.choice([b"", b"SSH-2.0-x\r\n", b"SSH-1.5-old\r\n", b"GET / HTTP/1.1\r\n\r\n"])
                try:
                    peer.sendall(greeting + chance.randbytes(chance.randrange(1, 5000)))
                except (ConnectionResetError, BrokenPipeError):
                    pass
                self.drain(peer)
        self.assertEqual(self.gate.ssh("true").returncode, 0)

    def test_packets_that_claim_to_be_huge_end_the_connection_at_once(self):
        for length in (0, 1, 0x7fffffff, 0xffffffff, 300_000):
            with self.subTest(length=length):
                self.assertLess(self.lasts(b"SSH-2.0-test\r\n" + length.to_bytes(4, "big") + b"\0" * 100), GRACE)
        self.assertEqual(self.gate.ssh("true").returncode, 0)

    def test_a_version_that_is_none_ends_the_connection_at_once(self):
        versions = {
            "without an end": b"SSH-2.0-" + b"A" * 300,
            "of an old protocol": b"SSH-1.5-old\r\n",
            "too long": b"SSH-2.0-" + b"A" * 300 + b"\r\n",
            "binary": b"\0" * 300,
            "of another protocol": b"GET / HTTP/1.1\r\n\r\n",
            "after a line of its own": b"hello\r\nSSH-2.0-test\r\n",  # only servers may say something first (RFC 4253 §4.2)
        }
        for case, version in versions.items():
            with self.subTest(case):
                self.assertLess(self.lasts(version), GRACE)
        self.assertEqual(self.gate.ssh("true").returncode, 0)

    def lasts(self, said):
        """Seconds until the bastion hangs up on who says that, and then waits."""
        peer = self.connect()
        begun = time.monotonic()
        try:
            peer.sendall(said)
        except (ConnectionResetError, BrokenPipeError):
            pass
        self.drain(peer)
        return time.monotonic() - begun

    def test_dripping_bytes_do_not_stretch_the_login_grace(self):
        stages = {
            "a version": b"SSH-2.0-" + b"d" * 200,
            "a packet": b"SSH-2.0-drip\r\n" + (30_000).to_bytes(4, "big") + b"\x04\x14" + bytes(200),
        }
        for case, bytes_of_stage in stages.items():
            with self.subTest(case):
                peer = self.connect()
                self.assertLess(self.drips(peer, (bytes_of_stage[i:i + 1] for i in range(len(bytes_of_stage)))), 3 * GRACE)

    def test_dripping_messages_do_not_stretch_the_login_grace(self):
        peer = ssh.Peer(self.gate.port)
        self.addCleanup(peer.close)
        begun = time.monotonic()
        peer.send(ssh.SERVICE_REQUEST, "ssh-userauth")
        while peer.is_active() and time.monotonic() - begun < 3 * GRACE:
            peer.send(ssh.USERAUTH_REQUEST, "server01", "ssh-connection", "none")
            peer.join(0.2)  # between two drops, or its end
        self.assertFalse(peer.is_active(), "the connection outlived the login grace")

    def drips(self, peer, drops):
        """Seconds until the bastion hangs up on who sends a drop now and then."""
        begun = time.monotonic()
        peer.recv(1000)
        peer.settimeout(0.2)
        for drop in drops:
            try:
                peer.sendall(drop)
                if not peer.recv(65536):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        return time.monotonic() - begun

    def test_what_strangers_have_the_bastion_hold_is_bounded(self):
        before, peers = self.memory(), []
        for _ in range(100):
            peers.append(self.connect())
            peers[-1].sendall(b"SSH-2.0-test\r\n" + (HELD - 4).to_bytes(4, "big") + b"\4" + bytes(HELD - 10))
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        if not gate.is_sanitized():
            self.assertLess(self.memory() - before, 100 * 2 * HELD)
        for peer in peers:
            self.drain(peer)

    def memory(self):
        return int(re.search(r"VmRSS:\s+(\d+)", gate.read(f"/proc/{self.gate.process.pid}/status")).group(1)) * 1024

    def test_failed_logins_are_counted_on_the_chain(self):
        key = self.gate.path(f"stranger{random.randrange(1 << 30)}")
        gate.make_key(key)
        for _ in range(5):
            self.gate.run(["ssh", "-F", "none", "-p", str(self.gate.port), "-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
                           "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "x@127.0.0.1", "true"])
        self.gate.stop()
        failed = [e for e in self.gate.events("auth.failed") if e["kind"] == "unknown_key"]
        self.assertEqual(sum(e["count"] for e in failed), 5)
        self.gate.start()


class Crowd(gate.GateTest):
    options = {"config": "limits: {login_grace: 600s, unauthenticated: 4}"}

    def test_at_the_limit_the_oldest_stranger_goes_at_once_though_it_is_silent(self):
        peers = []
        for _ in range(5):
            peers.append(socket.create_connection(("127.0.0.1", self.gate.port), 10))
            self.addCleanup(peers[-1].close)
            peers[-1].settimeout(gate.PATIENCE)
            self.assertTrue(peers[-1].recv(1000).startswith(b"SSH-2.0-"))
        while peers[0].recv(65536):
            pass
        for peer in peers[1:]:
            peer.setblocking(False)
            with self.assertRaises(BlockingIOError):
                while peer.recv(65536):
                    pass


if __name__ == "__main__":
    gate.main()
