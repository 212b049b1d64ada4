# SPDX-License-Identifier: Apache-2.0
"""A target that breaks the protocol, dies or says nothing: its own session ends in time, others are untouched."""
import hashlib
import socket
import subprocess
import threading

import paramiko
from paramiko.transport import Transport

import gate
import raw_ssh as ssh
import raw_target
from raw_target import exit_status, in_one_piece, raw, reply

def silent(connection):
    while connection.recv(4096):
        pass


def endless(line):
    def act(connection):
        while True:
            connection.sendall(line)
    return act


class PacketsOfNothing(Transport):
    """Confirms a channel with a maximum packet size of zero."""

    def refuse_sizes(self, message):
        message.get_text()
        own = message.get_int()
        self._send_message(raw(ssh.message(ssh.OPEN_CONFIRMATION, own, 0, 1000, 0)))

    _handler_table = {**Transport._handler_table, ssh.OPEN: refuse_sizes}


class Hasty(Transport):
    """Answers a command, with all it has to say and its end, in one piece."""

    def run_at_once(channel, request):
        own = channel.remote_chanid
        name = request.get_text()
        if name != "exec":
            return
        with in_one_piece(channel.transport):
            reply(channel, ssh.SUCCESS, own)
            reply(channel, ssh.DATA, own, b"all at once")
            exit_status(channel, 5)
            reply(channel, ssh.EOF, own)
            reply(channel, ssh.CLOSE, own)

    _channel_handler_table = {**Transport._channel_handler_table, ssh.REQUEST: run_at_once}


class Mute(Transport):
    """Opens channels and answers no request on them."""

    _channel_handler_table = {**Transport._channel_handler_table, ssh.REQUEST: lambda channel, request: None}


class LoginEnds(Transport):
    """Its login does not come through: it hangs up, or has a second factor in mind."""

    def hang_up(self, message):
        self.sock.close()

    def ask_for_more(self, message):
        self._send_message(raw(ssh.message(ssh.USERAUTH_FAILURE, "keyboard-interactive", True)))

    def refuse(self, message):
        self._send_message(raw(ssh.message(ssh.USERAUTH_FAILURE, "publickey", False)))

    @classmethod
    def by(cls, act):
        handlers = {**Transport._handler_table, ssh.SERVICE_REQUEST: cls.serve, ssh.USERAUTH_REQUEST: act}
        return type(act.__name__, (cls,), {"_handler_table": handlers})

    def serve(self, message):
        self._send_message(raw(ssh.message(ssh.SERVICE_ACCEPT, "ssh-userauth")))


