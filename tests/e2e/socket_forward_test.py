# SPDX-License-Identifier: Apache-2.0
"""-L to a unix socket of the target: where `forward_to` names its path, by the target's own sshd, and on record."""
import os
import signal
import socket
import subprocess
import threading

import forward_test as forwards
import gate
import raw_ssh as ssh


class Echo(forwards.Echo):
    """The same on a unix socket."""

    def listen(self, at):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(at)
        listener.listen()
        self.path = at
        return listener


class SocketForward(forwards.Forwarding, gate.GateTest):
    elsewhere = "unix:/elsewhere"

    @classmethod
    def services(cls):
        if not cls.gate.has_own_libssh():
            cls.gate.close()
            raise cls.skipTest(cls, "the system's libssh shows no path of a socket")
        names = (("echo", b""), ("other", b""), ("ssh", b"SSH-2.0-inner\r\n"))
        return [Echo(said, cls.gate.path(f"{name}.sock")) for name, said in names]

    @classmethod
    def granted(cls):
        return [f"unix:{cls.gate.path(name)}" for name in ("echo.sock", "ssh.sock", "absent.sock")]

    def tunnel(self, *options):
        """A client that only forwards; what it says is kept in a file."""
        log = open(self.gate.path("client.log"), "w+b")
        client = subprocess.Popen(self.gate.ssh_command("server01", "-N", "-o", "LogLevel=INFO", *options),
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.gate.folder,
                                  env=self.gate.environment())
        for last in (log.close, client.wait, client.terminate):
            self.addCleanup(last)
        return client

    def connect(self, family, where):
        def tried():
            peer = socket.socket(family)
            try:
                peer.connect(where)
                return peer
            except OSError:
                peer.close()
        made = gate.wait_for(tried, "the client to listen")
        made.settimeout(gate.PATIENCE)
        self.addCleanup(made.close)
        return made

    def through(self, path):
        """A client, and a connection by a port of its own to a socket of the target."""
        port = gate.free_port()
        client = self.tunnel("-L", f"{port}:{path}")
        return client, self.connect(socket.AF_INET, ("127.0.0.1", port))

    def echoing(self):
        client, peer = self.through(self.echo.path)
        peer.sendall(b"x")
        self.assertEqual(peer.recv(1), b"x")
        return client, peer

    def said(self, words):
        gate.wait_for(lambda: words in gate.read(self.gate.path("client.log")), f"the client to say {words}")

    def closed(self, is_it):
        return gate.wait_for(lambda: [e for e in self.gate.events("forward.close") if is_it(e)], "the close")[-1]

    def opened(self, path):
        return [e for e in self.gate.events("forward.open") if e["destination"] == f"unix:{path}"]

    def denied(self, path):
        return gate.wait_for(lambda: [e for e in self.gate.events("access.denied") if e.get("destination") == f"unix:{path}"],
                             "the refusal")[-1]

    def test_a_local_socket_and_a_local_port_lead_to_the_socket_and_are_on_record(self):
        local = self.gate.path("local.sock")
        self.tunnel("-L", f"{local}:{self.echo.path}")
        data = os.urandom(3 << 20)
        for connect in (lambda: self.connect(socket.AF_UNIX, local), lambda: self.through(self.echo.path)[1]):
            peer = connect()
            before = len(self.gate.events("forward.close"))
            threading.Thread(target=lambda to=peer: (to.sendall(data), to.shutdown(socket.SHUT_WR)), daemon=True).start()
            self.assertEqual(forwards.read_all(peer), data)
            closed = self.gate.wait_events("forward.close", before + 1)[-1]
            opened = self.opened(self.echo.path)[-1]
            self.assertEqual((closed["bytes_in"], closed["bytes_out"]), (len(data), len(data)))
            self.assertEqual(opened["channel_id"], closed["channel_id"])
            self.assertNotIn("origin", opened)
            self.assertNotIn("cause", closed)

    def test_a_socket_that_no_role_names_is_refused_in_words_and_on_record(self):
        _, peer = self.through(self.other.path)
        self.assertEqual(forwards.read_all(peer), b"")
        self.said("a forward to this place is not permitted here")
        denied = self.denied(self.other.path)
        self.assertEqual((denied["kind"], denied["reason"], denied["host"]), ("forward", "no_role", "server01"))
        self.assertEqual(self.opened(self.other.path), [])

    def test_a_star_is_every_socket_and_no_port(self):
        self.roles(places=["unix:*"])
        self.addCleanup(self.roles)
        _, peer = self.through(self.other.path)
        peer.sendall(b"any")
        self.assertEqual(peer.recv(3), b"any")
        done = self.gate.run(self.gate.ssh_command("server01", "-W", f"127.0.0.1:{self.gate.sshds[0].port + 1}"))
        self.assertNotEqual(done.returncode, 0)

    def test_other_words_for_the_same_socket_are_refused_and_on_record(self):
        self.roles(places=["unix:*"])
        self.addCleanup(self.roles)
        folder = os.path.dirname(self.echo.path)
        peer = ssh.proven(self.gate.port, self.gate.alice_key)
        self.addCleanup(peer.close)
        paths = (f"{folder}/../{os.path.basename(folder)}/echo.sock", f"{folder}//echo.sock", "echo.sock", "/x\x1b[2J.sock",
                 "/" + "x" * 107)
        for number, path in enumerate(paths):
            peer.send(ssh.OPEN, "direct-streamlocal@openssh.com", number, ssh.WINDOW, ssh.PACKET, path, "", 0)
            _, refusal = peer.hear(ssh.OPEN_FAILURE)
            self.assertEqual((refusal.get_int(), refusal.get_int(), refusal.get_string()),
                             (number, 1, b"sallyport: a forward to this place is not permitted here"))
            self.assertEqual(self.denied(path)["reason"], "no_role")
        for cut in ("/run\0/x.sock", ""):
            peer.send(ssh.OPEN, "direct-streamlocal@openssh.com", 9, ssh.WINDOW, ssh.PACKET, cut, "", 0)
            _, refusal = peer.hear(ssh.OPEN_FAILURE)
            self.assertEqual((refusal.get_int(), refusal.get_int()), (9, 1))

    def test_a_socket_that_is_absent_is_closed_with_the_targets_cause(self):
        _, peer = self.through(self.gate.path("absent.sock"))
        self.assertEqual(forwards.read_all(peer), b"")
        closed = self.closed(lambda e: e["channel_id"] in [o["channel_id"] for o in self.opened(self.gate.path("absent.sock"))])
        self.assertIn("connect failed", closed["cause"])
        self.assertEqual((closed["bytes_in"], closed["bytes_out"]), (0, 0))
        self.said(closed["cause"])

    def test_ssh_inside_is_seen_and_ended_unless_policy_allows_it(self):
        _, peer = self.through(self.ssh_like.path)
        self.assertEqual(forwards.read_all(peer), b"")
        seen = self.gate.wait_events("forward.ssh_seen")[-1]
        self.assertEqual((seen["from"], seen["permitted"], seen["destination"]), ("target", False, f"unix:{self.ssh_like.path}"))
        self.assertIn("SSH inside a forward", self.closed(lambda e: e["channel_id"] == seen["channel_id"])["cause"])
        self.roles(allow="forward_local, forward_ssh")
        self.addCleanup(self.roles)
        _, peer = self.through(self.ssh_like.path)
        peer.shutdown(socket.SHUT_WR)
        self.assertEqual(forwards.read_all(peer), b"SSH-2.0-inner\r\n")

    def test_who_has_no_session_here_gets_no_socket(self):
        peer = ssh.proven(self.gate.port, self.gate.alice_key, "sallyport")
        self.addCleanup(peer.close)
        peer.send(ssh.OPEN, "direct-streamlocal@openssh.com", 0, ssh.WINDOW, ssh.PACKET, self.echo.path, "", 0)
        _, refusal = peer.hear(ssh.OPEN_FAILURE)
        self.assertEqual((refusal.get_int(), refusal.get_int(), refusal.get_string()),
                         (0, 1, b"sallyport: there is no session here that could carry a forward"))
        self.assertEqual(self.denied(self.echo.path)["reason"], "no_session")


