# SPDX-License-Identifier: Apache-2.0
"""The unit as it is installed: the daemon serves under systemd, confined by every line of it, and nothing is amiss."""
import ctypes
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import threading
import unittest
import urllib.request

import gate
import machine
from terminal_test import Terminal

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
SERVICE = "sallyportd.service"
# Not of the unit: where a test reads the log, and a leak check that would have to trace its own process.
DROP_IN = "[Service]\nStandardError=append:/run/sallyportd.log\nEnvironment=ASAN_OPTIONS=detect_leaks=0\n"


class Names(threading.Thread):
    """A name server that knows one name: `target.example.test` is 127.0.0.1."""

    name = b"\x06target\x07example\x04test\x00"
    address = b"\xc0\x0c\0\1\0\1\0\0\0\x0a\0\4\x7f\0\0\1"

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.start()

    def run(self):
        while True:
            query, asker = self.socket.recvfrom(512)
            end = query.index(b"\0", 12) + 5
            is_known = query[12:end - 4].lower() == self.name
            answers = is_known and query[end - 4:end] == b"\0\1\0\1"
            flags = b"\x81\x80" if is_known else b"\x81\x83"
            self.socket.sendto(query[:2] + flags + b"\0\1" + (b"\0\1" if answers else b"\0\0") + b"\0\0\0\0" + query[12:end] +
                               (self.address if answers else b""), asker)


def documented_steps():
    """What docs/operations.md tells an administrator to type, after the programs are installed."""
    block = re.search(r"```sh\n(cmake --install.*?)```", (DOCS / "operations.md").read_text(), re.S).group(1)
    return "\n".join(line for line in block.splitlines() if not line.startswith("cmake"))


class UnitGate(gate.Gate):
    """The gate as the service of a machine, with the paths of an installed one."""

    def __init__(self, drop_in="", **options):
        self.machine = MACHINE
        self.drop_in = drop_in
        super().__init__(**options)

    def within(self, path):
        return str(self.machine.root) + path

    def write_inventory(self, text=None):
        super().write_inventory(text)
        path = self.path("ws/inventory.yml")
        gate.write(path, gate.read(path).replace("ansible_host: 127.0.0.1", "ansible_host: target.example.test"))

    def write_config(self, extra=None):
        gate.write(self.path("sallyport.yml"), f"""
node: gate-test
listen: ["127.0.0.1:2222"]
workspaces:
  - {{name: acme, path: /srv/acme, host_keys: pin-on-first-use, key: artifacts/secrets/id_ed25519}}
{self.extra_config if extra is None else extra}
""")

    def copy_files(self):
        """Brings config, policy and workspace to where an administrator has them."""
        self.machine.do("rm", "-rf", "/srv/acme", "/root/files")
        self.machine.do("mkdir", "/root/files")
        subprocess.run(["cp", "-r", self.path("ws"), self.within("/srv/acme")], check=True)
        subprocess.run(["cp", self.path("sallyport.yml"), self.path("policy.yml"), self.within("/root/files")], check=True)

    def install(self):
        self.copy_files()
        self.machine.do("sh", "-exc", "cd /root/files\n" + documented_steps())

    def start(self, **_):
        self.log = self.within("/run/sallyportd.log")
        self.log_from = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        self.port = 2222
        self.write_ssh_config()
        for folder in ("/var/lib/sallyport", "/var/lib/sallyport-keys", "/var/log/sallyport"):
            self.machine.do("rm", "-rf", folder)
        gate.write(self.within(f"/etc/systemd/system/{SERVICE}.d/test.conf"), DROP_IN + self.drop_in)
        self.install()
        return self

    def show(self, *names):
        out = self.machine.do("systemctl", "show", SERVICE, *(word for name in names for word in ("-p", name)))
        return dict(line.split("=", 1) for line in out.splitlines())

    def health(self):
        return self.show("ActiveState", "NRestarts", "Result")

    def stop(self, how=None):
        self.machine.do("systemctl", "stop", SERVICE)
        self.machine.run("systemctl", "reset-failed", SERVICE)

    def close(self):
        self.stop()
        super().close()

    def reload(self):
        self.copy_files()
        self.machine.do("sh", "-exc", "cd /root/files\n" + documented_steps().split("systemctl")[0])
        self.machine.do("systemctl", "reload", SERVICE)

    def as_daemon(self, *words):
        return self.machine.run("runuser", "-u", "sallyport", "--", "/usr/sbin/sallyportd", *words)

    def lines(self):
        done = self.as_daemon("store", "export")
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout.splitlines()

    def recordings(self):
        return sorted(pathlib.Path(self.within("/var/lib/sallyport/recordings")).glob("*.rec"))


