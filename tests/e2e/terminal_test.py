# SPDX-License-Identifier: Apache-2.0
"""An administrator at a terminal: a shell with echo and sizes, the list of hosts, and a recording of what was shown."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import gate


class Terminal:
    """A real client on a pseudo-terminal of 100 columns and 30 rows."""

    def __init__(self, bastion, target="server01", command=(), options=(), env=None):
        self.master, slave = pty.openpty()
        self.resize(100, 30)
        self.shown = b""
        self.process = subprocess.Popen(bastion.ssh_command(target, "-tt", *options) + list(command), stdin=slave, stdout=slave, stderr=slave,
                                        env=bastion.environment(TERM="xterm", PS1="$ ", **(env or {})), start_new_session=True)
        os.close(slave)

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if hasattr(self, "process"):
            self.process.send_signal(28)  # SIGWINCH, which the kernel sends to a foreground group alone

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self, text, patience=gate.PATIENCE):
        end = time.monotonic() + patience
        while text.encode() not in self.shown and time.monotonic() < end:
            if not self.read():
                break
        assert text.encode() in self.shown, f"{text!r} was not shown, but {self.shown!r}"

    def read(self):
        if not select.select([self.master], [], [], 0.2)[0]:
            return True
        try:
            chunk = os.read(self.master, 65536)
        except OSError:
            return False
        self.shown += chunk
        return bool(chunk)

    def finish(self):
        while self.read() and self.process.poll() is None:
            pass
        while select.select([self.master], [], [], 0.1)[0] and self.read():
            pass
        os.close(self.master)
        return self.process.wait(gate.PATIENCE)


class AtATerminal(gate.GateTest):
    def test_a_shell_echoes_follows_the_size_and_gives_its_exit_code(self):
        terminal = Terminal(self.gate, command=["/bin/sh"])
        terminal.type("echo typed-$((40 + 2)); stty size\n")
        terminal.wait("typed-42")
        terminal.wait("30 100")
        terminal.resize(70, 20)
        gate.wait_for(lambda: (terminal.type("stty size\n"), terminal.read(), b"20 70" in terminal.shown)[-1], "the new size")
        terminal.type("exit 5\n")
        self.assertEqual(terminal.finish(), 5)
        self.assertIn(b"echo typed-$((40 + 2))", terminal.shown, "what was typed is echoed")

    def test_the_recording_is_what_the_terminal_showed(self):
        terminal = Terminal(self.gate, command=["printf '\\033[31mred\\033[0m %s\\n' one two; exit 3"])
        self.assertEqual(terminal.finish(), 3)
        session = self.gate.wait_events("ssh_session.end")
        start = [e for e in self.gate.events("channel.start") if "red" in e.get("command", "")][0]
        self.assertEqual(start["pty"], {"columns": 100, "rows": 30, "term": "xterm"})
        gate.wait_for(lambda: any(e["session_id"] == start["session_id"] for e in self.gate.events("ssh_session.end")), "its end")
        with open(self.gate.path(f"state/recordings/{start['session_id']}.rec"), "rb") as file:
            shown = b"".join(payload for kind, payload in gate.frames(file.read()) if kind == 1)
        self.assertEqual(terminal.shown, shown)
        self.assertTrue(session)

    def test_a_name_that_is_no_host_brings_the_list_to_choose_from(self):
        terminal = Terminal(self.gate, target="whatever")
        terminal.wait("1) server01")
        terminal.type("7\r")
        terminal.wait("no such number")
        terminal.type("1\r")
        terminal.wait("server01")
        terminal.type("echo chosen-$((1 + 1)); exit 4\n")
        terminal.wait("chosen-2")
        self.assertEqual(terminal.finish(), 4)

    def test_the_environment_that_came_before_the_choice_reaches_the_target_that_was_chosen(self):
        options = ("-o", "SendEnv=LC_CHOSEN", "-o", "SetEnv=SECRET=never")
        terminal = Terminal(self.gate, target="whatever", options=options, env={"LC_CHOSEN": "kept"})
        terminal.wait("1) server01")
        terminal.type("1\r")
        terminal.wait("server01")
        terminal.type("echo \"[$LC_CHOSEN$SECRET]\"; exit 4\n")
        terminal.wait("[kept]")
        self.assertEqual(terminal.finish(), 4)
        started = self.gate.wait_events("channel.start")[-1]
        self.assertEqual(started["env"]["LC_CHOSEN"], "kept")
        self.assertNotIn("SECRET", started["env"])

    def test_an_empty_choice_leaves(self):
        terminal = Terminal(self.gate, target="whatever")
        terminal.wait("empty to leave")
        terminal.type("\r")
        self.assertEqual(terminal.finish(), 255)


if __name__ == "__main__":
    gate.main()
