# SPDX-License-Identifier: Apache-2.0
"""Key exchange: strict on both legs, bounded before the proof, and a flood of it leaves room for an operator."""
import os
import socket
import threading

import paramiko
from paramiko.message import Message
from paramiko.transport import Transport

import gate
import raw_ssh as ssh
import raw_target

TICK = os.sysconf("SC_CLK_TCK")
DEAREST = 0.03  # seconds of CPU for a key exchange, RSA's signature included; seen: 0.003


def methods(payload):
    """The names of the key exchange methods in an SSH_MSG_KEXINIT (RFC 4253 §7.1)."""
    size = int.from_bytes(payload[17:21], "big")
    return payload[21:21 + size].decode().split(",")


class Strict:
    """paramiko's side of strict key exchange (OpenSSH's PROTOCOL §1.10), as far as a test wants it."""

    announces = resets = ignores = True
    heard = b""
    marks = {True: "kex-strict-s-v00@openssh.com", False: "kex-strict-c-v00@openssh.com"}
    _kex_info = {**Transport._kex_info, **dict.fromkeys(marks.values())}

    def _send_kex_init(self):
        if self.announces:
            self._preferred_kex = (*Transport._preferred_kex, self.marks[self.server_mode])
        super()._send_kex_init()
        if self.ignores:
            chaff = Message()
            chaff.add_bytes(ssh.message(ssh.IGNORE, "x"))
            self._send_message(chaff)

    def _parse_kex_init(self, message):
        type(self).heard = b"\x14" + message.asbytes()
        super()._parse_kex_init(message)

    def _activate_outbound(self):
        super()._activate_outbound()
        if self.resets:
            self.packetizer._Packetizer__sequence_number_out = 0

    def _parse_newkeys(self, message):
        if self.resets:
            self.packetizer._Packetizer__sequence_number_in = 0
        super()._parse_newkeys(message)


def kind(announces, resets, ignores):
    """A transport of that kind: one to be a server, one to be a client."""
    marks = {"announces": announces, "resets": resets, "ignores": ignores}
    handlers = {**Transport._handler_table, ssh.NEWKEYS: Strict._parse_newkeys}
    return [type(name, (Strict, Transport), {**marks, "_handler_table": handlers}) for name in ("Server", "Client")]


CASES = {  # and whether the key exchange ends well
    "strict": (kind(True, True, False), True),
    "strict, with a message between": (kind(True, True, True), False),
    "strict, with numbers that go on": (kind(True, False, False), False),
    "as it was before": (kind(False, False, False), True),
    "as it was before, with a message between": (kind(False, False, True), True),
}


def exchange_and_stop(port, source):
    """Has the bastion do all its work for an exchange, the dear RSA signature included, for none of ours: the point is
    the same each time. True if it answered."""
    lists = "curve25519-sha256", "rsa-sha2-512", *["aes256-gcm@openssh.com"] * 2, *["hmac-sha2-256-etm@openssh.com"] * 2, *["none"] * 2, "", ""
    opening = bytes([ssh.KEXINIT]) + bytes(16) + ssh.message(0, *lists, False, 0)[1:]
    point = ssh.message(30, b"\x09" + bytes(31))
    with socket.create_connection(("127.0.0.1", port), gate.PATIENCE, (source, 0)) as peer:
        peer.settimeout(gate.PATIENCE)
        peer.sendall(b"SSH-2.0-flood\r\n" + ssh.plain_packet(opening) + ssh.plain_packet(point))
        said = b""
        while bytes([ssh.NEWKEYS]) + bytes(10) not in said:
            block = peer.recv(65536)
            if not block:
                return False
            said += block
        return True


class StrictExchange(raw_target.TargetTest):
    def test_it_is_announced_to_operators_and_enforced(self):
        for case, ((_, client), ends_well) in CASES.items():
            with self.subTest(case):
                peer = client(socket.create_connection(("127.0.0.1", self.gate.port), 20))
                self.addCleanup(peer.close)
                self.assertEqual(self.is_answered(peer), ends_well)
                if client.heard:
                    self.assertIn(Strict.marks[True], methods(client.heard))
        self.assertNotEqual(CASES["strict"][0][1].heard, b"")

    @staticmethod
    def is_answered(peer):
        """Whether the bastion speaks on after the exchange: it says which services it has."""
        try:
            peer.start_client(timeout=gate.PATIENCE)
            peer.auth_none("server01")
        except paramiko.BadAuthenticationType:
            return True
        except (paramiko.SSHException, EOFError, OSError):
            return False
        return False

    def test_it_is_announced_to_targets_and_enforced(self):
        def run(channel, command):
            channel.sendall(b"well")
            channel.send_exit_status(0)
            channel.close()

        for case, ((server, _), ends_well) in CASES.items():
            with self.subTest(case):
                self.target.speak_ssh(run, server)
                before = len(self.gate.settled())
                done = self.gate.ssh("anything", target="bad", timeout=2 * gate.PATIENCE)
                self.assertEqual((done.returncode, done.stdout), (0, b"well") if ends_well else (255, b""))
                self.assertIn(Strict.marks[False], methods(server.heard))
                end = self.gate.wait_events("ssh_session.end", before + 1)[-1]
                self.assertEqual(end["end_reason"], "exit" if ends_well else "target_unreachable")
                self.assertLess(end["duration_seconds"], 8, "it is ended by what was done, not by timeouts.connect")


