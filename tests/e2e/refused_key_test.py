# SPDX-License-Identifier: Apache-2.0
"""A refused key gets its failure answer, also where libssh has no words for it: the client goes on to its next key."""
import base64
import os
import socket
import subprocess
import threading
import time

import gate


def string(data):
    return len(data).to_bytes(4, "big") + data


class LyingAgent:
    """An ssh-agent that holds one public key, and signs with zeros."""

    def __init__(self, path, public_key):
        self.blob = base64.b64decode(gate.read(public_key).split()[1])
        self.signed = 0
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client, client.makefile("rb") as requests:
                while size := requests.read(4):
                    client.sendall(string(self.answer(requests.read(int.from_bytes(size, "big")))))

    def answer(self, request):
        if request[0] == 11:  # which keys
            return bytes([12]) + (1).to_bytes(4, "big") + string(self.blob) + string(b"lie")
        if request[0] == 13:  # sign
            self.signed += 1
            return bytes([14]) + string(string(b"ssh-ed25519") + string(bytes(64)))
        return bytes([5])

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()


class RefusedKey(gate.GateTest):
    options = {"config": "limits: {login_grace: 600s}"}

    def login(self, *options):
        before = time.monotonic()
        done = self.gate.run(["ssh", "-F", "none", "-p", str(self.gate.port), *options, "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
                              "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "server01@127.0.0.1", "echo in"],
                             timeout=2 * gate.PATIENCE)
        self.assertLess(time.monotonic() - before, gate.PATIENCE, "nobody waits for the login grace")
        return done

    def failures(self):
        """Kind and count of what failed since the daemon's start; it is on the chain when the daemon has stopped."""
        done = len(self.gate.events("auth.failed"))
        self.gate.stop()
        failed = [(e["kind"], e["count"]) for e in self.gate.events("auth.failed")[done:]]
        self.gate.start()
        return failed

    def old_key(self):
        path = self.gate.path("dsa")
        if not os.path.exists(path):
            made = subprocess.run(["ssh-keygen", "-q", "-t", "dsa", "-N", "", "-f", path], check=False, capture_output=True)
            if made.returncode != 0:
                self.skipTest("this OpenSSH makes no DSA keys, the one type that it knows and our libssh does not")
        return ["-o", "PubkeyAcceptedAlgorithms=+ssh-dss", "-i", path]

    def lying_agent(self):
        path = self.gate.path(f"agent-{self.id().rsplit('.', 1)[1][:30]}")
        agent = LyingAgent(path, self.gate.bob_key + ".pub")
        self.addCleanup(agent.close)
        return agent, ["-o", f"IdentityAgent={path}", "-i", self.gate.bob_key + ".pub"]

    def test_after_a_type_that_nobody_knows_the_next_key_is_tried(self):
        self.assertEqual(self.login(*self.old_key(), "-i", self.gate.alice_key).stdout, b"in\n")

    def test_a_type_that_nobody_knows_alone_fails_and_is_on_record(self):
        done = self.login(*self.old_key())
        self.assertEqual(done.returncode, 255)
        self.assertIn(b"Permission denied (publickey)", done.stderr)
        kind = "key_type" if self.gate.has_own_libssh() else "unknown_key"  # Debian's libssh still knows DSA
        self.assertEqual(self.failures(), [(kind, 1)])

    def test_after_a_bad_signature_the_next_key_is_tried(self):
        agent, options = self.lying_agent()
        self.assertEqual(self.login(*options, "-i", self.gate.alice_key).stdout, b"in\n")
        self.assertEqual(agent.signed, 1)

    def test_a_bad_signature_alone_fails_and_is_on_record(self):
        agent, options = self.lying_agent()
        done = self.login(*options)
        self.assertEqual((done.returncode, agent.signed), (255, 1))
        self.assertIn(b"Permission denied (publickey)", done.stderr)
        self.assertEqual(self.failures(), [("bad_signature", 1)])


if __name__ == "__main__":
    gate.main()
