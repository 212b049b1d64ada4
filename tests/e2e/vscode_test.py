# SPDX-License-Identifier: Apache-2.0
"""VS Code's Remote - SSH, replayed by script behind `sallyport config ssh`: an install script on stdin that prints markers and leaves
a server behind on the target, then many connections to it through `-D` (or `-L` to its socket) while the first channel stays open."""
import concurrent.futures
import contextlib
import os
import signal
import socket
import subprocess
import threading
import unittest

import docs_of_clients_test as docs
import gate

CONNECTIONS = 24
SERVER = """
import os, socketserver, sys
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"%d\\n" % os.getpid())
        while data := self.request.recv(65536):
            self.request.sendall(data)
class Tcp(socketserver.ThreadingTCPServer): request_queue_size = 64
class Unix(socketserver.ThreadingUnixStreamServer): request_queue_size = 64
server = Unix(sys.argv[1], Echo) if sys.argv[1:] else Tcp(("127.0.0.1", 0), Echo)
print("listening on", server.server_address if sys.argv[1:] else server.server_address[1], flush=True)
server.serve_forever()
"""
# As the real one: says that it runs, finds its server or installs and starts it, waits for the log to tell where it
# listens, and prints that between two markers. The shell that reads it goes on reading.
SCRIPT = """echo "TOKEN: running"
mkdir -p DATA && cd DATA
if kill -0 "$(cat pid 2>/dev/null)" 2>/dev/null; then
echo "Found running server..."
else
cat > server.py <<'EOF'
%s
EOF
python3 server.py SOCKET > log 2>&1 < /dev/null &
echo $! > pid
fi
until grep -q "listening on" log; do sleep 0.1; done
echo "TOKEN: start"
echo "listeningOn==$(sed -n 's/^listening on //p' log)=="
echo "osReleaseId==$(. /etc/os-release && echo $ID)=="
echo "exitCode==0=="
echo "TOKEN: end"
""" % SERVER


class Window:
    """One window of VS Code: its ssh, and what the script told."""

    def __init__(self, test, *command, script):
        self.token = os.urandom(6).hex()
        self.client = subprocess.Popen(["ssh", "-F", test.config, *command], env=test.gate.environment(), stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        test.addCleanup(self.close)
        self.client.stdin.write(script.replace("TOKEN", self.token).encode())
        self.client.stdin.flush()
        self.said, self.facts = [], {}

    def resolve(self):
        """Reads until the script's last marker; the facts between the markers."""
        alarm = threading.Timer(gate.PATIENCE, self.client.kill)
        alarm.start()
        while f"{self.token}: end" not in self.said:
            line = self.client.stdout.readline().decode()
            if not line:
                raise AssertionError("the script ended early:\n" + "\n".join(self.said))
            self.said.append(line.rstrip("\n"))
        alarm.cancel()
        between = self.said[self.said.index(f"{self.token}: start") + 1:-1]
        self.facts = dict(line.rstrip("=").split("==") for line in between)
        return self

    def is_open(self):
        """Whether the first channel still answers."""
        self.client.stdin.write(b"echo still here\n")
        self.client.stdin.flush()
        return self.client.stdout.readline() == b"still here\n"

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.client.stdin.close()
        self.client.terminate()
        self.client.wait()
        self.client.stdout.close()


def by_socks(socks, port):
    """A connection to a port of the target's 127.0.0.1 through `-D` (RFC 1928)."""
    peer = socket.create_connection(("127.0.0.1", socks), timeout=gate.PATIENCE)
    peer.sendall(b"\x05\x01\x00")
    answer = peer.recv(2)
    peer.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + port.to_bytes(2, "big"))
    answer = peer.recv(10)
    if answer[1:2] != b"\x00":
        peer.close()
        raise ConnectionRefusedError("the forward is refused")
    return peer


def talk(connect, size=256 << 10):
    """Sends bytes and gets them back; what the server says of itself."""
    data = os.urandom(size)
    with connect() as peer:
        threading.Thread(target=lambda: (peer.sendall(data), peer.shutdown(socket.SHUT_WR)), daemon=True).start()
        out = b""
        while more := peer.recv(65536):
            out += more
    greeting, _, echoed = out.partition(b"\n")
    if echoed != data:
        raise AssertionError(f"{len(echoed)} of {len(data)} bytes came back right")
    return int(greeting)


def talk_at_once(connect):
    """Many connections side by side; the servers that answered."""
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        return set(pool.map(lambda _: talk(connect), range(CONNECTIONS)))


