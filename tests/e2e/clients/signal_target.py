# SPDX-License-Identifier: Apache-2.0
"""A target that says which signal it was sent: OpenSSH's takes none where root logs in, so it cannot show that they arrive."""
import asyncio
import sys

import asyncssh


class Session(asyncssh.SSHServerSession):
    def connection_made(self, chan):
        self.chan = chan

    def exec_requested(self, command):
        return True

    def session_started(self):
        self.chan.write("ready\n")

    def eof_received(self):
        return True  # what reads nothing goes on after the end of its input

    def signal_received(self, signal):
        self.chan.write(f"got {signal}\n")
        self.chan.exit_with_signal(signal)


class Server(asyncssh.SSHServer):
    def session_requested(self):
        return Session()


async def main(host_key, authorized_keys):
    server = await asyncssh.create_server(Server, "127.0.0.1", 0, server_host_keys=[host_key], authorized_client_keys=authorized_keys)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.wait_closed()


asyncio.run(main(*sys.argv[1:]))
