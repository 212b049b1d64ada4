# SPDX-License-Identifier: Apache-2.0
"""-L, -D and -W through a session: to where `forward_to` says, by the target's own sshd; what is opened is on record."""
import contextlib
import os
import signal
import socket
import subprocess
import threading
import unittest

import gate
import servers


class Echo(servers.Server):
    """A service beside the target: says a greeting if it has one, then sends back what it gets, until EOF."""

    def __init__(self, greeting=b"", at=("127.0.0.1", 0)):
        self.greeting = greeting
        super().__init__(at)

    def serve(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.sendall(self.greeting)
            while data := connection.recv(65536):
                connection.sendall(data)


def read_all(peer):
    out = b""
    with contextlib.suppress(ConnectionResetError):
        while data := peer.recv(65536):
            out += data
    return out


class Forwarding:
    """Services beside the target, of which a role grants `granted()`; `echoing()` has one of them in use."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.echo, cls.other, cls.ssh_like = cls.services()
        cls.roles()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        for service in (cls.echo, cls.other, cls.ssh_like):
            service.close()

    @classmethod
    def roles(cls, allow="shell, exec, forward_local", places=None):
        cls.gate.change_policy(f"roles:\n  - {{name: ops, operators: ['@ops'], targets: ['acme+@all'], "
                               f"logins: ['{cls.gate.user}'], allow: [{allow}], forward_to: {places or cls.granted()}}}\n")

    def test_a_reload_that_takes_a_place_away_ends_the_session_that_uses_it(self):
        client, peer = self.echoing()
        self.roles(places=[self.elsewhere])
        self.addCleanup(self.roles)
        self.assertEqual(read_all(peer), b"")
        client.wait(gate.PATIENCE)
        gate.wait_for(lambda: any(e["end_reason"] == "policy_change" for e in self.gate.events("ssh_session.end")), "the end")

    def test_a_crash_leaves_no_forward_open(self):
        self.echoing()
        self.gate.stop(signal.SIGKILL)
        self.gate.start()
        opens = {e["channel_id"] for e in self.gate.events("forward.open")}
        self.assertEqual(opens, {e["channel_id"] for e in self.gate.events("forward.close")})
        verified = self.gate.run([gate.DAEMON, "--config", self.gate.path("sallyport.yml"), "store", "verify"])
        self.assertEqual(verified.returncode, 0, verified.stdout)


class Forward(Forwarding, gate.GateTest):
    elsewhere = "127.0.0.1:2"

    @staticmethod
    def services():
        return Echo(), Echo(), Echo(b"SSH-2.0-inner\r\n")

    @classmethod
    def granted(cls):
        return [f"127.0.0.1:{cls.echo.port}", f"127.0.0.1:{cls.ssh_like.port}", "127.0.0.1:1"]

    def tunnel(self, *options, target="server01"):
        process = subprocess.Popen(self.gate.ssh_command(target, "-N", "-o", "ExitOnForwardFailure=yes", *options),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   cwd=self.gate.folder, env=self.gate.environment())
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return process

    def connect(self, port):
        def tried():
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", port), timeout=gate.PATIENCE)
        made = gate.wait_for(tried, "the client to listen")
        self.addCleanup(made.close)
        return made

    def echoing(self):
        """A client whose forward to the echo carries bytes, and the connection through it."""
        port = gate.free_port()
        client = self.tunnel("-L", f"{port}:127.0.0.1:{self.echo.port}")
        peer = self.connect(port)
        peer.sendall(b"x")
        self.assertEqual(peer.recv(1), b"x")
        return client, peer

    def closes(self):
        return self.gate.events("forward.close")

    def test_a_permitted_forward_carries_bytes_both_ways_and_is_on_record(self):
        port = gate.free_port()
        self.tunnel("-L", f"{port}:127.0.0.1:{self.echo.port}")
        data = os.urandom(3 << 20)
        peer = self.connect(port)
        threading.Thread(target=lambda: (peer.sendall(data), peer.shutdown(socket.SHUT_WR)), daemon=True).start()
        self.assertEqual(read_all(peer), data)
        closed = gate.wait_for(lambda: [e for e in self.closes() if e.get("bytes_in") == len(data)], "the close")[-1]
        opened = [e for e in self.gate.events("forward.open") if e["channel_id"] == closed["channel_id"]][0]
        self.assertEqual(closed["bytes_out"], len(data))
        self.assertEqual(opened["destination"], f"127.0.0.1:{self.echo.port}")
        self.assertLess(opened["seq"], closed["seq"])

    def test_a_place_that_no_role_names_is_refused_in_words_and_on_record(self):
        done = self.gate.run(self.gate.ssh_command("server01", "-o", "LogLevel=INFO", "-W", f"127.0.0.1:{self.other.port}"))
        self.assertNotEqual(done.returncode, 0)
        if self.gate.has_own_libssh():
            self.assertIn(b"a forward to this place is not permitted here", done.stderr)
        place = f"127.0.0.1:{self.other.port}"
        denied = gate.wait_for(lambda: [e for e in self.gate.events("access.denied") if e.get("destination") == place], "it")
        self.assertEqual((denied[0]["kind"], denied[0]["reason"], denied[0]["host"]), ("forward", "no_role", "server01"))

    def test_a_place_is_compared_as_text(self):
        done = self.gate.run(self.gate.ssh_command("server01", "-W", f"localhost:{self.echo.port}"))
        self.assertNotEqual(done.returncode, 0)

    def test_a_name_without_a_session_carries_no_forward(self):
        done = self.gate.run(self.gate.ssh_command("nosuch", "-o", "LogLevel=INFO", "-W", f"127.0.0.1:{self.echo.port}"))
        self.assertNotEqual(done.returncode, 0)
        if self.gate.has_own_libssh():
            self.assertIn(b"there is no session here that could carry a forward", done.stderr)

    def test_what_the_target_cannot_reach_is_closed_with_its_cause(self):
        done = self.gate.run(self.gate.ssh_command("server01", "-o", "LogLevel=INFO", "-W", "127.0.0.1:1"))
        self.assertNotEqual(done.returncode, 0)
        closed = gate.wait_for(lambda: [e for e in self.closes() if "Connection refused" in e.get("cause", "")], "it")[-1]
        if self.gate.has_own_libssh():
            self.assertEqual(closed["cause"], "connect failed: Connection refused")
            self.assertIn(b"open failed: connect failed: sallyport: connect failed: Connection refused", done.stderr)
        self.assertEqual((closed["bytes_in"], closed["bytes_out"]), (0, 0))

    def test_a_dynamic_forward_asks_for_each_place(self):
        port = gate.free_port()
        self.tunnel("-D", str(port))

        def through(to):
            peer = self.connect(port)
            peer.sendall(b"\x05\x01\x00")
            self.assertEqual(peer.recv(2), b"\x05\x00")
            peer.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + to.to_bytes(2, "big"))
            answer = peer.recv(10)
            if not answer or answer[1] != 0:
                return b""
            peer.sendall(b"hello")
            peer.shutdown(socket.SHUT_WR)
            return read_all(peer)
        self.assertEqual(through(self.echo.port), b"hello")
        self.assertEqual(through(self.other.port), b"")

    def test_ssh_inside_a_forward_is_seen_and_ended_unless_policy_allows_it(self):
        def through():
            return self.gate.run(self.gate.ssh_command("server01", "-W", f"127.0.0.1:{self.ssh_like.port}"), input=b"").stdout
        self.assertEqual(through(), b"")
        seen = self.gate.wait_events("forward.ssh_seen")[-1]
        self.assertEqual((seen["from"], seen["permitted"]), ("target", False))
        closed = gate.wait_for(lambda: [e for e in self.closes() if e["channel_id"] == seen["channel_id"]], "the close")[0]
        self.assertIn("SSH inside a forward", closed["cause"])
        self.assertEqual(self.gate.events("record.failure"), [])
        self.roles(allow="forward_local, forward_ssh")
        self.addCleanup(self.roles)
        self.assertEqual(through(), b"SSH-2.0-inner\r\n")
        gate.wait_for(lambda: self.gate.events("forward.ssh_seen")[-1]["permitted"], "the second sight")

    @unittest.skipUnless(os.geteuid() == 0, "the port of SSH is root's to listen on")
    def test_ssh_to_what_is_no_host_is_a_forward_where_policy_says_so_and_a_jump_to_nobody_elsewhere(self):
        inner = Echo(b"SSH-2.0-inner\r\n", ("127.0.0.9", 22))
        self.addCleanup(inner.close)

        def through():
            return self.gate.run(self.gate.ssh_command("server01", "-W", "127.0.0.9:22"), input=b"").stdout
        self.assertNotIn(b"inner", through())
        self.roles(allow="forward_local, forward_ssh", places=["127.0.0.9:22"])
        self.addCleanup(self.roles)
        self.assertEqual(through(), b"SSH-2.0-inner\r\n")

    def test_who_may_only_forward_gets_no_shell(self):
        self.roles(allow="forward_local")
        self.addCleanup(self.roles)
        done = self.gate.ssh("echo never")
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        done = self.gate.run(self.gate.ssh_command("server01", "-W", f"127.0.0.1:{self.echo.port}"), input=b"yes")
        self.assertEqual(done.stdout, b"yes")

    def test_a_forward_that_is_open_when_the_operator_leaves_is_no_exit(self):
        client, peer = self.echoing()
        client.terminate()
        opened = self.gate.events("forward.open")[-1]
        gate.wait_for(lambda: [e for e in self.closes() if e["channel_id"] == opened["channel_id"]], "the close")
        gate.wait_for(lambda: [e for e in self.gate.events("ssh_session.end") if e["session_id"] == opened["session_id"]], "end")

    def test_other_channels_and_reverse_forwards_are_refused(self):
        done = self.gate.run(self.gate.ssh_command("server01", "-o", "LogLevel=INFO", "-o", "ExitOnForwardFailure=yes",
                                                   "-R", "0:127.0.0.1:1", "-N"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"remote port forwarding failed", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
