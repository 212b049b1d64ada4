# SPDX-License-Identifier: Apache-2.0
"""Messages out of order by somebody who is not proven: nothing of the connection protocol is served, the connection
ends, and it counts as one failed login."""
import socket

import gate
import raw_ssh as ssh

ENDINGS = "key_exchange", "protocol_error"  # what comes in one piece with the end of the exchange may count as either


class OutOfOrder(gate.GateTest):
    options = {"config": "limits: {login_grace: 10s}"}

    def tearDown(self):
        self.assertIsNone(self.gate.process.poll(), "the daemon lives")
        self.assertEqual(self.gate.ssh("echo in").stdout, b"in\n")

    def failed(self, *kinds):
        """How many failed logins of `kinds` the chain counts; they are written at the latest at the stop."""
        self.gate.stop()
        count = sum(e["count"] for e in self.gate.events("auth.failed") if e["kind"] in kinds)
        self.gate.start()
        return count

    def before_the_keys(self, *payloads):
        """Sends packets right after the version lines and reads until the bastion hangs up; what it said."""
        with socket.create_connection(("127.0.0.1", self.gate.port), 10) as peer:
            peer.settimeout(gate.PATIENCE)
            peer.sendall(b"SSH-2.0-test\r\n" + b"".join(ssh.plain_packet(payload) for payload in payloads))
            said = b""
            try:
                while block := peer.recv(65536):
                    said += block
            except ConnectionResetError:
                pass
            return said

    def test_nothing_but_a_key_exchange_comes_first(self):
        openings = {
            "new keys": bytes([ssh.NEWKEYS]),
            "a key without an exchange": bytes([30]) + bytes(36),
            "a service": ssh.message(ssh.SERVICE_REQUEST, "ssh-userauth"),
            "a login": ssh.message(ssh.USERAUTH_REQUEST, "server01", "ssh-connection", "none"),
            "success": ssh.message(ssh.USERAUTH_SUCCESS),
            "a channel": ssh.message(ssh.OPEN, "session", 0, 1000, 1000),
            "an exchange of garbage": bytes([ssh.KEXINIT]) + b"\xff" * 100,
            "an empty exchange": bytes([ssh.KEXINIT]),
            "an exchange without anything in common": bytes([ssh.KEXINIT]) + bytes(16 + 10 * 4 + 5),
        }
        before = self.failed(*ENDINGS)
        for case, payload in openings.items():
            with self.subTest(case):
                said = self.before_the_keys(payload)
                self.assertNotIn(bytes([0, 0, 0, ssh.USERAUTH_SUCCESS]), said)
        self.assertEqual(self.failed(*ENDINGS) - before, len(openings))

    def test_nothing_but_authentication_is_served_before_the_proof(self):
        messages = {
            "a channel": ssh.message(ssh.OPEN, "session", 0, 1000, 1000),
            "a request": ssh.message(ssh.REQUEST, 0, "exec", True, "id"),
            "data": ssh.message(ssh.DATA, 0, b"x"),
            "a global request": ssh.message(ssh.GLOBAL_REQUEST, "tcpip-forward", True, "127.0.0.1", 80),
            "success, which is ours to say": ssh.message(ssh.USERAUTH_SUCCESS),
            "a service that we did not ask for": ssh.message(ssh.SERVICE_ACCEPT, "ssh-userauth"),
            "new keys": bytes([ssh.NEWKEYS]),
        }
        before = self.failed(*ENDINGS)
        for case, payload in messages.items():
            with self.subTest(case):
                peer = ssh.Peer(self.gate.port)
                self.addCleanup(peer.close)
                peer.send_raw(payload)
                self.assertIsNone(peer.hear(ssh.OPEN_CONFIRMATION, ssh.SUCCESS, ssh.REQUEST_SUCCESS, ssh.USERAUTH_SUCCESS))
        self.assertEqual(self.failed(*ENDINGS) - before, len(messages))

    def test_logins_that_are_cut_short_prove_nobody(self):
        whole = ssh.message(ssh.USERAUTH_REQUEST, "server01", "ssh-connection", "publickey", False, "ssh-ed25519", bytes(51))
        peer = ssh.Peer(self.gate.port)
        self.addCleanup(peer.close)
        for length in range(1, len(whole), 5):
            peer.send_raw(whole[:length])
        peer.send(ssh.USERAUTH_REQUEST, "server01", "ssh-connection", "none")
        heard = peer.hear(ssh.USERAUTH_FAILURE, ssh.USERAUTH_SUCCESS)
        self.assertTrue(heard is None or heard[0] == ssh.USERAUTH_FAILURE)

    def test_a_flood_of_logins_is_ended(self):
        peer = ssh.Peer(self.gate.port)
        self.addCleanup(peer.close)
        peer.send(ssh.SERVICE_REQUEST, "ssh-userauth")
        peer.flood([ssh.message(ssh.USERAUTH_REQUEST, "server01", "ssh-connection", "none")] * 5000)
        peer.hung_up()

    def test_who_asks_and_does_not_read_the_answers_is_ended(self):
        peer = ssh.Peer(self.gate.port)
        self.addCleanup(peer.close)
        peer.listens.clear()
        self.addCleanup(peer.listens.set)
        unknown = bytes([200])  # answered by SSH_MSG_UNIMPLEMENTED (RFC 4253 §11.4)
        self.assertFalse(all(peer.flood([unknown] * 20_000) for _ in range(30)), "the bastion keeps all answers")


if __name__ == "__main__":
    gate.main()
