# SPDX-License-Identifier: Apache-2.0
"""Where operators arrive: addresses of the config or sockets of systemd, IPv4 and IPv6; and what systemd is told."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import gate


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


class ListeningGate(gate.Gate):
    """A gate whose `listen` is the test's."""

    def __init__(self, listen, **options):
        self.listen = listen
        super().__init__(**options)

    def write_config(self, extra=None):
        super().write_config(extra)
        path = self.path("sallyport.yml")
        gate.write(path, re.sub("(?m)^listen:.*$", f"listen: {self.listen}", gate.read(path)))

    def arrivals(self, count):
        return [event["client"]["address"] for event in self.wait_events("connection.open", count)]

    def ssh_to(self, address, port, command="true"):
        words = ["ssh", "-F", self.path("ssh_config"), "-p", str(port), "-l", "server01", address, command]
        return self.run(words)


class ActivatedGate(ListeningGate):
    """A gate that systemd starts at the first connection, with its sockets."""

    def __init__(self, sockets, **options):
        self.sockets = sockets
        self.knock = None
        super().__init__(**options)

    def daemon_command(self):
        return ["systemd-socket-activate", *(word for at in self.sockets for word in ("-l", at)), *super().daemon_command()]

    def start(self, **environment):
        at = self.sockets[0]
        knocking = socket.socket(socket.AF_UNIX if at.startswith("/") else socket.AF_INET)
        where = at if at.startswith("/") else ("127.0.0.1", int(at.rsplit(":", 1)[1]))
        self.knock = lambda: knocking.connect_ex(where)
        with knocking:
            return super().start(**environment)

    def log_text(self):
        if self.knock:
            self.knock()
        return super().log_text()


class GatesTest(unittest.TestCase):
    def keep(self, made):
        self.addCleanup(made.close)
        self.addCleanup(lambda: self._outcome.success or print(made.log_text()))
        return made

    def ports(self, bastion, count):
        """The port on each of the `count` addresses: the gate waits for the first line alone."""
        def told():
            found = re.findall(r"msg=listening address=(\S+):(\d+)\n", bastion.log_text())
            return len(found) >= count and {address: int(port) for address, port in found}

        return gate.wait_for(told, f"{count} addresses to be listened on")


class Listening(GatesTest):
    @unittest.skipUnless(has_ipv6(), "no IPv6 on loopback")
    def test_ipv4_and_ipv6_addresses_of_the_config_both_let_in(self):
        bastion = self.keep(ListeningGate('["127.0.0.1:0", "[::1]:0"]'))
        ports = self.ports(bastion, 2)
        self.assertEqual(set(ports), {"127.0.0.1", "[::1]"})
        for address in ("127.0.0.1", "::1"):
            port = ports[address if "." in address else f"[{address}]"]
            self.assertEqual(bastion.ssh_to(address, port).returncode, 0)
        self.assertEqual(bastion.arrivals(2), ["127.0.0.1", "::1"])

    @unittest.skipUnless(has_ipv6(), "no IPv6 on loopback")
    def test_who_comes_by_ipv4_to_a_socket_of_both_is_known_by_the_ipv4_address(self):
        bastion = self.keep(ListeningGate('["[::]:0"]', start=False))
        bastion.write_policy(f"roles:\n  - {{name: ops, operators: ['@ops'], targets: ['acme+@all'], logins: ['{bastion.user}'], "
                             "allow: [exec], sources: ['127.0.0.0/8']}\n")
        bastion.start()
        self.assertEqual(bastion.ssh_to("127.0.0.1", bastion.port).returncode, 0)
        self.assertEqual(bastion.ssh_to("::1", bastion.port).returncode, 255)
        self.assertEqual(bastion.arrivals(2), ["127.0.0.1", "::1"])

    @unittest.skipUnless(has_ipv6(), "no IPv6 on loopback")
    def test_all_addresses_of_both_kinds_can_be_named_beside_each_other(self):
        port = gate.free_port()
        bastion = self.keep(ListeningGate(f'["[::]:{port}", "0.0.0.0:{port}"]'))
        for address in ("127.0.0.1", "::1"):
            self.assertEqual(bastion.ssh_to(address, port).returncode, 0)
        self.assertEqual(bastion.arrivals(2), ["127.0.0.1", "::1"])

    def test_an_address_that_is_not_ours_refuses_to_start_in_words(self):
        for listen, words in (("192.0.2.1:0", b"listen on 192.0.2.1:0: Cannot assign requested address"),
                              ("::1:2222", b"ADDRESS:PORT")):
            bastion = self.keep(ListeningGate(f'["127.0.0.1:0", "{listen}"]', start=False))
            done = bastion.run([gate.DAEMON, "--config", bastion.path("sallyport.yml")])
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stderr)


