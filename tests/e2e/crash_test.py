# SPDX-License-Identifier: Apache-2.0
"""kill -9 at any moment: every start has its end, the chain verifies, and what was delivered is in the recordings.

SALLYPORT_TEST_KILLS says how often (50); SALLYPORT_TEST_SEED draws the moments of a run that failed again.
"""
import collections
import concurrent.futures
import hashlib
import itertools
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import gate

GATES = 3  # at once: a kill leaves a core to others while clients see their connection end
KEPT = 64 * 1024
OUTPUT, ERROR = 1, 2  # kinds of frames
PAIRS = (("ssh_session.start", "ssh_session.end", "session_id"), ("channel.start", "channel.end", "channel_id"),
         ("connection.open", "connection.close", "connection_id"))


class Client:
    """A client whose output goes to files. What it runs says `token` first, by which its channel is found again."""

    numbers = itertools.count(1)

    def __init__(self, bastion, words, command="", cap=None):
        number = next(Client.numbers)
        self.token = f"token-{number}-"
        self.cap = cap
        self.is_recorded = bool(command)  # what sftp itself says is not
        self.files = [bastion.path(f"client{number}.{name}") for name in ("out", "err")]
        with open(self.files[0], "wb") as out, open(self.files[1], "wb") as err:
            self.process = subprocess.Popen(words + ([f"echo {self.token}; " + command.replace("TOKEN", self.token)] if command else []),
                                            env=bastion.environment(), cwd=bastion.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def read(self, which):
        with open(self.files[which], "rb") as file:
            return file.read()

    def has_begun(self):
        return os.path.getsize(self.files[0]) > 0 or self.process.poll() is not None

    def end(self):
        """Waits until the client has noticed that the bastion is gone."""
        code = self.process.wait(gate.PATIENCE)
        out, err = self.read(0), self.read(1)
        for file in self.files:
            os.unlink(file)
        return code, out, err


class Life:
    """A bastion that is killed again and again, and what must hold after each restart."""

    def __init__(self, chance):
        self.chance = chance
        self.bastion = gate.Gate(config="recording: {exec_cap: 64KiB}\ntimeouts: {drain: 1s}\n", start=False)
        self.checked = 0  # the last event whose recording was looked at
        self.reasons = collections.Counter()
        self.delivered = 0
        self.uploads = []
        self.source = self.bastion.path("source")
        with open(self.source, "wb") as file:
            file.write(os.urandom(1_000_000))
        self.first_start_time = self.seconds(self.bastion.start)
        self.login_time = self.seconds(lambda: self.bastion.ssh("true"))
        self.bastion.stop(signal.SIGKILL)
        self.start_time = self.seconds(self.bastion.start)

    @staticmethod
    def seconds(act):
        begun = time.monotonic()
        act()
        return time.monotonic() - begun

    def wait_up_to(self, seconds):
        time.sleep(self.chance.uniform(0, seconds))

    # Clients

    def ssh(self, command, *options, cap=None):
        return Client(self.bastion, self.bastion.ssh_command("server01", *options), command, cap)

    def first_wave(self, *options):
        """A terminal that floods and is a master, output beyond the cap, a command that ends, an upload."""
        self.socket = self.bastion.path("cm")
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        there = self.bastion.path(f"upload{len(self.uploads)}")
        batch = gate.write(self.bastion.path("batch"), f"put {self.source} {there}\n")
        upload = Client(self.bastion, ["sftp", "-l", "40000", "-b", batch, "-F", self.bastion.path("ssh_config"), *options,
                                       "server01@127.0.0.1"])
        self.uploads.append((upload, there))
        return [self.ssh("i=0; while :; do i=$((i+1)); echo line $i; done", "-tt", "-M", "-S", self.socket, *options),
                self.ssh("while seq 20000; do sleep 0.05; done", *options, cap=KEPT),
                self.ssh("echo TOKEN >&2; exit 3", *options), upload]

    def second_wave(self):
        """Channels of the master, one of them with a terminal."""
        flood = "i=0; while :; do i=$((i+1)); echo channel $i; sleep 0.001; done"
        return [self.ssh(flood, "-S", self.socket, cap=KEPT), self.ssh(flood, "-tt", "-S", self.socket),
                self.ssh("exit 4", "-S", self.socket)]

    def amid(self, *options):
        """Clients of which the first two show something."""
        clients = self.first_wave(*options)
        gate.wait_for(lambda: clients[0].has_begun() and clients[1].has_begun(), "sessions to show something")
        return clients + self.second_wave()

    # Moments: each gives the clients that were there when the daemon died

    def in_a_login(self):
        clients = self.first_wave()
        self.wait_up_to(2 * self.login_time)
        return clients

    def amid_output(self):
        clients = self.amid()
        self.wait_up_to(0.5)
        return clients

    def in_a_rekey(self):
        clients = self.amid("-o", "RekeyLimit=64K")
        self.wait_up_to(0.5)
        return clients

    def in_a_reload(self):
        clients = self.amid()
        end = time.monotonic() + self.chance.uniform(0, 0.5)
        while time.monotonic() < end:
            self.bastion.process.send_signal(signal.SIGHUP)
            self.wait_up_to(0.05)
        return clients

    def in_a_drain(self):
        clients = self.amid()
        self.bastion.process.send_signal(signal.SIGTERM)
        self.wait_up_to(1.5)
        return clients

    def at_a_checkpoint(self):
        """An export signs the head, so ten in a row keep the daemon at it."""
        asked = gate.write(self.bastion.path("asked"), "GET /api/v1/events/export/ HTTP/1.1\r\nHost: bastion\r\n\r\n" * 10)
        clients = self.amid()
        with open(asked, "rb") as stdin, open(os.devnull, "wb") as out:
            auditor = subprocess.Popen(self.bastion.ssh_command("sallyport", "-s") + ["api"], env=self.bastion.environment(),
                                       stdin=stdin, stdout=out, stderr=out)
        self.wait_up_to(self.login_time + 0.5)
        self.bastion.stop(signal.SIGKILL)
        auditor.wait(gate.PATIENCE)
        return clients

    def in_a_start(self):
        """The start after a kill, which ends what the kill left open, is killed too."""
        clients = self.amid()
        self.wait_up_to(0.2)
        self.bastion.stop(signal.SIGKILL)
        self.start_and_kill(1.2 * self.start_time)
        return clients

    moments = (in_a_login, amid_output, in_a_rekey, in_a_reload, in_a_drain, at_a_checkpoint, in_a_start)

    def start_and_kill(self, seconds):
        with open(self.bastion.path("killed.log"), "wb") as log:
            killed = subprocess.Popen([gate.DAEMON, "--config", self.bastion.path("sallyport.yml")], stdin=subprocess.DEVNULL,
                                      stdout=log, stderr=log)
        self.wait_up_to(seconds)
        killed.kill()
        killed.wait()

    # Invariants

    def turn(self, moment):
        clients = moment(self)
        self.bastion.stop(signal.SIGKILL)
        ends = [(client, client.end()) for client in clients]
        self.bastion.start()
        events = self.bastion.events()
        self.check_ends(events)
        self.check_recordings(events)
        for client, (code, out, err) in ends:
            if client.is_recorded:
                self.check_delivered(client, events, out, err)
            self.check_upload(client, code)

    def check_ends(self, events):
        for start, end, key in PAIRS:
            begun, ended = (sorted(e[key] for e in events if e["type"] == kind) for kind in (start, end))
            assert begun == ended, f"{start} and {end} differ in {set(begun) ^ set(ended) or 'their number'}"

    def recording(self, session):
        with open(self.bastion.path(f"state/recordings/{session}.rec"), "rb") as file:
            return file.read()

    def check_recordings(self, events):
        for event in events:
            if event["seq"] <= self.checked or event["type"] != "ssh_session.end":
                continue
            bytes_there = self.recording(event["session_id"])
            facts = {"size": len(bytes_there), "sha256": hashlib.sha256(bytes_there).hexdigest()}
            assert event["recording"] == facts, f"{event} is not what is there: {facts}"
            self.reasons[event["end_reason"]] += 1
        self.checked = events[-1]["seq"]

    def shown(self, token, events):
        """What a channel's recording shows by channel and kind."""
        found = [e for e in events if e["type"] == "channel.start" and token in e.get("command", "")]
        assert len(found) == 1, f"{token} showed something, and is on record {len(found)} times"
        shown = collections.defaultdict(bytes)
        for channel, kind, payload in gate.channel_frames(self.recording(found[0]["session_id"])):
            shown[channel, kind] += payload
        return shown

    def check_delivered(self, client, events, out, err):
        said = client.token.encode() + b"\n"
        parts = [(OUTPUT, out[:client.cap])] if out else []
        parts += [(ERROR, said)] if said in err else []
        for kind, part in parts:
            shown = self.shown(client.token, events)
            assert any(bytes_kept.startswith(part) for (_, of), bytes_kept in shown.items() if of == kind), \
                f"{client.token}: {len(part)} bytes of kind {kind} were delivered, and are not in the recording"
            self.delivered += len(part)

    def check_upload(self, client, code):
        for upload, there in self.uploads:
            if upload is client and code == 0:
                with open(there, "rb") as file, open(self.source, "rb") as source:
                    assert file.read() == source.read(), "an upload that was done is not whole"

    def verify(self):
        done = self.bastion.run([gate.DAEMON, "--config", self.bastion.path("sallyport.yml"), "store", "verify"])
        assert done.returncode == 0, done.stdout.decode()


class Crash(unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("SALLYPORT_TEST_SEED", random.randrange(1 << 30)))

    def live(self, number, moments):
        """A bastion's life, killed at each of `moments`."""
        life = Life(random.Random(f"{self.seed} {number}"))
        try:
            for turn, moment in enumerate(moments):
                try:
                    life.turn(moment)
                    if turn % 4 == 3 or turn == len(moments) - 1:
                        life.verify()
                except (AssertionError, OSError, KeyError, subprocess.SubprocessError) as error:
                    raise AssertionError(f"seed {self.seed}, gate {number}, turn {turn} ({moment.__name__}): {error!r}\n"
                                         + "\n".join(life.bastion.log_text().splitlines()[-40:])) from error
            return life.reasons, life.delivered
        finally:
            life.bastion.close()

    def test_after_a_kill_every_start_has_its_end_and_nothing_that_was_delivered_is_lost(self):
        kills = int(os.environ.get("SALLYPORT_TEST_KILLS", "50"))
        moments = [Life.moments[i % len(Life.moments)] for i in range(kills)]
        with concurrent.futures.ThreadPoolExecutor(GATES) as pool:
            lives = list(pool.map(self.live, range(GATES), (moments[i::GATES] for i in range(GATES))))
        reasons = sum((reasons for reasons, _ in lives), collections.Counter())
        self.assertGreater(reasons["crash"], kills, f"sessions were open when the daemon died: {reasons}")
        self.assertGreater(sum(delivered for _, delivered in lives), kills * 1000, "and had shown something")

    def test_a_kill_in_the_very_first_start_leaves_nothing_that_hinders_the_next(self):
        life = Life(random.Random(self.seed))
        self.addCleanup(life.bastion.close)
        for turn in range(4):
            with self.subTest(seed=self.seed, turn=turn):
                life.bastion.stop(signal.SIGKILL)
                for folder in ("state", "keys", "anchors"):
                    shutil.rmtree(life.bastion.path(folder), ignore_errors=True)
                life.start_and_kill(life.first_start_time)
                life.bastion.start()
                self.assertEqual(life.bastion.ssh("echo in").stdout, b"in\n")
                life.verify()


if __name__ == "__main__":
    gate.main()