class Unwilling(gate.GateTest):
    options = {"sshd_extra": "AllowStreamLocalForwarding no"}

    def test_a_target_that_forwards_to_no_sockets_is_heard_in_its_own_words(self):
        if not self.gate.has_own_libssh():
            self.skipTest("the system's libssh shows no path of a socket")
        self.gate.write_policy(f"roles:\n  - {{name: ops, operators: ['@ops'], targets: ['acme+@all'], logins: ['{self.gate.user}'], "
                               "allow: [forward_local], forward_to: ['unix:/run/x.sock']}\n")
        self.gate.process.send_signal(signal.SIGHUP)
        self.gate.wait_events("policy.loaded", 2)
        peer = ssh.proven(self.gate.port, self.gate.alice_key)
        self.addCleanup(peer.close)
        peer.send(ssh.OPEN, "direct-streamlocal@openssh.com", 0, ssh.WINDOW, ssh.PACKET, "/run/x.sock", "", 0)
        _, refusal = peer.hear(ssh.OPEN_FAILURE)
        self.assertEqual((refusal.get_int(), refusal.get_int()), (0, 2))
        closed = self.gate.wait_events("forward.close")[-1]
        self.assertEqual(closed["cause"], "connect failed: open failed")  # OpenSSH's name for it, whatever the reason
        self.assertEqual(refusal.get_string().decode(), "sallyport: " + closed["cause"])


if __name__ == "__main__":
    gate.main()
