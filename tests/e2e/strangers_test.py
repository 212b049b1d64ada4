# SPDX-License-Identifier: Apache-2.0
"""Strangers and floods: the connection ends or the request fails, others are untouched."""
import random
import socket

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
