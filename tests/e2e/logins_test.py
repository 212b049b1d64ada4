# SPDX-License-Identifier: Apache-2.0
"""A hundred logins at once from one address all come through, also to a target that takes ten at once; of those that a
target turns away for good somebody is told in plain words.

How long it takes is up to the target's sshd, which shares this machine: the times that are bounds in real life are long here.
"""
import asyncio
import socket
import unittest

import gate
import servers

try:
    import asyncssh
except ImportError:
    asyncssh = None

LOGINS = 100
MAX_STARTUPS = "10:30:100"  # OpenSSH's default


class Road:
    """What asyncssh takes for a tunnel: a connection that is there already."""

    def __init__(self, sock):
        self.sock = sock

    async def create_connection(self, factory, *_):
        return await asyncio.get_running_loop().create_connection(factory, sock=self.sock)

    def close(self):
        self.sock.close()


@unittest.skipIf(asyncssh is None, "no Python module asyncssh here")
class Logins(gate.GateTest):
    options = {"targets": 10, "config": "limits: {unauthenticated_per_source: 128, login_grace: 600s}\ntimeouts: {connect: 600s}",
               "max_startups": MAX_STARTUPS}

    async def login(self, sock, number, host):
        async with asyncssh.connect("127.0.0.1", self.gate.port, tunnel=Road(sock), username=host, client_keys=[self.gate.alice_key],
                                    known_hosts=None, agent_path=None, config=None, login_timeout=600) as client:
            done = await client.run(f"echo {number}")
            return done.stdout + done.stderr

    async def all(self, sockets, host):
        return await asyncio.gather(*(self.login(sock, i, host(i)) for i, sock in enumerate(sockets)), return_exceptions=True)

    def connect(self, count):
        """So many connections that have not said a word yet."""
        return [socket.create_connection(("127.0.0.1", self.gate.port), timeout=gate.PATIENCE) for _ in range(count)]

    def come_through(self, host):
        before = len(self.gate.settled())
        sockets = self.connect(LOGINS)
        for sock in sockets:
            sock.setblocking(False)
        self.assertEqual(asyncio.run(self.all(sockets, host)), [f"{i}\n" for i in range(LOGINS)])
        self.assertEqual(len(self.gate.wait_events("ssh_session.end", before + LOGINS)), before + LOGINS)

    def test_a_hundred_that_are_all_there_before_the_first_is_proven_come_through_to_one_target(self):
        self.come_through(lambda number: "server01")

    def test_a_hundred_come_through_to_ten_targets(self):
        self.come_through(lambda number: f"server{number % 10 + 1:02}")

    def test_of_more_than_the_limit_the_oldest_goes(self):
        sockets = self.connect(129)
        for sock in sockets:
            self.addCleanup(sock.close)
        self.assertTrue(self.is_closed(sockets[0]))
        sockets[-1].settimeout(gate.PATIENCE)
        self.assertTrue(sockets[-1].recv(4).startswith(b"SSH-"))

    @staticmethod
    def is_closed(sock):
        try:
            while sock.recv(4096):
                pass
        except ConnectionResetError:
            pass
        return True


class Porter(servers.Proxy):
    """Turns the first so many connections away with a line, then lets all others through."""

    away, line, seen = 0, b"", 0

    def turn_away(self, count, line=b""):
        self.away, self.line, self.seen = count, line, 0

    def serve(self, connection):
        self.seen += 1
        if self.seen > self.away:
            return super().serve(connection)
        connection.sendall(self.line)
        connection.close()


class TurnedAway(unittest.TestCase):
    def start(self, connect):
        self.gate = gate.Gate(start=False, config=f"timeouts: {{connect: {connect}}}")
        self.addCleanup(self.gate.close)
        self.porter = Porter(self.gate.sshds[0].port)
        self.addCleanup(self.porter.close)
        self.gate.write_hosts({"server01": self.porter.port})
        self.gate.start()

    def test_a_target_that_hangs_up_at_once_is_tried_again(self):
        self.start("600s")
        for line in (b"", b"Exceeded MaxStartups\r\n", b"Not allowed at this time\r\n"):
            self.porter.turn_away(3, line)
            done = self.gate.ssh("echo in")
            self.assertEqual((done.stdout, self.porter.seen), (b"in\n", 4), done.stderr)

    def test_until_timeouts_connect_and_then_the_operator_is_told_what_to_do(self):
        self.start("2s")
        self.porter.turn_away(1000, b"Exceeded MaxStartups\r\n")
        done = self.gate.ssh("echo in")
        self.assertEqual(done.returncode, 255)
        self.assertIn(b"MaxStartups), or bars the bastion; try again later", done.stderr)
        self.assertGreater(self.porter.seen, 1)
        self.assertLess(self.porter.seen, 10)
        end, = self.gate.wait_events("ssh_session.end")
        self.assertEqual(end["end_reason"], "target_unreachable")

    def test_one_that_has_said_its_version_is_not(self):
        self.start("600s")
        self.porter.turn_away(1, b"SSH-2.0-ends\r\n")
        done = self.gate.ssh("echo in")
        self.assertEqual((done.returncode, self.porter.seen), (255, 1))
        self.porter.turn_away(1, b"no version " * 100)
        done = self.gate.ssh("echo in")
        self.assertEqual((done.returncode, self.porter.seen), (255, 1))


if __name__ == "__main__":
    gate.main()