@unittest.skipUnless(shutil.which("systemd-socket-activate"), "no systemd-socket-activate here")
class Activated(GatesTest):
    @unittest.skipUnless(has_ipv6(), "no IPv6 on loopback")
    def test_sockets_of_systemd_take_the_place_of_the_config(self):
        own, four, six = gate.free_port(), gate.free_port(), gate.free_port()
        bastion = self.keep(ActivatedGate([f"127.0.0.1:{four}", f"[::1]:{six}"], listen=f'["127.0.0.1:{own}"]'))
        self.assertEqual(self.ports(bastion, 2), {"127.0.0.1": four, "[::1]": six})
        for address, port in (("127.0.0.1", four), ("::1", six)):
            done = bastion.ssh_to(address, port, "echo here; exit 7")
            self.assertEqual((done.returncode, done.stdout), (7, b"here\n"))
            self.assertEqual(bastion.events("connection.open")[-1]["client"]["address"], address)
        with socket.socket() as probe:
            self.assertNotEqual(probe.connect_ex(("127.0.0.1", own)), 0)
        self.assertEqual(bastion.stop(), 0)

    def test_what_is_no_listening_tcp_socket_is_refused_in_words(self):
        folder = tempfile.mkdtemp(dir="/tmp")
        self.addCleanup(shutil.rmtree, folder)
        bastion = self.keep(ActivatedGate([folder + "/socket"], listen='["127.0.0.1:0"]', start=False))
        with self.assertRaisesRegex(AssertionError, "no listening TCP socket"):
            bastion.start()


class NotifiedGate(ListeningGate):
    """A gate that tells a socket of the test's what it would tell systemd."""

    def __init__(self, **options):
        self.messages = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.messages.settimeout(gate.PATIENCE)
        super().__init__('["127.0.0.1:0"]', **options)

    def start(self, **environment):
        path = self.path("notify")
        self.messages.bind(path)
        return super().start(NOTIFY_SOCKET=path, **environment)

    def told(self):
        return dict(line.split("=", 1) for line in self.messages.recv(4096).decode().split("\n"))

    def close(self):
        super().close()
        self.messages.close()