class HostileTarget(raw_target.TargetTest):
    options = {"config": "timeouts: {connect: 2s}"}

    def tearDown(self):
        self.assertIsNone(self.gate.process.poll(), "the daemon lives")
        self.assertEqual(self.gate.ssh("echo untouched").stdout, b"untouched\n")

    def visit(self, command="anything", **run):
        """Runs a command on the bad target: what came of it, and the end of its session."""
        known = {e["session_id"] for e in self.gate.events("ssh_session.start")}
        done = self.gate.ssh(command, target="bad", timeout=2 * gate.PATIENCE, **run)
        new = {e["session_id"] for e in self.gate.events("ssh_session.start")} - known
        self.assertEqual(len(new), 1)
        ends = gate.wait_for(lambda: [e for e in self.gate.events("ssh_session.end") if e["session_id"] in new], "the session's end")
        self.assertEqual(len(ends), 1)
        return done, ends[0]

    def test_a_target_that_speaks_no_ssh_is_unreachable_in_time(self):
        cases = {
            "silence": silent,
            "garbage": lambda connection: connection.sendall(b"\x00\xff\x1b[31m" * 1000),
            "an endless line": endless(b"A" * 1000),
            "endless lines": endless(b"no version yet\r\n" * 100),
            "a version and garbage": lambda connection: connection.sendall(b"SSH-2.0-bad\r\n" + bytes(range(256)) * 20),
            "death after the version": lambda connection: connection.sendall(b"SSH-2.0-bad\r\n"),
        }
        for case, act in cases.items():
            with self.subTest(case):
                self.target.act = act
                done, end = self.visit()
                self.assertEqual((done.returncode, end["end_reason"]), (255, "target_unreachable"))
                self.assertNotIn(b"\x1b", done.stderr)

    def test_a_target_that_hangs_up_amid_the_login_is_not_one_that_refuses_it(self):
        cases = {
            LoginEnds.hang_up: ("target_unreachable", "login: "),
            LoginEnds.ask_for_more: ("target_auth_failed", "asks for more than the workspace's key"),
            LoginEnds.refuse: ("target_auth_failed", "refuses the login"),
        }
        for act, (reason, words) in cases.items():
            with self.subTest(act.__name__):
                self.target.speak_ssh(None, LoginEnds.by(act))
                done, end = self.visit()
                self.assertEqual((done.returncode, end["end_reason"]), (255, reason))
                self.assertIn(words, end["detail"])

    def test_a_well_behaved_target_gets_a_long_command_byte_for_byte(self):
        heard = []

        def run(channel, command):
            heard.append(command)
            channel.sendall(hashlib.sha256(command).hexdigest().encode())
            channel.send_exit_status(0)
            channel.close()

        self.target.speak_ssh(run)
        command = b": " + b"x" * 200_000
        peer = ssh.proven(self.gate.port, self.gate.alice_key, "bad")
        self.addCleanup(peer.close)
        digest = hashlib.sha256(command).hexdigest()
        self.assertEqual(peer.run_command(command), digest.encode())
        self.assertEqual(heard, [command])
        start = [e for e in self.gate.wait_events("channel.start") if e.get("command_sha256") == digest]
        self.assertEqual([e["command"] for e in start], [command[:64 * 1024].decode()])

    def test_channels_that_the_target_opens_are_refused_and_the_session_goes_on(self):
        def run(channel, command):
            refused = 0
            for kind in ("session", "x11", "forwarded-tcpip", "auth-agent@openssh.com", "nonsense"):
                try:
                    channel.transport.open_channel(kind, ("127.0.0.1", 1), ("127.0.0.1", 2))
                except paramiko.ChannelException:
                    refused += 1
            channel.sendall(b"%d refused" % refused)
            channel.send_exit_status(0)
            channel.close()

        self.target.speak_ssh(run)
        done, end = self.visit()
        self.assertEqual((done.stdout, done.returncode, end["end_reason"]), (b"5 refused", 0, "exit"))

    def test_the_first_exit_status_counts(self):
        def run(channel, command):
            exit_status(channel, 3)
            exit_status(channel, 7)
            channel.close()

        self.target.speak_ssh(run)
        done, end = self.visit()
        self.assertEqual((done.returncode, end["exit_code"], end["end_reason"]), (3, 3, "exit"))

    def test_a_command_that_is_over_at_once_is_no_refused_one(self):
        self.target.speak_ssh(None, Hasty)
        for _ in range(5):
            done, end = self.visit()
            self.assertEqual((done.stdout, done.returncode, end["end_reason"]), (b"all at once", 5, "exit"))

    def test_while_the_last_words_of_a_target_that_left_are_read_no_forward_begins(self):
        def run(channel, command):
            channel.send_exit_status(0)
            channel.close()
            channel.transport.close()

        self.target.speak_ssh(run)
        self.gate.change_policy(f"roles:\n  - {{name: ops, operators: ['@ops'], targets: ['acme+@all'], logins: ['{self.gate.user}'], "
                                "allow: [shell, exec, forward_local], forward_to: ['127.0.0.1:1']}\n")
        self.addCleanup(self.gate.change_policy, None)
        peer = ssh.proven(self.gate.port, self.gate.alice_key, "bad")
        self.addCleanup(peer.close)
        self.assertTrue(peer.ask(peer.open(), "exec", "anything"))
        self.assertIsNotNone(peer.hear(ssh.CLOSE))  # and is not answered, as if the words were not read yet

        def is_refused():
            peer.send(ssh.OPEN, "direct-tcpip", 100, ssh.WINDOW, ssh.PACKET, "127.0.0.1", 1, "127.0.0.1", 9)
            kind, heard = peer.hear(ssh.OPEN_CONFIRMATION, ssh.OPEN_FAILURE)
            return kind == ssh.OPEN_FAILURE and b"no session here" in heard.asbytes()

        gate.wait_for(is_refused, "a forward to be refused because the session is ending", 4)
        opened = {e["channel_id"] for e in self.gate.events("forward.open")}
        self.assertEqual(opened, {e["channel_id"] for e in self.gate.events("forward.close")})
        self.assertEqual(self.gate.wait_events("access.denied")[-1]["reason"], "no_session")

    def test_a_target_that_answers_nothing_holds_no_session_of_an_operator_who_left(self):
        self.target.speak_ssh(None, Mute)
        before = len(self.gate.settled())
        client = subprocess.Popen(self.gate.ssh_command("bad") + ["unanswered"], env=self.gate.environment(), stdin=subprocess.DEVNULL)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        gate.wait_for(lambda: [e for e in self.gate.events("channel.start") if e.get("command") == "unanswered"], "the request on record")
        client.kill()
        ends = self.gate.wait_events("ssh_session.end", before + 1)
        self.assertIn(ends[-1]["end_reason"], ("operator_disconnect", "network_error"))

    def test_a_start_that_the_target_refuses_is_another_entry_than_the_one_that_follows(self):
        def run(channel, command):
            channel.send_exit_status(3)
            channel.close()

        self.target.speak_ssh(run)
        peer = ssh.proven(self.gate.port, self.gate.alice_key, "bad")
        self.addCleanup(peer.close)
        channel = peer.open()
        self.assertFalse(peer.ask(channel, "subsystem", "refused"))
        self.assertTrue(peer.ask(channel, "exec", "taken"))
        peer.output()
        starts = {e.get("subsystem", e.get("command")): e["channel_id"] for e in self.gate.wait_events("channel.start")}
        self.assertNotEqual(starts["refused"], starts["taken"])
        ends = gate.wait_for(lambda: (lambda found: found if set(starts.values()) <= set(found) else None)(
            {e["channel_id"]: e.get("exit_code") for e in self.gate.events("channel.end")}), "both ends")
        self.assertEqual((ends[starts["refused"]], ends[starts["taken"]]), (None, 3))

    def test_a_target_that_breaks_the_protocol_ends_its_session(self):
        def after_close(channel, command):
            with in_one_piece(channel.transport):
                reply(channel, ssh.CLOSE, channel.remote_chanid)
                reply(channel, ssh.DATA, channel.remote_chanid, b"late")

        cases = {
            "data after the close": after_close,
            "data on a channel that never was": lambda channel, command: reply(channel, ssh.DATA, 77, b"x"),
            "a window beyond 32 bits": lambda channel, command: reply(channel, ssh.WINDOW_ADJUST, channel.remote_chanid, 0xffffffff),
            "success a second time": lambda channel, command: reply(channel, ssh.USERAUTH_SUCCESS),
            "an opening that nobody asked for": lambda channel, command: reply(channel, ssh.OPEN_CONFIRMATION, 77, 1, 1000, 1000),
        }
        for case, run in cases.items():
            with self.subTest(case):
                if "32 bits" in case and not self.gate.has_own_libssh():
                    self.skipTest("Debian's libssh lets the window wrap, which harms its peer alone")
                self.target.speak_ssh(run)
                done, end = self.visit()
                self.assertEqual((done.returncode, end["end_reason"]), (255, "target_disconnect"))
                self.assertIn("the target broke the protocol", end["detail"])

    def test_a_target_that_overruns_the_window_ends_its_session(self):
        def run(channel, command):
            while channel.transport.is_active():
                reply(channel, ssh.DATA, channel.remote_chanid, bytes(32_000))

        self.target.speak_ssh(run)
        peer = ssh.proven(self.gate.port, self.gate.alice_key, "bad")
        self.addCleanup(peer.close)
        channel = peer.open(window=1000)
        peer.ask(channel, "exec", "anything")
        end = gate.wait_for(lambda: [e for e in self.gate.events("ssh_session.end") if "Window exceeded" in e.get("detail", "")],
                            "the session's end")
        self.assertEqual([e["end_reason"] for e in end], ["target_disconnect"])

    def test_a_target_that_confirms_packets_of_no_size_does_not_hang_us(self):
        self.target.speak_ssh(lambda channel, command: None, PacketsOfNothing)
        done, _ = self.visit(input=b"some input")
        self.assertEqual(done.returncode, 255)

    def test_an_operator_who_breaks_the_protocol_during_the_login_at_the_target_is_noticed(self):
        self.target.speak_ssh(lambda channel, command: channel.close())
        for _ in range(10):
            peer = ssh.proven(self.gate.port, self.gate.alice_key, "bad")
            self.addCleanup(peer.close)
            peer.send(ssh.DATA, 0, b"on a channel that never was")
            peer.hung_up()

    def test_a_target_that_dies_early_takes_no_operator_along_whose_packets_come_just_then(self):
        for version, times in ((b"", 1), (b"SSH-2.0-dies\r\n", 5)):
            for _ in range(times):
                waits, dies = threading.Event(), threading.Event()
                self.target.act = self.die_after(version, waits, dies)
                peer = ssh.proven(self.gate.port, self.gate.alice_key, "bad")
                self.addCleanup(peer.close)
                self.assertTrue(waits.wait(gate.PATIENCE))
                dies.set()
                for _ in range(300):
                    peer.send(ssh.IGNORE, b"")
                self.assertIn(b"sallyport: key exchange", peer.run_command("anything"))

    @staticmethod
    def die_after(version, waits, dies):
        def act(connection):
            connection.sendall(version)
            connection.recv(4096)
            waits.set()
            dies.wait(gate.PATIENCE)

        return act

    def test_a_target_that_dies_amid_output_is_told_and_on_record(self):
        for _ in range(12):  # the death of one leg was taken for the other's in one of three
            is_seen = threading.Event()
            self.target.speak_ssh(self.die_when(is_seen))
            client = subprocess.Popen(self.gate.ssh_command("bad") + ["anything"], env=self.gate.environment(), bufsize=0,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(client.kill)
            self.assertEqual(client.stdout.read(7), b"half of")
            is_seen.set()
            out, words = client.communicate(timeout=gate.PATIENCE)
            self.assertEqual((client.returncode, out), (255, b""))
            self.assertIn(b"the target has closed the connection", words)
        ends = gate.wait_for(lambda: (lambda found: found if len(found) == 12 else None)(
            [e for e in self.gate.events("ssh_session.end") if e["bytes_out"] == 7]), "the sessions' ends")
        self.assertEqual({e["end_reason"] for e in ends}, {"target_disconnect"})

    @staticmethod
    def die_when(is_seen):
        def run(channel, command):
            channel.sendall(b"half of")
            is_seen.wait(gate.PATIENCE)
            channel.transport.sock.shutdown(socket.SHUT_RDWR)
            channel.transport.join()  # a channel that is dropped earlier would close itself in good order

        return run


if __name__ == "__main__":
    gate.main()
