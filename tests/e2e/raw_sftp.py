# SPDX-License-Identifier: Apache-2.0
"""SFTP packet by packet (version 3), through the system's ssh, for what no client would send."""
import struct
import subprocess

INIT, OPEN, CLOSE, READ, WRITE, REMOVE, MKDIR, RMDIR, STAT, RENAME, EXTENDED = 1, 3, 4, 5, 6, 13, 14, 15, 17, 18, 200
VERSION, STATUS, HANDLE, DATA = 2, 101, 102, 103
O_READ, O_WRITE, O_CREATE = 1, 2, 8
NO_ATTRIBUTES = struct.pack(">I", 0)


def string(data):
    data = data if isinstance(data, bytes) else data.encode()
    return struct.pack(">I", len(data)) + data


def packet(kind, body=b""):
    return struct.pack(">IB", 1 + len(body), kind) + body


def request(kind, number, *fields):
    return packet(kind, struct.pack(">I", number) + b"".join(fields))


def flags(value):
    return struct.pack(">I", value)


class Client:
    """An sftp channel; `command` is the whole ssh command without its subsystem."""

    def __init__(self, command, environment, begin=True):
        self.process = subprocess.Popen([*command, "-s", "sftp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environment)
        if begin:
            self.send(packet(INIT, struct.pack(">I", 3)))
            kind, body = self.receive()
            assert (kind, body[:4]) == (VERSION, b"\0\0\0\x03"), (kind, body)

    def send(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def receive(self):
        head = self.process.stdout.read(5)
        if len(head) < 5:
            return None, b""
        size, kind = struct.unpack(">IB", head)
        return kind, self.process.stdout.read(size - 1)

    def ask(self, *words):
        self.send(request(*words))
        return self.receive()

    def status(self, *words):
        """The status code that a request brings; None once the channel has ended."""
        kind, body = self.ask(*words)
        return struct.unpack(">I", body[4:8])[0] if kind == STATUS else None

    def end(self):
        """Hangs up; exit code and stderr."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        return self.process.wait(60), self.process.stderr.read()

    def close(self):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                pass
