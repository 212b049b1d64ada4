# SPDX-License-Identifier: Apache-2.0
"""Completion in bash, zsh and fish: names of hosts as the bastion gives them, none of them ever evaluated."""
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from man_test import SOURCE, everything

FILES = SOURCE / "packaging/completion"
PATIENCE = float(os.environ.get("SALLYPORT_TEST_PATIENCE", "30"))
HOSTILE = "evil$(touch HIT)`touch HIT`;touch HIT&'\"\\ *(touch HIT)"
FAKE = """#!/bin/sh
# What a shell calls in place of sallyport: tells names, or notes what it was called with.
if [ "$1" = complete-hosts ]; then cat names; else printf '%s\\0' "$@" >called.part; mv called.part called; fi
"""
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], f"source {FILES}/sallyport.bash"),
    "zsh": (["zsh", "-f", "-i"], f"fpath=({FILES} $fpath); autoload -Uz compinit; compinit -u -D; setopt no_beep"),
    "fish": (["fish", "--no-config", "-i"], f"source {FILES}/sallyport.fish"),
}


class Shell:
    """An interactive shell on a terminal of its own, in a folder where `sallyport` is the fake."""

    def __init__(self, name, folder, names):
        self.folder = pathlib.Path(folder)
        (self.folder / "names").write_text("".join(line + "\n" for line in names))
        (self.folder / "sallyport").write_text(FAKE)
        (self.folder / "sallyport").chmod(0o755)
        command, prepare = SHELLS[name]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, {"PATH": f"{folder}:/usr/bin:/bin", "HOME": folder, "TERM": "xterm", "LANG": "C.UTF-8"})
        self.shown = b""
        self.type(prepare + "\necho re''ady\n")
        self.wait(lambda: b"\nready" in self.shown or b"\rready" in self.shown)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain; the terminal shows: {self.shown[-2000:]!r}")
            if select.select([self.terminal], [], [], 0.02)[0]:
                self.shown += os.read(self.terminal, 65536)

    def called_with(self, line):
        """The words that the fake gets of `line`, whose tabs are pressed."""
        called = self.folder / "called"
        called.unlink(missing_ok=True)
        for part in re.split("(\t)", line):
            before = len(self.shown)
            self.type(part)
            if part and part != "\t":
                self.wait(lambda: len(self.shown) > before)
        self.type("\n")
        self.wait(called.exists)
        return [word.decode() for word in called.read_bytes().split(b"\0")[:-1]]

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def each_shell(test):
    def run(self):
        for name in SHELLS:
            with self.subTest(shell=name):
                if not shutil.which(name):
                    self.skipTest(f"no {name} here")
                test(self, name)
    return run


class Completion(unittest.TestCase):
    def shell(self, name, names):
        folder = tempfile.TemporaryDirectory(prefix="sallyport-completion-")
        self.addCleanup(folder.cleanup)
        made = Shell(name, folder.name, names)
        self.addCleanup(made.close)
        return made

    @each_shell
    def test_a_host_is_completed_and_what_is_none_is_not(self, name):
        shell = self.shell(name, ["web-01.example.net", "db1"])
        self.assertEqual(shell.called_with("sallyport ssh we\t"), ["ssh", "web-01.example.net"])
        self.assertEqual(shell.called_with("sallyport ssh root@d\t"), ["ssh", "root@db1"])
        self.assertEqual(shell.called_with("sallyport ssh nob\t"), ["ssh", "nob"])

    @each_shell
    def test_a_hostile_name_comes_as_it_is_and_runs_nothing(self, name):
        shell = self.shell(name, [HOSTILE])
        self.assertEqual(shell.called_with("sallyport ssh ev\t"), ["ssh", HOSTILE])
        self.assertFalse((shell.folder / "HIT").exists())

    def test_names_that_were_evaluated_would_be_noticed(self):
        shell = self.shell("bash", [HOSTILE])
        shell.type('_sallyport_hosts() { COMPREPLY=($(compgen -W "$(sallyport complete-hosts)" -- "$cur")); }\n')
        shell.called_with("sallyport ssh ev\t")
        self.assertTrue((shell.folder / "HIT").exists())

    @each_shell
    def test_without_a_bastion_nothing_is_offered_and_nothing_is_said(self, name):
        shell = self.shell(name, [])
        (shell.folder / "sallyport").write_text(FAKE.replace("cat names", "echo no bastion >&2; exit 1"))
        self.assertEqual(shell.called_with("sallyport ssh we\t"), ["ssh", "we"])
        self.assertNotIn(b"no bastion", shell.shown)

    @each_shell
    def test_commands_are_completed(self, name):
        shell = self.shell(name, [])
        self.assertEqual(shell.called_with("sallyport sess\tterm\tx"), ["sessions", "terminate", "x"])

    def test_each_file_knows_each_option_and_command(self):
        options, commands = everything("cli/sallyport")
        for path in FILES.iterdir():
            text = path.read_text()
            for word in {option.lstrip("-") for option in options} | {word for command in commands for word in command.split()}:
                with self.subTest(file=path.name, word=word):
                    self.assertRegex(text, rf"(?<![\w-])(?:--)?{re.escape(word)}(?![\w-])")

    def test_each_file_parses(self):
        for command, path in ((["bash", "-n"], "sallyport.bash"), (["zsh", "-n"], "_sallyport"), (["fish", "-n"], "sallyport.fish")):
            if shutil.which(command[0]):
                done = subprocess.run([*command, FILES / path], capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""), shlex.join(command))


if __name__ == "__main__":
    unittest.main(verbosity=2)