def clock_in_health():
    with urllib.request.urlopen("http://127.0.0.1:9642/healthz", timeout=gate.PATIENCE) as answer:
        return json.load(answer)["clock"]


def clock_of_kernel():
    """The same by other means: struct timex has its status behind modes, offset, freq, maxerror and esterror."""
    timex = ctypes.create_string_buffer(1024)
    if ctypes.CDLL(None, use_errno=True).adjtimex(timex) < 0:
        return "unknown"
    return "unsynchronised" if struct.unpack_from("@i4li", timex)[5] & 0x40 else "synchronised"


# Stops one thread, and only that one, for as long as this runs; ends when the thread does.
HANG = """
import ctypes, os, sys
thread = int(sys.argv[1])
ptrace = ctypes.CDLL(None, use_errno=True).ptrace
if ptrace(0x4206, thread, 0, 0) != 0 or ptrace(0x4207, thread, 0, 0) != 0:  # PTRACE_SEIZE, PTRACE_INTERRUPT
    sys.exit(os.strerror(ctypes.get_errno()))
os.waitpid(thread, 0x40000000)  # __WALL: it stands
print("hangs", flush=True)
while not os.WIFEXITED((status := os.waitpid(thread, 0x40000000)[1])) and not os.WIFSIGNALED(status):
    pass
"""


def thread_named(name):
    """A thread of the service, as the test sees it."""
    for comm in pathlib.Path("/proc").glob("[0-9]*/task/[0-9]*/comm"):
        try:
            if comm.read_text().strip() == name and os.path.basename(os.readlink(comm.parents[2] / "exe")) == "sallyportd":
                return comm.parent.name
        except OSError:
            pass
    raise AssertionError(f"no thread {name}")


GOOD = {"ActiveState": "active", "NRestarts": "0", "Result": "success"}


