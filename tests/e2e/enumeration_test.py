# SPDX-License-Identifier: Apache-2.0
"""Nobody learns from words or from time which operators and hosts there are."""
import statistics
import time

import paramiko

import gate
import raw_ssh as ssh

NAMES = "server01", "nowhere", "sallyport", "alice", "mallory", "root@server01", "acme+server01", "acme+nowhere", ""
TRIES = 25
FACTOR, SLACK = 2, 0.003  # of one machine at one time: by how much they may differ, and seconds in any case


class Enumeration(gate.GateTest):
    def are_alike(self, times):
        """Fails if the time of one case tells it from another: that of its quicker quarter, which other work on the
        machine makes longer last."""
        quick = {case: statistics.quantiles(of_case, n=4)[0] for case, of_case in times.items()}
        fastest = min(quick.values())
        for case, time in quick.items():
            self.assertLess(time, FACTOR * fastest + SLACK, f"{case} among {quick}")

    def refused(self, name, key):
        """What a stranger with that key hears under that name, and for how long it waits for it."""
        peer = ssh.Peer(self.gate.port)
        peer.send(ssh.SERVICE_REQUEST, "ssh-userauth")
        peer.hear(ssh.SERVICE_ACCEPT)
        begun = time.perf_counter()
        peer.send(ssh.USERAUTH_REQUEST, name, "ssh-connection", "publickey", False, key.get_name(), key.asbytes())
        kind, answer = peer.said.get(timeout=gate.PATIENCE)
        took = time.perf_counter() - begun
        peer.close()
        return (kind, answer.asbytes()), took

    def test_a_stranger_hears_the_same_after_the_same_time_whatever_the_name(self):
        key = paramiko.ECDSAKey.generate()
        heard, times = set(), {name: [] for name in NAMES}
        for _ in range(TRIES):
            for name in NAMES:
                answer, took = self.refused(name, key)
                heard.add(answer)
                times[name].append(took)
        self.assertEqual(len(heard), 1)
        self.assertEqual(heard.pop()[0], ssh.USERAUTH_FAILURE)
        self.are_alike(times)

    def test_a_stranger_who_claims_the_key_of_an_operator_hears_the_same_whatever_the_name(self):
        alice = paramiko.Ed25519Key.from_private_key_file(self.gate.alice_key)
        answers = {self.refused(name, alice)[0][0] for name in NAMES}
        self.assertEqual(answers, {ssh.USERAUTH_PK_OK})  # who has somebody's public key may ask whether it is known: RFC 4252 §7

    def test_an_operator_without_rights_hears_the_same_after_the_same_time_whether_the_host_exists_or_not(self):
        heard, times = set(), {name: [] for name in ("server01", "nowhere", "acme+server01", "acme+nowhere", "nobody@server01")}
        for _ in range(TRIES):
            for name in times:
                peer = ssh.proven(self.gate.port, self.gate.bob_key, name)
                channel = peer.open()
                begun = time.perf_counter()
                peer.ask(channel, "exec", "id")
                heard.add(peer.output().replace(name.encode(), b"THAT"))  # what was typed is said again
                times[name].append(time.perf_counter() - begun)
                peer.close()
        self.assertEqual(len(heard), 1, heard)
        self.assertIn(b"no such host for you", heard.pop())
        self.are_alike(times)

    def test_an_operator_with_rights_hears_another_thing_so_the_comparison_can_fail(self):
        peer = ssh.proven(self.gate.port, self.gate.alice_key)
        self.addCleanup(peer.close)
        self.assertEqual(peer.run_command("echo in"), b"in\n")
        with self.assertRaises(AssertionError):
            self.are_alike({"quick": [0.001] * 4, "slow": [0.006] * 4})


if __name__ == "__main__":
    gate.main()
