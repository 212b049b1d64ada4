# SPDX-License-Identifier: Apache-2.0
"""Many do many things at once, for a while: each gets what is due, each is on record, and nothing piles up in the daemon.

SALLYPORT_TEST_SOAK says for how many seconds (15); SALLYPORT_TEST_SEED draws the acts of a run that failed again.
"""
import collections
import concurrent.futures
import hashlib
import os
import random
import signal
import subprocess
import time
import unittest

import gate

SECONDS = float(os.environ.get("SALLYPORT_TEST_SOAK", "15"))
AT_ONCE = 6
MORE_READERS = 12  # descriptors: three for each reader of the store, of which as many stay open as were once needed together
MORE_STORAGE = 24 * 1024  # KiB that stay warm beyond what the first third of the time took


class Operator:
    """Draws what to do next, and judges what came of it. Commands say who they are by a token, as the record must."""

    def __init__(self, bastion, number, seed):
        self.bastion = bastion
        self.chance = random.Random(f"{seed}-{number}")
        self.number = number
        self.codes = {}  # what each command ended with, by its token
        self.done = collections.Counter()

    def token(self):
        return f"token-{self.number}-{sum(self.done.values())}-"

    def runs(self, words, command, code, **run):
        token = self.token()
        done = self.bastion.run([*words, f": {token}; {command}"], **run)
        if done.returncode != code:
            raise AssertionError(f"{command}: {done.returncode} in place of {code}: {done.stderr.decode()}")
        self.codes[token] = code
        return done

    def a_code(self):
        return self.chance.choice((0, 1, 7, 255))

    def command(self):
        code = self.a_code()
        done = self.runs(self.bastion.ssh_command(), f"echo out; echo err >&2; exit {code}", code)
        assert (done.stdout, done.stderr) == (b"out\n", b"err\n"), done

    def command_behind_a_jump(self):
        code = self.a_code()
        done = self.runs(["ssh", "-F", self.bastion.path("home/config"), f"{self.bastion.user}@server01"], f"echo out; exit {code}", code)
        assert done.stdout == b"out\n", done

    def terminal(self):
        code = self.a_code()
        assert b"xterm" in self.runs(self.bastion.ssh_command("server01", "-tt"), f"echo $TERM; exit {code}", code,
                                     env={"TERM": "xterm"}).stdout

    def output(self):
        size = self.chance.randrange(1, 4_000_000)
        done = self.runs(self.bastion.ssh_command(), f"head -c {size} /dev/zero", 0)
        assert done.stdout == bytes(size), len(done.stdout)

    def input(self):
        sent = self.chance.randbytes(self.chance.randrange(1, 2_000_000))
        done = self.runs(self.bastion.ssh_command(), "sha256sum", 0, input=sent)
        assert done.stdout.split()[0].decode() == hashlib.sha256(sent).hexdigest()

    def files(self):
        sent = self.chance.randbytes(self.chance.randrange(1, 2_000_000))
        here, there, back = (self.bastion.path(f"{name}{self.number}") for name in ("here", "there", "back"))
        with open(here, "wb") as file:
            file.write(sent)
        batch = gate.write(self.bastion.path(f"batch{self.number}"), f"put {here} {there}\nget {there} {back}\nrm {there}\n")
        done = self.bastion.run(["sftp", "-b", batch, "-F", self.bastion.path("ssh_config"), "server01@127.0.0.1"])
        with open(back, "rb") as file:
            assert (done.returncode, file.read()) == (0, sent), done.stderr

    def hang_up(self):
        client = subprocess.Popen(self.bastion.ssh_command() + ["echo begun; while :; do echo more; done"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.bastion.environment())
        with client, client.stdout:
            assert client.stdout.readline() == b"begun\n"
            client.stdout.read(self.chance.randrange(1_000_000))
            client.kill()

    def no_right(self):
        done = self.bastion.run(["ssh", "-F", "none", "-p", str(self.bastion.port), "-i", self.bastion.bob_key, "-o", "BatchMode=yes",
                                 "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "server01@127.0.0.1", "true"])
        assert done.returncode == 255 and b"no such host for you" in done.stderr, done

    def act_until(self, end):
        acts = (self.command, self.command_behind_a_jump, self.terminal, self.output, self.input, self.files, self.hang_up, self.no_right)
        while time.monotonic() < end:
            act = self.chance.choice(acts)
            act()
            self.done[act.__name__] += 1


class Soak(gate.GateTest):
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.gate.process.pid}/fd"))

    def resident(self):
        return int(gate.read(f"/proc/{self.gate.process.pid}/statm").split()[1]) * 4

    def is_quiet(self):
        starts, ends = self.gate.events("ssh_session.start"), self.gate.events("ssh_session.end")
        return len(starts) == len(ends)

    def test_nothing_piles_up_and_everything_is_on_record(self):
        seed = os.environ.get("SALLYPORT_TEST_SEED", str(random.randrange(1 << 32)))
        print("SALLYPORT_TEST_SEED=" + seed)
        bastion = self.gate
        bastion.config_ssh(bastion.path("home"))
        operators = [Operator(bastion, number, seed) for number in range(AT_ONCE)]
        self.assertEqual(bastion.ssh("true").returncode, 0)
        calm = self.descriptors()
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            warm = self.act(pool, operators, begun + SECONDS / 3, reload=False)
            after = self.act(pool, operators, begun + SECONDS, reload=True)
        print(dict(sum((operator.done for operator in operators), collections.Counter())), "KiB:", warm, after)
        gate.wait_for(lambda: self.descriptors() <= calm + MORE_READERS, "descriptors to be closed")
        if not gate.is_sanitized():
            self.assertLess(after, warm + MORE_STORAGE)
        self.is_on_record(operators)

    def act(self, pool, operators, end, reload):
        """All act until `end`. The daemon's memory when it is quiet again."""
        acting = [pool.submit(operator.act_until, end) for operator in operators]
        while reload and concurrent.futures.wait(acting, 1).not_done:
            self.gate.process.send_signal(signal.SIGHUP)
        for one in acting:
            one.result()
        gate.wait_for(self.is_quiet, "every session to end")
        return self.resident()

    def is_on_record(self, operators):
        events = self.gate.events()
        for first, last, name in (("ssh_session.start", "ssh_session.end", "session_id"), ("channel.start", "channel.end", "channel_id"),
                                  ("connection.open", "connection.close", "connection_id")):
            begun = sorted(e[name] for e in events if e["type"] == first)
            self.assertEqual(begun, sorted(e[name] for e in events if e["type"] == last), last)
        ended = {e["channel_id"]: e.get("exit_code") for e in events if e["type"] == "channel.end"}
        told = {e["command"].split(";")[0][2:]: ended[e["channel_id"]] for e in events
                if e["type"] == "channel.start" and e.get("command", "").startswith(": token-")}
        self.assertEqual(told, {token: code for operator in operators for token, code in operator.codes.items()})
        reasons = {e["end_reason"] for e in events if e["type"] == "ssh_session.end"}
        self.assertLessEqual(reasons, {"exit", "operator_disconnect", "network_error"})
        denied = [e["reason"] for e in events if e["type"] == "access.denied"]
        self.assertEqual(len(denied), sum(operator.done["no_right"] for operator in operators))
        self.gate.stop()
        verified = self.gate.run([gate.DAEMON, "--config", self.gate.path("sallyport.yml"), "store", "verify"])
        self.assertEqual(verified.returncode, 0, verified.stdout)


if __name__ == "__main__":
    gate.main()
