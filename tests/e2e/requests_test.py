# SPDX-License-Identifier: Apache-2.0
"""What a client asks on a channel reaches the target as it was asked, or is refused; a reader that stops is told both ways."""
import os
import pty
import subprocess

from paramiko.transport import Transport

import gate
import raw_ssh as ssh
import raw_target

# As no client has it by itself: control keys, and flags of input, output and local modes.
ODD_MODES = ["erase", "^H", "intr", "^X", "-icrnl", "-onlcr", "echonl", "rows", "11", "columns", "77"]


def on_odd_terminal(command, environment):
    """What `command` writes to a pipe while its input is a terminal of odd modes."""
    master, slave = pty.openpty()
    try:
        subprocess.run(["stty", *ODD_MODES], stdin=slave, check=True)
        return subprocess.run(command, stdin=slave, capture_output=True, env=environment, timeout=2 * gate.PATIENCE, check=False).stdout
    finally:
        os.close(master)
        os.close(slave)


class Listening(Transport):
    """Keeps every channel request as it came, grants it, and runs nothing."""

    heard = []
    refuses = set()

    def keep(channel, message):
        name, wants_answer, fields = message.get_text(), message.get_boolean(), message.get_remainder()
        Listening.heard.append((name, wants_answer, fields))
        if name == "exec":
            channel.transport.told = channel
        if wants_answer:
            answer = ssh.FAILURE if name in Listening.refuses else ssh.SUCCESS
            raw_target.reply(channel, answer, channel.remote_chanid)

    _channel_handler_table = {**Transport._channel_handler_table, ssh.REQUEST: keep}


class ListeningLikeOpenssh(Listening):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.local_version = "SSH-2.0-OpenSSH_9.2"