class VsCode(unittest.TestCase):
    def setUp(self):
        self.gate = gate.Gate()
        self.addCleanup(self.gate.close)
        self.config = self.gate.config_ssh(self.gate.path("home"))
        self.data = self.gate.path("server")
        self.addCleanup(self.kill_server)

    def kill_server(self):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(gate.read(self.data + "/pid")), signal.SIGKILL)

    def grant(self, lines):
        """A role with the lines of docs/clients.md, or others."""
        role = "".join(f"    {line}\n" for line in lines.splitlines())
        self.gate.change_policy(f"roles:\n  - name: ops\n    operators: ['@ops']\n    targets: ['acme+@all']\n"
                                f"    logins: ['{self.gate.user}']\n{role}")

    def window(self, *command, listen=""):
        return Window(self, *command, script=SCRIPT.replace("DATA", self.data).replace("SOCKET", listen)).resolve()

    def forwards(self, port):
        return [e for e in self.gate.events("forward.open") if e["destination"] == f"127.0.0.1:{port}"]

    def test_a_script_leaves_a_server_that_many_connections_and_the_next_client_reach(self):
        self.grant(docs.blocks("VS Code")[0])
        socks = gate.free_port()
        first = self.window("-T", "-D", str(socks), "server01", "bash")
        self.assertIn(f"{first.token}: running", first.said)
        self.assertNotIn("Found running server...", first.said)
        port, pid = int(first.facts["listeningOn"]), int(gate.read(self.data + "/pid"))
        self.assertEqual(talk_at_once(lambda: by_socks(socks, port)), {pid})
        self.assertTrue(first.is_open())
        self.assertEqual(talk_at_once(lambda: by_socks(socks, port)), {pid})
        first.close()
        self.gate.wait_events("ssh_session.end")
        os.kill(pid, 0)  # it lives

        again = gate.free_port()
        second = self.window("-T", "-D", str(again), "server01", "bash")
        self.assertIn("Found running server...", second.said)
        self.assertEqual(int(second.facts["listeningOn"]), port)
        self.assertEqual(talk(lambda: by_socks(again, port)), pid)
        second.close()
        self.gate.wait_events("ssh_session.end", 2)

        opened, closed = self.forwards(port), self.gate.events("forward.close")
        self.assertEqual(len(opened), 2 * CONNECTIONS + 1)
        self.assertEqual({e["channel_id"] for e in opened}, {e["channel_id"] for e in closed})
        self.assertEqual({e["bytes_in"] for e in closed}, {256 << 10})
        starts = self.gate.events("ssh_session.start")
        self.assertEqual([start["jump"]["host"] for start in starts], ["server01", "server01"])
        self.assertEqual({e["command"] for e in self.gate.events("channel.start")}, {"bash"})

    def test_the_script_runs_in_a_shell_without_a_terminal_too(self):
        self.grant("allow: [shell, forward_local]\nforward_to: ['127.0.0.1:*']")
        socks = gate.free_port()
        window = self.window("-v", "-T", "-D", str(socks), "-o", "ConnectTimeout=15", "server01")
        port = int(window.facts["listeningOn"])
        self.assertEqual(talk_at_once(lambda: by_socks(socks, port)), {int(gate.read(self.data + "/pid"))})
        self.assertTrue(window.is_open())
        self.assertEqual([e["kind"] for e in self.gate.events("channel.start")], ["shell"])

    def test_windows_that_share_a_connection_are_one_session(self):
        self.grant(docs.blocks("VS Code")[0])
        shared = ("-o", "ControlMaster=auto", "-o", f"ControlPath={self.gate.path('cm')}")
        first_socks, second_socks = gate.free_port(), gate.free_port()
        first = self.window(*shared, "-T", "-D", str(first_socks), "server01", "bash")
        second = self.window(*shared, "-T", "-D", str(second_socks), "server01", "bash")
        port, pid = int(first.facts["listeningOn"]), int(gate.read(self.data + "/pid"))
        for socks in (first_socks, second_socks):
            self.assertEqual(talk_at_once(lambda to=socks: by_socks(to, port)), {pid})
        second.close()
        self.assertTrue(first.is_open())
        self.assertEqual(talk(lambda: by_socks(first_socks, port)), pid)
        self.assertEqual(len(self.gate.events("ssh_session.start")), 1)
        self.assertEqual(len(self.gate.events("channel.start")), 2)

    def test_a_server_on_a_socket_is_reached_by_a_second_ssh(self):
        if not self.gate.has_own_libssh():
            self.skipTest("the system's libssh shows no path of a socket")
        self.grant("allow: [exec, forward_local]\nforward_to: ['unix:*']")
        first = self.window("-T", "server01", "bash", listen=self.gate.path("vscode-ssh-remote-server-sock"))
        path, port = first.facts["listeningOn"], gate.free_port()
        tunnel = Window(self, "-T", "-L", f"127.0.0.1:{port}:{path}", "-o", "ConnectTimeout=15", "server01", "bash",
                        script="echo 'TOKEN: start'; echo 'TOKEN: end'; while true; do sleep 180; echo -n ' '; done\n").resolve()
        pid = int(gate.read(self.data + "/pid"))
        self.assertEqual(talk_at_once(lambda: socket.create_connection(("127.0.0.1", port), timeout=gate.PATIENCE)), {pid})
        tunnel.close()
        self.assertTrue(first.is_open())
        opened = [e for e in self.gate.events("forward.open") if e["destination"] == f"unix:{path}"]
        self.assertEqual(len(opened), CONNECTIONS)

    def test_without_the_forward_the_script_runs_and_its_server_is_not_reached(self):
        self.grant("allow: [shell, exec, sftp, forward_local]\nforward_to: ['db.internal:5432']")
        socks = gate.free_port()
        window = self.window("-T", "-D", str(socks), "server01", "bash")
        port = int(window.facts["listeningOn"])
        with self.assertRaises(ConnectionRefusedError):
            talk(lambda: by_socks(socks, port))
        self.assertTrue(window.is_open())
        self.assertEqual(self.forwards(port), [])
        denied = self.gate.wait_events("access.denied")[-1]
        self.assertEqual((denied["kind"], denied["destination"]), ("forward", f"127.0.0.1:{port}"))


if __name__ == "__main__":
    gate.main()