class Notified(GatesTest):
    def make(self, **options):
        return self.keep(NotifiedGate(**options))

    def open(self, bastion):
        command = "echo ready; while read -r line && [ $line != bye ]; do echo $line; done"
        client = subprocess.Popen(bastion.ssh_command() + [command], env=bastion.environment(), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        self.assertEqual(client.stdout.readline(), b"ready\n")
        return client

    def test_systemd_is_told_when_operators_may_come_and_of_every_reload(self):
        bastion = self.make()
        self.assertEqual(bastion.told(), {"READY": "1"})
        self.assertIn("msg=listening", bastion.log_text())
        good = gate.read(bastion.path("policy.yml"))
        for policy in (good, good + "rolez: []\n"):
            gate.write(bastion.path("policy.yml"), policy)
            bastion.process.send_signal(signal.SIGHUP)
            reloading = bastion.told()
            self.assertEqual(reloading["RELOADING"], "1")
            self.assertRegex(reloading["MONOTONIC_USEC"], r"^\d+$")
            self.assertEqual(bastion.told(), {"READY": "1"})
        self.assertEqual(len(bastion.wait_events("config.refused")), 1)
        self.assertEqual(bastion.ssh("true").returncode, 0)

    def test_systemd_is_told_of_a_stop_before_the_wait_for_sessions(self):
        bastion = self.make(config="timeouts: {drain: 90s}")
        bastion.told()
        client = self.open(bastion)
        bastion.process.send_signal(signal.SIGTERM)
        stopping = bastion.told()
        self.assertEqual(stopping["STOPPING"], "1")
        self.assertGreaterEqual(int(stopping["EXTEND_TIMEOUT_USEC"]), 90_000_000)
        self.assertIsNone(client.poll())
        client.stdin.write(b"here\n")
        self.assertEqual(client.stdout.readline(), b"here\n")
        gate.wait_for(lambda: bastion.ssh("true").returncode == 255, "newcomers to find nobody")
        client.stdin.write(b"bye\n")
        self.assertEqual(client.wait(gate.PATIENCE), 0)
        self.assertEqual(bastion.process.wait(gate.PATIENCE), 0)

    def test_who_does_not_start_does_not_say_that_it_is_ready(self):
        bastion = self.make(config="nodez: x", start=False)
        with self.assertRaisesRegex(AssertionError, "nodez"):
            bastion.start()
        bastion.messages.setblocking(False)
        self.assertRaises(BlockingIOError, bastion.told)

    def test_a_reload_while_it_stops_ends_nothing_and_a_second_stop_ends_the_wait(self):
        bastion = self.make(config="timeouts: {drain: 10m}")
        client = self.open(bastion)
        bastion.process.send_signal(signal.SIGTERM)
        gate.wait_for(lambda: "msg=draining" in bastion.log_text(), "the stop to begin")
        bastion.process.send_signal(signal.SIGHUP)
        client.stdin.write(b"here\n")
        self.assertEqual(client.stdout.readline(), b"here\n")
        self.assertEqual(bastion.stop(), 0)
        self.assertIn(b"shutting down", client.stderr.read())
        self.assertEqual(bastion.events("ssh_session.end")[-1]["end_reason"], "shutdown")


class Journal(unittest.TestCase):
    """Where stderr is the journal's stream, each line begins with its priority; elsewhere with its time."""

    def said(self, is_named):
        made = gate.Gate(start=False, config="limits: {connections: 9000000}")
        self.addCleanup(made.close)
        with open(made.path("stderr"), "w+b") as stream:
            at = os.fstat(stream.fileno())
            environment = {**os.environ, "JOURNAL_STREAM": f"{at.st_dev}:{at.st_ino if is_named else at.st_ino + 1}"}
            made.process = subprocess.Popen([gate.DAEMON, "--config", made.path("sallyport.yml")], env=environment, stdin=subprocess.DEVNULL,
                                            stderr=stream)
            gate.wait_for(lambda: "msg=listening" in gate.read(made.path("stderr")), "the daemon to listen")
        return gate.read(made.path("stderr")).splitlines()

    def test_the_journal_is_told_the_priority_of_each_line(self):
        lines = self.said(is_named=True)
        self.assertTrue(all(re.match(r"<[3467]>level=\w+ msg=", line) for line in lines), lines)
        self.assertTrue(any(line.startswith("<4>level=warning msg=\"too few descriptors") for line in lines), lines)
        self.assertTrue(any(line.startswith("<6>level=info msg=listening") for line in lines), lines)

    def test_a_stream_that_is_not_the_journals_is_told_the_time(self):
        lines = self.said(is_named=False)
        self.assertTrue(all(re.match(r"\d{4}-\d\d-\d\dT\S+ level=\w+ msg=", line) for line in lines), lines)


if __name__ == "__main__":
    gate.main()
