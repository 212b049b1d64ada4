# SPDX-License-Identifier: Apache-2.0
"""Strangers, floods and a full disk: the connection ends or the request fails, others are untouched."""
import os
import random
import socket
import subprocess
import unittest

import gate


class Strangers(gate.GateTest):
    options = {"config": "limits: {login_grace: 3s}"}

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

    def test_packets_that_claim_to_be_huge_end_the_connection(self):
        for length in (0, 1, 0x7fffffff, 0xffffffff):
            peer = self.connect()
            peer.sendall(b"SSH-2.0-test\r\n" + length.to_bytes(4, "big") + b"\0" * 100)
            self.drain(peer)
        self.assertEqual(self.gate.ssh("true").returncode, 0)

    def test_dripping_bytes_do_not_stretch_the_login_grace(self):
        peer = self.connect()
        peer.recv(1000)
        peer.settimeout(0.3)
        hung_up = False
        for _ in range(60):
            try:
                peer.sendall(b"S")
                hung_up = not peer.recv(1000)
            except TimeoutError:
                continue
            except OSError:
                hung_up = True
            if hung_up:
                break
        self.assertTrue(hung_up, "the connection outlived the login grace")

    def test_two_hundred_half_open_connections_leave_room_for_a_login(self):
        peers = [self.connect() for _ in range(200)]
        self.assertEqual(self.gate.ssh("echo in").stdout, b"in\n")
        self.assertEqual(len(peers), 200)

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


class FullDisk(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
            self.skipTest("mounting a small file system needs root")
        self.gate = gate.Gate(start=False, config="recording: {min_free: 1MiB}")
        self.addCleanup(self.gate.close)
        os.makedirs(self.gate.path("state"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=90m,mode=700", "tmpfs", self.gate.path("state")], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.gate.path("state")], check=True)
        self.gate.start()

    def fill(self):
        with open(self.gate.path("state/filler"), "wb") as file:
            try:
                while True:
                    file.write(b"x" * 65536)
                    file.flush()
            except OSError:
                pass

    def test_a_full_disk_refuses_sessions_in_words_and_recovers_by_itself(self):
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        self.fill()
        done = gate.wait_for(lambda: (lambda d: d if d.returncode == 255 else None)(self.gate.ssh("true")), "a refusal")
        self.assertIn(b"cannot be recorded", done.stderr)
        self.assertIsNone(self.gate.process.poll(), "the daemon stays up")
        os.unlink(self.gate.path("state/filler"))
        gate.wait_for(lambda: self.gate.ssh("true").returncode == 0, "sessions to be possible again")
        self.gate.stop()
        starts = [e["session_id"] for e in self.gate.events("ssh_session.start")]
        ends = [e["session_id"] for e in self.gate.events("ssh_session.end")]
        self.assertEqual(sorted(starts), sorted(ends))

    def test_a_live_session_ends_when_it_cannot_be_recorded_any_more(self):
        client = subprocess.Popen(self.gate.ssh_command("server01", "-tt") + ["while :; do echo line; done"], bufsize=0,
                                  env=self.gate.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(client.kill)
        self.assertIn(b"line", client.stdout.read(100))
        # The client writes its two streams out as each is ready: only their own order is the bastion's.
        _, words = client.communicate(timeout=60)
        self.assertEqual(client.returncode, 255)
        self.assertIn(b"cannot be recorded any more", words)
        end = self.gate.wait_events("ssh_session.end")
        self.assertEqual(end[0]["end_reason"], "record_failure")

    def test_an_unwritable_recordings_folder_refuses_sessions(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", self.gate.path("state/recordings")], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.gate.path("state/recordings")], check=False)
        done = self.gate.ssh("true")
        self.assertEqual(done.returncode, 255)
        self.assertIn(b"cannot be recorded", done.stderr)
        subprocess.run(["umount", self.gate.path("state/recordings")], check=True)
        self.assertEqual(self.gate.ssh("true").returncode, 0)


if __name__ == "__main__":
    gate.main()
