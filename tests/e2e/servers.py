# SPDX-License-Identifier: Apache-2.0
"""What stands beside a test and is spoken to: servers on free ports, a thread for each connection."""
import contextlib
import socket
import threading


class Server:
    """Serves each connection as `serve` says, until it is closed."""

    def __init__(self, at=("127.0.0.1", 0)):
        self.listener = self.listen(at)
        threading.Thread(target=self.accept, daemon=True).start()

    def listen(self, at):
        listener = socket.create_server(at)
        self.port = listener.getsockname()[1]
        return listener

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        raise NotImplementedError

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Proxy(Server):
    """Stands before another port; `change` may alter what passes, a block at a time from the byte `at` on."""

    def __init__(self, target):
        self.target = target
        super().__init__()

    def serve(self, connection):
        onwards = socket.create_connection(("127.0.0.1", self.target))
        for source, sink, is_upward in ((connection, onwards, True), (onwards, connection, False)):
            threading.Thread(target=self.carry, args=(source, sink, is_upward), daemon=True).start()

    def change(self, block, at, is_upward):
        pass

    def carry(self, source, sink, is_upward):
        at = 0
        with contextlib.suppress(OSError):
            while block := bytearray(source.recv(65536)):
                self.change(block, at, is_upward)
                at += len(block)
                sink.sendall(block)
            return sink.shutdown(socket.SHUT_WR)
        for end in (source, sink):  # one of them broke off: so does the other
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
