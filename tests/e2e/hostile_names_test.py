# SPDX-License-Identifier: Apache-2.0
"""Names, commands and variables of any bytes: policy, record and target see the same, and nothing is interpreted."""
import base64
import hashlib

import gate
import raw_ssh as ssh

NASTY = {
    "a newline": b"server01\nlevel=error msg=forged",
    "an escape sequence": b"\x1b]0;title\x07\x1b[31mserver01",
    "a way up": b"../../../etc/passwd",
    "invalid UTF-8": b"\xff\xfe\xc3\x28",
    "a mark that turns the text": "\u202eserver01".encode(),
    "100 kB": b"A" * 100_000,
}
BOUND = 64 * 1024


def recorded(raw):
    """How the record keeps `raw` in a member `NAME`: its text, and what stands beside (docs/events.md)."""
    text = raw.decode("utf-8", "replace")
    try:
        raw.decode()
    except UnicodeDecodeError:
        return {"": text, "_b64": base64.b64encode(raw).decode()}
    if len(raw) <= BOUND:
        return {"": text}
    return {"": text[:BOUND], "_sha256": hashlib.sha256(raw).hexdigest()}


class HostileNames(gate.GateTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gate.write_policy(f"roles:\n  - {{name: ops, operators: ['@ops'], targets: ['acme+@all'], logins: ['{cls.gate.user}'], "
                              "allow: [exec, sftp, shell]}\n")
        cls.gate.stop()
        cls.gate.start()

    def tearDown(self):
        self.assertIsNone(self.gate.process.poll(), "the daemon lives")
        self.assertEqual(self.gate.ssh("echo untouched").stdout, b"untouched\n")
        for line in self.gate.log_text().splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\S+ level=\w+ msg=[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]*$")
            self.assertLess(len(line), 40_000)

    def peer(self, name=b"server01", signed_name=None):
        peer = ssh.proven(self.gate.port, self.gate.alice_key, name, signed_name)
        self.addCleanup(peer.close)
        return peer

    def check(self, event, member, raw):
        for suffix, value in recorded(raw).items():
            self.assertEqual(event[member + suffix], value)

    def test_no_name_is_more_than_a_name(self):
        for case, name in NASTY.items():
            with self.subTest(case):
                before = len(self.gate.events("access.denied"))
                peer = self.peer(name)
                self.assertIn(b"no such host for you", peer.run_command("id"))
                denied = self.gate.wait_events("access.denied", before + 1)
                self.assertEqual(len(denied), before + 1)
                self.check(denied[-1], "typed", name)

    def test_a_name_is_cut_at_a_nul_alike_for_policy_target_and_record(self):
        name = b"server01\0@server02"
        out = self.peer(name, signed_name=b"server01").run_command("echo $SSH_CONNECTION")
        self.assertEqual(out.split()[3], str(self.gate.sshds[0].port).encode())
        start = self.gate.wait_events("ssh_session.start")[-1]
        opened = self.gate.events("connection.open")[-1]
        self.assertEqual((start["host"]["inventory_name"], opened["typed"]), ("server01", "server01"))
        peer = self.peer(b"nowhere\0server01", signed_name=b"nowhere")
        self.assertIn(b"no such host", peer.run_command("id"))
        with self.assertRaisesRegex(AssertionError, "does not take the key"):
            self.peer(name)  # the signature is over what was cut as well, so it proves nothing

    def test_a_name_that_only_looks_like_a_host_is_another_name(self):
        composed, decomposed = "z\u00fcrich", "zu\u0308rich"
        known = ("server01", composed)
        self.gate.write_hosts({name: self.gate.sshds[0].port for name in known})
        self.gate.stop()
        self.gate.start()
        for name in known:
            self.assertEqual(self.peer(name.encode()).run_command("echo in"), b"in\n")
        look_alikes = decomposed, "\u0455erver01", "\uff53erver01", "server\u200b01", "server01 ", "SERVER01", "server0\u0031\u0301"
        for name in look_alikes:
            with self.subTest(ascii(name)):
                before = len(self.gate.events("access.denied"))
                self.assertIn(b"no such host for you", self.peer(name.encode()).run_command("id"))
                self.assertEqual(self.gate.wait_events("access.denied", before + 1)[-1]["typed"], name)

    def test_a_command_is_cut_at_a_nul_alike_for_target_and_record(self):
        peer = self.peer()
        self.assertEqual(peer.run_command(b"echo before\0; echo after"), b"before\n")
        self.assertEqual(self.gate.wait_events("channel.start")[-1]["command"], "echo before")

    def test_a_subsystem_is_cut_at_a_nul_alike_for_policy_target_and_record(self):
        peer = self.peer()
        channel = peer.open()
        self.assertTrue(peer.ask(channel, "subsystem", b"sftp\0evil"))  # as sftp, which the role allows
        peer.send(ssh.DATA, channel, b"\0\0\0\5\1\0\0\0\3")  # SSH_FXP_INIT, version 3
        self.assertEqual(peer.output(most=5)[4:5], b"\2")  # SSH_FXP_VERSION: the target started sftp
        self.assertEqual(self.gate.wait_events("channel.start")[-1]["subsystem"], "sftp")
        channel = peer.open()
        peer.ask(channel, "subsystem", b"evil\0sftp")
        self.assertIn(b"not permitted", peer.output())
        denied = self.gate.wait_events("access.denied")[-1]
        self.assertEqual((denied["kind"], denied["host"]), ("subsystem", "server01"))

    def test_a_variable_reaches_the_target_and_the_record_as_it_is(self):
        for case, value in NASTY.items():
            if case == "100 kB":
                continue
            with self.subTest(case):
                peer = self.peer()
                channel = peer.open()
                self.assertTrue(peer.ask(channel, "env", b"LC_TEST", value))
                self.assertFalse(peer.ask(channel, "env", b"LD_PRELOAD\nLC_TEST", value))
                self.assertTrue(peer.ask(channel, "exec", "printf %s \"$LC_TEST\""))
                self.assertEqual(peer.output(), value)
                self.check(self.gate.wait_events("channel.start")[-1]["env"], "LC_TEST", value)

    def test_a_terminal_type_reaches_the_target_and_the_record_as_it_is(self):
        for case, term in NASTY.items():
            if case == "100 kB":
                continue
            with self.subTest(case):
                peer = self.peer()
                channel = peer.open()
                self.assertTrue(peer.ask(channel, "pty-req", term, 80, 24, 0, 0, b"\0"))
                self.assertTrue(peer.ask(channel, "exec", "printf %s \"$TERM\" | sha256sum"))
                self.assertEqual(peer.output().split()[0].decode(), hashlib.sha256(term).hexdigest())
                self.check(self.gate.wait_events("channel.start")[-1]["pty"], "term", term)

    def test_a_command_of_any_bytes_is_run_and_recorded_as_it_is(self):
        commands = {case: b"printf '%s' '" + raw + b"' | sha256sum" for case, raw in NASTY.items()}
        for case, command in commands.items():
            with self.subTest(case):
                out = self.peer().run_command(command)
                self.assertEqual(out.split()[0].decode(), hashlib.sha256(NASTY[case]).hexdigest())
                self.check(self.gate.wait_events("channel.start")[-1], "command", command)

    def test_unknown_subsystems_and_requests_of_any_name_are_refused(self):
        peer = self.peer()
        channel = peer.open()
        for name in NASTY.values():
            self.assertFalse(peer.ask(channel, name))
        self.assertTrue(peer.ask(channel, "exec", "echo goes on"))
        self.assertEqual(peer.output(), b"goes on\n")

    def test_a_name_that_changes_during_authentication_ends_it(self):
        peer = ssh.Peer(self.gate.port)
        self.addCleanup(peer.close)
        peer.send(ssh.SERVICE_REQUEST, "ssh-userauth")
        for name in ("server01", "server01", "server02"):
            peer.send(ssh.USERAUTH_REQUEST, name, "ssh-connection", "none")
        peer.hung_up()
        self.gate.stop()
        failed = [e for e in self.gate.events("auth.failed") if e["kind"] == "name_changed"]
        self.gate.start()
        self.assertEqual([(e["count"], e["name"]) for e in failed], [(1, "server01")])


if __name__ == "__main__":
    gate.main()