class Flood(gate.GateTest):
    options = {"config": "limits: {login_grace: 600s}"}

    def tearDown(self):
        self.assertIsNone(self.gate.process.poll(), "the daemon lives")

    def cpu(self):
        """Seconds of CPU that the daemon has used."""
        fields = gate.read(f"/proc/{self.gate.process.pid}/stat").rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def failed(self):
        self.gate.stop()
        failed = [(e["kind"], e["count"]) for e in self.gate.events("auth.failed")]
        self.gate.start()
        return failed

    def test_many_who_stop_after_their_exchange_cost_nothing_more_and_an_operator_comes_in(self):
        peers = [ssh.Peer(self.gate.port) for _ in range(60)]
        for peer in peers:
            self.addCleanup(peer.close)
        self.assertEqual(self.gate.ssh("echo in").stdout, b"in\n")
        before = self.cpu()
        self.assertEqual(self.gate.ssh("sleep 1; echo in").stdout, b"in\n")  # while nobody else says anything
        self.assertLess(self.cpu() - before, 0.5)
        self.assertTrue(all(peer.is_active() for peer in peers))

    def test_a_flood_of_exchanges_leaves_room_for_an_operator(self):
        sources = [f"127.0.3.{i}" for i in range(1, 5)]
        before, exchanges, is_over = self.cpu(), [], threading.Event()

        def flood(source):
            while not is_over.is_set():
                exchanges.append(exchange_and_stop(self.gate.port, source))

        flooders = [threading.Thread(target=flood, args=(source,)) for source in sources]
        for flooder in flooders:
            flooder.start()
            self.addCleanup(flooder.join)
        self.addCleanup(is_over.set)
        for _ in range(5):
            self.assertEqual(self.gate.ssh("echo in").stdout, b"in\n")
        is_over.set()
        for flooder in flooders:
            flooder.join()
        self.assertGreater(exchanges.count(True), 50)
        if not gate.is_sanitized():
            self.assertLess((self.cpu() - before) / (len(exchanges) + 5), DEAREST)

    def test_a_second_exchange_before_the_proof_ends_the_connection_and_after_it_is_made(self):
        peer = ssh.Peer(self.gate.port)
        self.addCleanup(peer.close)
        with self.assertRaises(paramiko.SSHException):
            peer.renegotiate_keys()
        proven = ssh.proven(self.gate.port, self.gate.alice_key)
        self.addCleanup(proven.close)
        proven.renegotiate_keys()
        self.assertEqual(proven.run_command("echo in"), b"in\n")

    def test_chaff_before_the_proof_is_bounded_and_after_it_is_none(self):
        chaff = {
            "messages to be ignored": ssh.message(ssh.IGNORE, bytes(1000)),
            "requests for a service": ssh.message(ssh.SERVICE_REQUEST, "ssh-userauth"),
            "messages that nobody knows": bytes([200]),
        }
        before = sum(count for kind, count in self.failed() if kind == "too_many_packets")
        for case, payload in chaff.items():
            with self.subTest(case):
                peer = ssh.Peer(self.gate.port)
                self.addCleanup(peer.close)
                peer.flood([payload] * 100)
                peer.send(ssh.SERVICE_REQUEST, "ssh-userauth")
                self.assertIsNotNone(peer.hear(ssh.SERVICE_ACCEPT), "so many are nobody's harm")
                peer.flood([payload] * 100)
                peer.hung_up()
        self.assertEqual(sum(count for kind, count in self.failed() if kind == "too_many_packets") - before, len(chaff))
        proven = ssh.proven(self.gate.port, self.gate.alice_key)
        self.addCleanup(proven.close)
        proven.flood([chaff["messages to be ignored"]] * 1000)
        self.assertEqual(proven.run_command("echo in"), b"in\n")


if __name__ == "__main__":
    gate.main()