class Flows:
    """What operators and auditors do, all of it; the service must stay as it is."""

    def tearDown(self):
        self.assertEqual(self.gate.health(), GOOD)

    def test_a_command_gives_its_output_and_exit_code(self):
        done = self.gate.ssh("echo out; echo err >&2; exit 7")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (7, b"out\n", b"err\n"))

    def test_a_terminal_follows_its_shell_and_is_recorded(self):
        terminal = Terminal(self.gate, command=["/bin/sh"])
        terminal.type("echo typed-$((40 + 2)); stty size\n")
        terminal.wait("30 100")
        terminal.resize(70, 20)
        gate.wait_for(lambda: (terminal.type("stty size\n"), terminal.read(), b"20 70" in terminal.shown)[-1], "the new size")
        terminal.type("exit 5\n")
        self.assertEqual(terminal.finish(), 5)
        self.assertTrue(any(b"typed-42" in path.read_bytes() for path in self.gate.recordings()))
        self.assertEqual({path.stat().st_mode & 0o777 for path in self.gate.recordings()}, {0o600})

    def test_sftp_brings_a_file_there_and_back(self):
        there, back, data = self.gate.path("there"), self.gate.path("back"), os.urandom(3_000_000)
        pathlib.Path(self.gate.path("data")).write_bytes(data)
        done = self.gate.run(["sftp", "-b", "-", "-F", self.gate.path("ssh_config"), "server01@127.0.0.1"],
                             input=f"put data {there}\nget {there} {back}\n".encode())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(pathlib.Path(back).read_bytes(), data)

    def test_channels_of_one_connection_are_one_session(self):
        control = self.gate.path("cm")
        master = subprocess.Popen(self.gate.ssh_command("server01", "-M", "-S", control, "-N"), env=self.gate.environment(),
                                  stdin=subprocess.DEVNULL)
        gate.wait_for(lambda: os.path.exists(control), "the master's socket")
        runs = [subprocess.Popen(self.gate.ssh_command("server01", "-S", control) + [f"exit {i}"], env=self.gate.environment(),
                                 stdin=subprocess.DEVNULL) for i in range(5)]
        self.assertEqual([run.wait(gate.PATIENCE) for run in runs], list(range(5)))
        self.gate.run(["ssh", "-S", control, "-O", "exit", "x"])
        master.wait(gate.PATIENCE)
        end = self.gate.settled()[-1]
        ends = [event for event in self.gate.events("channel.end") if event["session_id"] == end["session_id"]]
        self.assertEqual(sorted(event["exit_code"] for event in ends), list(range(5)))

    def test_the_api_exports_what_the_verifier_calls_whole(self):
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        environment = {"SALLYPORT_BASTION": "127.0.0.1", "SALLYPORT_PORT": "2222", "SALLYPORT_KNOWN_HOSTS": self.gate.path("known_hosts"),
                       "SALLYPORT_SSH_OPTIONS": "-F " + self.gate.path("ssh_config")}
        export = self.gate.run([gate.CLI, "audit", "export"], env=environment)
        self.assertEqual(export.returncode, 0, export.stderr)
        self.assertIn(b'"type":"ssh_session.start"', export.stdout)
        pathlib.Path(self.gate.path("export")).write_bytes(export.stdout)
        verified = self.gate.run([gate.CLI, "audit", "verify", self.gate.path("export")])
        self.assertEqual(verified.returncode, 0, verified.stdout)

    def test_the_record_is_whole_for_the_daemons_own_user(self):
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        self.gate.wait_events("ssh_session.end")
        verified = self.gate.as_daemon("store", "verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertIn(" gate-test ", gate.read(self.gate.within("/var/log/sallyport/anchors")))

    def test_a_reload_takes_the_new_policy(self):
        self.addCleanup(lambda: (self.gate.write_policy(), self.gate.reload()))
        self.gate.write_policy("roles: []\n")
        self.gate.reload()
        gate.wait_for(lambda: self.gate.ssh("true").returncode == 255, "the policy to let nobody in")
        self.assertEqual(self.gate.health(), GOOD)
        self.gate.write_policy()
        self.gate.reload()
        gate.wait_for(lambda: self.gate.ssh("true").returncode == 0, "the policy to let alice in")

    def test_strangers_are_refused_and_on_record(self):
        refused = self.gate.ssh("true", options=("-i", self.gate.bob_key, "-o", f"IdentityFile={self.gate.bob_key}"), target="server02")
        self.assertEqual(refused.returncode, 255)
        self.gate.wait_events("access.denied")


class AsInstalled(Flows, gate.GateTest):
    @classmethod
    def setUpClass(cls):
        cls.gate = UnitGate()

    def test_the_daemon_is_confined(self):
        pid = self.gate.show("MainPID")["MainPID"]
        status = dict(line.split(":\t", 1) for line in self.gate.machine.do("cat", f"/proc/{pid}/status").splitlines() if ":\t" in line)
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"], status["Umask"]), ("1", "2", "0077"))
        self.assertEqual(status["Uid"].split()[0], self.gate.machine.do("id", "-u", "sallyport").strip())
        self.assertRegex(self.gate.machine.do("cat", f"/proc/{pid}/limits"), r"Max core file size +0 +0 ")


    def test_health_knows_of_the_clock_what_the_kernel_knows(self):
        self.assertEqual(clock_in_health(), clock_of_kernel())


class WhereTheFilterKills(Flows, gate.GateTest):
    """A call that the filter refuses is an error that may go unseen; here it ends the daemon, so there is none."""

    @classmethod
    def setUpClass(cls):
        cls.gate = UnitGate(drop_in="SystemCallErrorNumber=\n")


class Watchful(unittest.TestCase):
    def make(self, **options):
        made = UnitGate(**options)
        self.addCleanup(made.close)
        self.addCleanup(lambda: self._outcome.success or print(made.log_text()))
        return made

    def open(self, bastion, command):
        client = subprocess.Popen(bastion.ssh_command() + [command], env=bastion.environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        self.assertEqual(client.stdout.readline(), b"ready\n")
        return client

    def test_a_filter_that_breaks_something_is_noticed(self):
        broken = "SystemCallFilter=~fdatasync\n"
        for drop_in, works in (("", True), (broken, False), (broken + "SystemCallErrorNumber=\n", False)):
            with self.subTest(drop_in=drop_in):
                bastion = self.make(drop_in=drop_in, start=False)
                self.assertEqual(self.works(bastion), works)
                bastion.stop()

    def works(self, bastion):
        try:
            bastion.start()
        except AssertionError as error:
            self.assertIn(f"Job for {SERVICE} failed", str(error))
            return False
        return bastion.ssh("true").returncode == 0 and bastion.health() == GOOD

    def test_a_stop_waits_for_sessions_beyond_the_units_own_patience(self):
        bastion = self.make(drop_in="TimeoutStopSec=1\n", config="timeouts: {drain: 60s}")
        client = self.open(bastion, "echo ready; sleep 4; echo done")
        MACHINE.do("systemctl", "stop", SERVICE)
        self.assertEqual(client.communicate(timeout=gate.PATIENCE)[0], b"done\n")
        self.assertEqual(client.returncode, 0)
        self.assertEqual(bastion.health(), {**GOOD, "ActiveState": "inactive"})
        self.assertEqual(bastion.events("ssh_session.end")[-1]["end_reason"], "exit")

    def test_after_a_kill_it_comes_back_and_every_start_has_its_end(self):
        bastion = self.make()
        self.open(bastion, "echo ready; sleep 600")
        MACHINE.do("systemctl", "kill", "--signal=KILL", SERVICE)
        gate.wait_for(lambda: bastion.health() == {**GOOD, "NRestarts": "1"}, "the daemon to be back")
        self.assertEqual(bastion.ssh("true").returncode, 0)
        self.assertEqual(bastion.wait_events("ssh_session.end", 2)[0]["end_reason"], "crash")
        self.assertEqual(bastion.as_daemon("store", "verify").returncode, 0)

    def test_a_clock_that_may_not_be_asked_for_is_unknown_and_harms_nobody(self):
        bastion = self.make(drop_in="ProtectClock=yes\n")
        self.assertEqual(clock_in_health(), "unknown")
        self.assertEqual(bastion.ssh("true").returncode, 0)

    def test_a_daemon_whose_workers_turn_is_left_alone_and_one_hung_worker_ends_it(self):
        bastion = self.make(drop_in="WatchdogSec=2\nTimeoutAbortSec=5\n", config="workers: 2")
        fed = lambda: int(bastion.show("WatchdogTimestampMonotonic")["WatchdogTimestampMonotonic"])
        begin = fed()
        gate.wait_for(lambda: fed() > begin + 5_000_000, "the watchdog to be fed beyond its time")
        self.assertEqual(bastion.health(), GOOD)
        for worker, restarts in (("worker-1", "1"), ("worker-0", "2")):
            hung = subprocess.Popen([sys.executable, "-c", HANG, thread_named(worker)], stdout=subprocess.PIPE, text=True)
            self.addCleanup(hung.kill)
            self.assertEqual(hung.stdout.readline(), "hangs\n")
            gate.wait_for(lambda: bastion.health() == {**GOOD, "NRestarts": restarts}, "the daemon to be started anew")
            hung.communicate(timeout=gate.PATIENCE)
        self.assertEqual(bastion.ssh("true").returncode, 0)

    def test_the_socket_unit_gives_port_22_to_a_daemon_without_rights(self):
        bastion = self.make()
        bastion.stop()
        gate.write(bastion.within("/etc/systemd/system/sallyportd.socket.d/port.conf"), "[Socket]\nListenStream=\nListenStream=22\n", 0o644)
        self.addCleanup(MACHINE.do, "systemctl", "disable", "--now", "sallyportd.socket")
        MACHINE.do("systemctl", "daemon-reload")
        MACHINE.do("systemctl", "enable", "--now", "sallyportd.socket")
        bastion.port = 22
        bastion.write_ssh_config()
        self.assertEqual(bastion.ssh("exit 7").returncode, 7)
        self.assertEqual(bastion.events("connection.open")[-1]["client"]["address"], "127.0.0.1")
        self.assertEqual(bastion.health(), GOOD)


if __name__ == "__main__":
    machine.enter()
    MACHINE = machine.Machine()
    try:
        Names()
        pathlib.Path(MACHINE.root / "etc/resolv.conf").unlink()
        (MACHINE.root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        MACHINE.boot()
        subprocess.run(["cmake", "--install", gate.BUILD, "--prefix", str(MACHINE.root / "usr")], check=True, capture_output=True)
        MACHINE.do("systemctl", "daemon-reload")
        gate.main()
    finally:
        MACHINE.close()
