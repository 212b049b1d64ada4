# SPDX-License-Identifier: Apache-2.0
"""Runs client programs for their drivers: with pipes, or at a terminal of their own."""
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios

import cells


def run(command, data=b"", **options):
    done = subprocess.run(command, input=data, capture_output=True, check=False, **options)
    return done.returncode, done.stdout, done.stderr


def must(command, **options):
    code, out, err = run(command, **options)
    if code != 0:
        raise RuntimeError(f"{command[0]} ended with {code}: {out[-500:]!r} {err[-500:]!r}")
    return out


class Terminal:
    """A program on a pseudo-terminal of 100 columns and 30 rows."""

    def __init__(self, command):
        self.shown = b""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
            os.execvpe(command[0], command, {**os.environ, "TERM": "xterm"})

    def wait(self, text):
        while text not in self.shown:
            try:
                chunk = os.read(self.master, 65536)
            except OSError:
                chunk = b""
            if not chunk:
                raise EOFError(f"{text!r} was not shown, but {self.shown!r}")
            self.shown += chunk
        return True

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def type(self, text):
        os.write(self.master, text)

    def finish(self):
        try:
            while os.read(self.master, 65536):
                pass
        except OSError:
            pass
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.master)
        return code


def shell(command, resize=False):
    """A login shell: what `stty size` says, after a change of the window if asked for, and its exit code."""
    terminal = Terminal(command)
    terminal.type(b"echo its-$((40 + 2)); stty size\n")
    seen = terminal.wait(b"its-42") and terminal.wait(b"30 100")
    if resize:
        terminal.resize(70, 20)
        terminal.type(b"until [ \"$(stty size)\" = '20 70' ]; do sleep 0.1; done; echo size-$(stty size)\n")
        seen = terminal.wait(b"size-20 70")
    terminal.type(b"exit 5\n")
    return {"size": seen, "code": terminal.finish()}


def execs(command):
    return {"codes": [run([*command, f"exit {code}"])[0] for code in cells.CODES], "signal": run([*command, "kill -TERM $$"])[0]}


def stderr(command):
    _, out, err = run([*command, "echo out; echo err >&2"])
    return {"out": out.decode(), "err": err.decode()}


def bulk(command, road):
    with open(road["big"], "rb") as file:
        up = run([*command, "sha256sum | cut -c1-64"], file.read())[1].decode().strip()
    back = os.path.join(road["folder"], "bulk")
    with open(back, "wb") as file:
        subprocess.run([*command, f"cat {road['big']}"], stdin=subprocess.DEVNULL, stdout=file, check=True)
    return {"up": up, "down": cells.digest(back)}


def half_close(command):
    code, out, _ = run([*command, cells.COUNT], b"x" * 100_000)
    return {"out": out.decode(), "code": code}


def rekey(command, road):
    with open(road["big"], "rb") as file:
        return {"back": cells.hashlib.sha256(run([*command, "cat"], file.read())[1]).hexdigest()}


def keepalive(command):
    return {"out": run([*command, cells.QUIET])[1].decode()}


def jump(command):
    code, out, _ = run([*command, "echo jumped; exit 7"])
    return {"out": out.decode(), "code": code}


def table(command, tty):
    """The cells that any program has whose `command(road, *options)` runs what follows; `tty` asks for a terminal."""
    return {
        "exec": lambda road: execs(command(road)),
        "stderr": lambda road: stderr(command(road)),
        "shell": lambda road: shell(command(road, tty)),
        "resize": lambda road: shell(command(road, tty), True),
        "bulk": lambda road: bulk(command(road), road),
        "half_close": lambda road: half_close(command(road)),
    }


def beside(holder, sharer):
    """Twenty commands by `sharer`, over the connection that `holder` made before them and holds."""
    held = subprocess.Popen([*holder, "echo up; cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert held.stdout.readline() == b"up\n"
    result = many([[*sharer, cells.CHANNEL.format(i)] for i in range(cells.CHANNELS)])
    held.communicate()
    return result


def many(starters):
    """Starts twenty commands, lets them all go on when all are there, and gives how each ended."""
    running = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for command in starters]
    return {"ends": [[process.communicate(b"go\n")[0].decode(), process.returncode] for process in running]}
