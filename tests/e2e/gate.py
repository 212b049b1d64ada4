# SPDX-License-Identifier: Apache-2.0
"""A bastion between real clients and real targets, in a temporary folder of its own.

Everything is started on free ports of loopback and ended by process id; `run` shows the daemon's log when it fails.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

BUILD = os.environ.get("SALLYPORT_BUILD", os.path.join(os.path.dirname(__file__), "../../build/dev"))
DAEMON = os.path.join(BUILD, "daemon/sallyportd")
CLI = os.path.join(BUILD, "cli/sallyport")
PATIENCE = float(os.environ.get("SALLYPORT_TEST_PATIENCE", "30"))


def is_sanitized():
    """Whether the daemon under test was built with AddressSanitizer, which makes it larger and slower."""
    with open(DAEMON, "rb") as file:
        return b"__asan_init" in file.read()


def wait_for(condition, what, patience=PATIENCE):
    """Waits until `condition()` gives something true and returns it."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(f"waited {patience} s in vain for {what}")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def write(path, text, mode=0o600):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def channel_frames(recording):
    """Channel, kind and payload of every whole frame of a recording (docs/recording.md)."""
    at = 8 + 1 + 36 + 8
    while at + 17 <= len(recording):
        size = int.from_bytes(recording[at:at + 4], "big")
        if at + 17 + size > len(recording):
            return
        yield int.from_bytes(recording[at + 4:at + 8], "big"), recording[at + 16], recording[at + 17:at + 17 + size]
        at += 17 + size


def frames(recording):
    """Kind and payload of every whole frame of a recording, whatever its channel."""
    return ((kind, payload) for _, kind, payload in channel_frames(recording))


class Sshd:
    """A throw-away target: the system's sshd with keys of its own, for the user who runs the test, whose own start-up
    files it leaves alone: what they do takes its time."""

    def __init__(self, folder, authorized_keys, extra="", max_startups="200"):
        os.makedirs(folder)
        self.folder = folder
        self.host_key = os.path.join(folder, "host_key")
        make_key(self.host_key)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # sshd's own privilege separation wants it
        self.authorized_keys = authorized_keys
        self.extra = extra
        self.max_startups = max_startups
        self.port = free_port()
        self.start()

    def start(self):
        config = write(os.path.join(self.folder, "sshd_config"), f"""
ListenAddress 127.0.0.1
Port {self.port}
HostKey {self.host_key}
AuthorizedKeysFile {self.authorized_keys}
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
PasswordAuthentication no
MaxSessions 100
MaxStartups {self.max_startups}
AcceptEnv LANG LC_* GIT_PROTOCOL
SetEnv HOME={self.folder}
PrintMotd no
PrintLastLog no
Subsystem sftp internal-sftp
{self.extra}
""")
        self.log = os.path.join(self.folder, "sshd.log")
        self.process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", config, "-E", self.log],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(self.log) and "Server listening" in read(self.log), "sshd to listen")

    def stop(self):
        self.process.kill()
        self.process.wait()


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_key(path, kind="ed25519"):
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", path], check=True, stdin=subprocess.DEVNULL)
    return read(path + ".pub").strip()