class Requests(raw_target.TargetTest):
    def setUp(self):
        if not self.gate.has_own_libssh():
            self.skipTest("the system's libssh shows and sends neither terminal modes nor requests that it has no name for")

    def listen(self, kind=Listening):
        """A channel of a hand-made client to a target that keeps what it hears."""
        Listening.heard, Listening.refuses = [], set()
        self.target.speak_ssh(None, kind)
        peer = ssh.proven(self.gate.port, self.gate.alice_key, "bad")
        self.addCleanup(peer.close)
        return peer, peer.open()

    def heard(self, name):
        return gate.wait_for(lambda: [one for one in Listening.heard if one[0] == name], f"the target to hear of {name}")

    def test_a_terminal_at_the_target_has_the_modes_of_the_operators_own(self):
        words = [self.gate.ssh_command("server01", "-tt", direct=direct) + ["stty -a"] for direct in (True, False)]
        direct, relayed = (on_odd_terminal(command, self.gate.environment(TERM="xterm")) for command in words)
        self.assertIn(b"intr = ^X", direct)
        self.assertIn(b"echonl", direct)
        self.assertEqual(relayed, direct)

    def test_terminal_modes_and_pixels_pass_byte_for_byte(self):
        peer, channel = self.listen()
        fields = ("xterm", 80, 24, 640, 480, b"\x35\x00\x00\x00\x01\x80\x00\x00\x96\x00\xa1\xff\xff\xff\xff\x00")
        self.assertTrue(peer.ask(channel, "pty-req", *fields))
        self.assertTrue(peer.ask(channel, "exec", "anything"))
        peer.send(ssh.REQUEST, channel, "window-change", False, 81, 25, 648, 500)
        sent = [ssh.message(0, *fields)[1:], ssh.message(0, 81, 25, 648, 500)[1:]]
        self.assertEqual(self.heard("pty-req"), [("pty-req", True, sent[0])])
        self.assertEqual(self.heard("window-change"), [("window-change", False, sent[1])])

    def test_more_modes_than_there_are_are_refused(self):
        peer, channel = self.listen()
        self.assertFalse(peer.ask(channel, "pty-req", "xterm", 80, 24, 0, 0, bytes(1000)))
        self.assertTrue(peer.ask(channel, "exec", "anything"), "and the channel goes on")
        self.assertNotIn("pty-req", [name for name, _, _ in Listening.heard])

    def test_a_break_reaches_the_target_and_its_answer_the_operator(self):
        peer, channel = self.listen()
        self.assertTrue(peer.ask(channel, "exec", "anything"))
        self.assertTrue(peer.ask(channel, "break", 1500))
        Listening.refuses = {"break"}
        self.assertFalse(peer.ask(channel, "break", 0))
        peer.send(ssh.REQUEST, channel, "break", False, 7)
        gate.wait_for(lambda: len(self.heard("break")) == 3, "three breaks")
        self.assertEqual(self.heard("break"), [("break", wants, number.to_bytes(4, "big")) for wants, number in
                                               ((True, 1500), (True, 0), (False, 7))])

    def test_a_request_that_nobody_knows_fails_and_goes_nowhere(self):
        peer, channel = self.listen()
        x11 = (False, "MIT-MAGIC-COOKIE-1", "00", 0)
        for name, *fields in (("nonsense@example",), ("x11-req", *x11), ("auth-agent-req@openssh.com",), ("break", "no length")):
            self.assertFalse(peer.ask(channel, name, *fields), name)
        peer.send(ssh.REQUEST, channel, "nonsense@example", False, 1)
        self.assertTrue(peer.ask(channel, "exec", "anything"), "and the channel goes on")
        self.assertEqual([name for name, _, _ in Listening.heard], ["exec"])

    def test_the_end_of_write_is_passed_on_at_once_to_openssh_alone(self):
        for kind, told in ((ListeningLikeOpenssh, [("eow@openssh.com", False, b"")]), (Listening, [])):
            with self.subTest(kind.__name__):
                peer, channel = self.listen(kind)
                self.assertTrue(peer.ask(channel, "exec", "anything"))
                peer.send(ssh.REQUEST, channel, "eow@openssh.com", False)
                peer.send(ssh.REQUEST, channel, "eow@openssh.com", False)
                self.assertTrue(peer.ask(channel, "break", 1), "which comes after it")
                self.assertEqual([one for one in Listening.heard if one[0].startswith("eow")], told)

    def test_a_client_that_reads_no_more_ends_an_endless_command(self):
        codes = []
        for direct in (True, False):
            client = subprocess.Popen(self.gate.ssh_command(direct=direct) + ["cat /dev/zero"], env=self.gate.environment(),
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self.addCleanup(client.kill)
            client.stdout.read(1)
            client.stdout.close()
            codes.append(client.wait(gate.PATIENCE))
        self.assertEqual(codes[1], codes[0])
        self.assertTrue(gate.wait_for(lambda: [e for e in self.gate.events("channel.end") if e.get("exit_signal") == "PIPE"], "its end"))

    def test_a_client_hears_that_its_input_is_read_no_more_if_it_is_openssh(self):
        for software, told in (("OpenSSH", ["eow@openssh.com", "exit-status"]), ("peer", ["exit-status"])):
            with self.subTest(software):
                go_on = self.gate.path(f"go-on-{software}")
                peer = ssh.proven(self.gate.port, self.gate.alice_key, software=software)
                self.addCleanup(peer.close)
                channel = peer.open()
                # sshd reads no input for a command that has ended, and waits for whoever still holds its output.
                self.assertTrue(peer.ask(channel, "exec", f"(until [ -e {go_on} ]; do sleep 0.1; done; echo went on) & exit 7"))
                asked, output = [], b""
                while (heard := peer.hear(ssh.REQUEST, ssh.DATA, ssh.CLOSE))[0] != ssh.CLOSE:
                    heard[1].get_int()
                    if heard[0] == ssh.DATA:
                        output += heard[1].get_string()
                        continue
                    asked.append(heard[1].get_text())
                    if len(asked) == len(told):
                        gate.write(go_on, "")
                self.assertEqual((sorted(asked), output), (told, b"went on\n"))


if __name__ == "__main__":
    gate.main()
