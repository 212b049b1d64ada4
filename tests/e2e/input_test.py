# SPDX-License-Identifier: Apache-2.0
"""What is typed at a terminal: on record only where it is asked for, and only what the target echoed; never a secret."""
import json
import subprocess

import gate
from terminal_test import Terminal

INPUT = 3
SECRET = "hunter2-Tr0ub4dor"


def count(number):
    """The frame that says how many bytes were typed without being echoed (docs/recording.md)."""
    return b"\0" + number.to_bytes(8, "big")


class Person(Terminal):
    """Types as a person does: the next key when the last one is on the screen."""

    def keys(self, text):
        mark = len(self.shown)
        for number, key in enumerate(text):
            self.type(key)
            wanted = text[:number + 1].encode()
            gate.wait_for(lambda: self.shown[mark:].startswith(wanted) or (self.read(), False)[1], f"the echo of {wanted}")

    def line(self, text):
        self.keys(text)
        self.type("\r")

    def wait_silent(self, tty):
        """Waits until what is typed is not echoed any more."""
        def is_silent():
            shown = subprocess.run(["stty", "-F", tty, "-a"], check=True, capture_output=True, text=True).stdout
            return "-echo" in shown.split()
        gate.wait_for(is_silent, "echo to be off")

    def secret(self, tty, at_once=True):
        self.wait("secret: ")
        self.wait_silent(tty)
        for piece in [SECRET] if at_once else SECRET:
            self.type(piece)
        self.type("\r")


class InputTest(gate.GateTest):
    def recorded(self, command):
        """Session id and frames of the last session in which `command` was started."""
        start = [e for e in self.gate.wait_events("channel.start") if e.get("command") == command][-1]
        session = start["session_id"]
        gate.wait_for(lambda: any(e["session_id"] == session for e in self.gate.events("ssh_session.end")), "its end")
        with open(self.gate.path(f"state/recordings/{session}.rec"), "rb") as file:
            data = file.read()
        self.assertNotIn(SECRET.encode(), data, "a secret is in the recording")
        return session, list(gate.frames(data))

    def at_a_shell(self, command, ask, at_once=True):
        """Types a command, a secret at `ask`, and leaves with 3; gives the terminal and what was recorded."""
        person = Person(self.gate, command=[command])
        person.wait("$ ")
        person.line("tty")
        person.wait("/dev/pts/")
        person.wait("$ ")
        tty = next(word for word in person.shown.decode().split() if word.startswith("/dev/pts/"))
        gate.wait_for(lambda: person.shown.endswith(b"$ ") or (person.read(), False)[1], "the prompt")
        person.line(ask)
        person.secret(tty, at_once)
        person.wait(f"length-{len(SECRET)}")
        gate.wait_for(lambda: person.shown.endswith(b"$ ") or (person.read(), False)[1], "the prompt")
        person.line("exit 3")
        self.assertEqual(person.finish(), 3)
        return person, *self.recorded(command)


SH = "PS1='$ ' exec /bin/sh"
BASH = "HISTFILE= PS1='$ ' exec bash --norc --noprofile"
# Neither line holds what it asks with, nor what it answers.
WITH_STTY = "stty -echo; printf 'sec%s: ' ret; read x; stty echo; echo length-${#x}"
WITH_READ = "read -s -p 'sec''ret: ' x; echo length-${#x}"


class RecordedInput(InputTest):
    options = {"config": "recording: {input: true}\n"}

    def test_a_command_is_kept_and_a_secret_is_a_count(self):
        for command, ask, at_once in ((SH, WITH_STTY, True), (BASH, WITH_READ, False)):
            with self.subTest(command=command):
                _, _, frames = self.at_a_shell(command, ask, at_once)
                self.assertEqual([payload for kind, payload in frames if kind == INPUT],
                                 [b"tty\r", ask.encode() + b"\r", count(len(SECRET) + 1), b"exit 3\r"])
                at = frames.index((INPUT, b"tty\r"))
                before, after = (b"".join(payload for kind, payload in part if kind == 1)
                                 for part in (frames[:at], frames[at:]))
                self.assertTrue(before.endswith(b"tty"), "a line comes behind its echo")
                self.assertIn(b"/dev/pts/", after, "and before what it brings")

    def test_a_secret_that_the_target_prints_later_is_not_taken_for_echo(self):
        person = Person(self.gate, command=["bash -c 'tty; read -s -p \"secret: \" x; echo ${x#hunter2}'"])
        person.wait("/dev/pts/")
        tty = next(word for word in person.shown.decode().split() if word.startswith("/dev/pts/"))
        person.secret(tty)
        self.assertEqual(person.finish(), 0)
        _, frames = self.recorded("bash -c 'tty; read -s -p \"secret: \" x; echo ${x#hunter2}'")
        self.assertEqual([payload for kind, payload in frames if kind == INPUT], [count(len(SECRET) + 1)])

    def test_input_without_a_terminal_is_never_kept(self):
        done = self.gate.ssh("cat >/dev/null; echo done", input=f"a line\n{SECRET}\n".encode())
        self.assertEqual(done.stdout, b"done\n")
        _, frames = self.recorded("cat >/dev/null; echo done")
        self.assertEqual([kind for kind, _ in frames], [1])

    def test_exports_tell_what_was_typed_and_replays_do_not(self):
        _, session, frames = self.at_a_shell(SH, WITH_STTY)
        environment = {"SALLYPORT_BASTION": "127.0.0.1", "SALLYPORT_PORT": str(self.gate.port),
                       "SALLYPORT_SSH_OPTIONS": "-F " + self.gate.path("ssh_config")}

        def cli(*words):
            done = self.gate.run([gate.CLI, "sessions", *words], env=environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        cast = [json.loads(line) for line in cli("export", session).splitlines()][1:]
        self.assertEqual([(code, data) for _, code, data in cast if code != "o"],
                         [("i", "tty\r"), ("i", WITH_STTY + "\r"),
                          ("m", f"{len(SECRET) + 1} bytes were typed that were not echoed"), ("i", "exit 3\r")])
        output = b"".join(payload for kind, payload in frames if kind == 1)
        self.assertEqual("".join(data for _, code, data in cast if code == "o").encode(), output)
        self.assertEqual(cli("export", "--format", "raw", session), output)
        text = cli("export", "--format", "text", session)
        self.assertEqual(text, output.replace(b"\r", b""))
        self.assertEqual(cli("play", "--speed", "0", session), output)


class NoInputByDefault(InputTest):
    def test_what_is_typed_is_not_kept(self):
        _, _, frames = self.at_a_shell(SH, WITH_STTY)
        self.assertIn(1, [kind for kind, _ in frames])
        self.assertNotIn(INPUT, [kind for kind, _ in frames])


if __name__ == "__main__":
    gate.main()