class Gate:
    """sallyportd with a workspace `acme` of targets, an operator `alice` and one `bob` without rights."""

    targets = 1

    def __init__(self, targets=1, config="", roles=None, sshd_extra="", start=True, host_keys="pin-on-first-use",
                 max_startups="200"):
        self.folder = tempfile.mkdtemp(prefix="sallyport-test-", dir="/tmp")
        self.user = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
        self.extra_config = config
        self.host_keys = host_keys
        self.alice_key = self.path("alice")
        self.bob_key = self.path("bob")
        alice, bob = make_key(self.alice_key), make_key(self.bob_key)
        os.makedirs(self.path("ws/artifacts/secrets"))
        make_key(self.path("ws/artifacts/secrets/id_ed25519"))
        authorized = self.path("authorized_keys")
        write(authorized, read(self.path("ws/artifacts/secrets/id_ed25519.pub")) + alice + "\n")
        self.sshds = [Sshd(self.path(f"target{i + 1}"), authorized, sshd_extra, max_startups) for i in range(targets)]
        self.write_inventory()
        self.operators = f"operators:\n  alice: {{keys: [\"{alice}\"], groups: [ops]}}\n  bob: {{keys: [\"{bob}\"]}}\n"
        self.write_policy(roles)
        self.write_config()
        self.process = None
        self.port = 0
        if start:
            self.start()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write_inventory(self, text=None):
        hosts = "".join(f"        server{i + 1:02}: {{ansible_host: 127.0.0.1, ansible_port: {sshd.port}, "
                        f"ansible_user: {self.user}}}\n" for i, sshd in enumerate(self.sshds))
        write(self.path("ws/inventory.yml"), text or "all:\n  children:\n    web:\n      hosts:\n" + hosts)

    def write_hosts(self, ports):
        """An inventory of hosts by name and port, all on loopback."""
        self.write_inventory("all:\n  hosts:\n" + "".join(
            f"    {name}: {{ansible_host: 127.0.0.1, ansible_port: {port}, ansible_user: {self.user}}}\n" for name, port in ports.items()))

    def write_policy(self, roles=None):
        roles = roles or (f"roles:\n  - {{name: ops, operators: ['@ops'], targets: ['acme+@all'], logins: ['{self.user}'], "
                          "allow: [shell, exec, sftp, subsystem], desk: admin}\n")
        write(self.path("policy.yml"), self.operators + roles)

    def change_policy(self, roles):
        """Has the daemon follow other roles."""
        self.write_policy(roles)
        loaded = len(self.events("policy.loaded"))
        self.process.send_signal(signal.SIGHUP)
        self.wait_events("policy.loaded", loaded + 1)

    def write_config(self, extra=None):
        write(self.path("sallyport.yml"), f"""
node: gate-test
listen: ["127.0.0.1:{getattr(self, 'port', 0) or 0}"]
state: state
keys: keys
anchors: anchors/anchors
http: "127.0.0.1:0"
workspaces:
  - {{name: acme, path: ws, host_keys: {self.host_keys}, key: artifacts/secrets/id_ed25519}}
{self.extra_config if extra is None else extra}
""")

    def daemon_command(self):
        return [DAEMON, "--config", self.path("sallyport.yml"), "--verbose"]

    def start(self, **environment):
        """Starts the daemon, with `environment` added to our own."""
        self.log = self.path("sallyportd.log")
        self.log_from = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        with open(self.log, "a", encoding="utf-8") as log:
            # A session of its own, as under systemd: Linux shares a core out among sessions first.
            self.process = subprocess.Popen(self.daemon_command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, env={**os.environ, **environment})

        def listening():
            if self.process.poll() is not None:
                raise AssertionError("sallyportd ended at once:\n" + self.log_text())
            return re.search(r"msg=listening address=(?:127\.0\.0\.1|\[::\]):(\d+)", self.log_text())

        self.port = int(wait_for(listening, "sallyportd to listen").group(1))
        self.write_ssh_config()
        return self

    def write_ssh_config(self):
        write(self.path("ssh_config"), f"""
Host *
  Port {self.port}
  IdentityFile {self.alice_key}
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile {self.path('known_hosts')}
  BatchMode yes
  LogLevel ERROR
""")

    def log_text(self):
        with open(self.log, "rb") as file:
            file.seek(self.log_from)
            return file.read().decode("utf-8", "replace")

    def has_own_libssh(self):
        """Whether the daemon runs with our libssh; a test of what the system's lacks is skipped with the reason."""
        return "private=yes" in self.log_text()

    def stop(self, how=signal.SIGTERM):
        """Ends the daemon and gives its exit code."""
        if self.process is None:
            return None
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for sshd in self.sshds:
            sshd.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Clients

    def environment(self, **extra):
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {**kept, "HOME": self.folder, **extra}

    def run(self, command, timeout=120, **options):
        options.setdefault("stdin", subprocess.DEVNULL if "input" not in options else None)
        if options["stdin"] is None:
            del options["stdin"]
        environment = self.environment(**options.pop("env", {}))
        return subprocess.run(command, capture_output=True, timeout=timeout, env=environment, cwd=self.folder, **options)

    def ssh_command(self, target="server01", *options, direct=False):
        if direct:
            return ["ssh", "-F", self.path("ssh_config"), "-p", str(self.sshds[0].port), *options, f"{self.user}@127.0.0.1"]
        return ["ssh", "-F", self.path("ssh_config"), *options, f"{target}@127.0.0.1"]

    def ssh(self, command=None, target="server01", options=(), direct=False, **run):
        words = self.ssh_command(target, *options, direct=direct)
        return self.run(words + ([command] if command is not None else []), **run)

    def config_ssh(self, home):
        """What `sallyport config ssh` makes in a home of its own: a config for `ssh -F` in which every target is a host."""
        os.makedirs(home, exist_ok=True)
        key = self.run(["ssh-keyscan", "-p", str(self.port), "-t", "ed25519", "127.0.0.1"]).stdout.decode()
        options = f"-F none -i {self.alice_key} -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile={home}/known -o LogLevel=ERROR"
        done = self.run([CLI, "config", "ssh"], env={
            "HOME": home, "SALLYPORT_BASTION": "127.0.0.1", "SALLYPORT_PORT": str(self.port), "SALLYPORT_SSH_OPTIONS": options,
            "SALLYPORT_KNOWN_HOSTS": write(home + "/known", key)})
        if (done.returncode, done.stderr) != (0, b""):
            raise AssertionError(done.stderr.decode())
        include = [line for line in done.stdout.decode().splitlines() if line.startswith("Include ")][0]
        return write(home + "/config", f"{include}\nHost *\n  IdentityFile {self.alice_key}\n  IdentitiesOnly yes\n  BatchMode yes\n")

    # The record

    def lines(self):
        done = self.run([DAEMON, "--config", self.path("sallyport.yml"), "store", "export"])
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        return done.stdout.decode().splitlines()

    def events(self, kind=None):
        events = [json.loads(line) for line in self.lines()]
        return [event for event in events if kind is None or event["type"] == kind]

    def settled(self, kind="ssh_session.end"):
        """The events of a kind once every session has its end: what nobody waits for comes a moment later."""
        def all_ended():
            events = self.events()
            count = {name: sum(event["type"] == f"ssh_session.{name}" for event in events) for name in ("start", "end")}
            return [events] if count["start"] == count["end"] else None
        return [event for event in wait_for(all_ended, "every session's end")[0] if event["type"] == kind]

    def wait_events(self, kind, count=1):
        return wait_for(lambda: (lambda found: found if len(found) >= count else None)(self.events(kind)),
                        f"{count} × {kind}")


class GateTest(unittest.TestCase):
    """One gate for all tests of a class; its log is shown when one fails."""

    options = {}

    @classmethod
    def setUpClass(cls):
        cls.gate = Gate(**cls.options)

    @classmethod
    def tearDownClass(cls):
        cls.gate.close()

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        out = super().run(result)
        if result and len(result.failures) + len(result.errors) > before and hasattr(self, "gate"):
            print("---- sallyportd's log ----")
            print("\n".join(self.gate.log_text().splitlines()[-60:]))
        return out


def main():
    unittest.main(verbosity=2)
