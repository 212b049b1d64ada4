# SPDX-License-Identifier: Apache-2.0
"""The command `sallyport`, as an operator and an auditor use it."""
import json
import os
import pty
import signal
import socket
import subprocess
import time

from gate import CLI, DAEMON, GateTest, main, make_key, read, wait_for, write

COMMANDS = [[], ["ssh"], ["setup"], ["hosts"], ["sessions"], ["sessions", "ls"], ["sessions", "show"], ["sessions", "play"],
            ["sessions", "export"], ["sessions", "terminate"], ["audit"], ["audit", "tail"], ["audit", "verify"],
            ["audit", "export"], ["config"], ["config", "check"], ["config", "ssh"]]


class Cli(GateTest):
    def setUp(self):
        # A folder of its own, so that what a command leaves behind shows.
        self.temporary = self.gate.path("tmp")
        os.makedirs(self.temporary, exist_ok=True)
        self.addCleanup(lambda: self.assertEqual(os.listdir(self.temporary), []))

    def settings(self, key=None):
        gate = self.gate
        options = (f"-F none -i {key or gate.alice_key} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no "
                   f"-o UserKnownHostsFile={gate.path('known_hosts')} -o LogLevel=ERROR")
        return {"SALLYPORT_BASTION": "127.0.0.1", "SALLYPORT_PORT": str(gate.port), "SALLYPORT_SSH_OPTIONS": options,
                "TMPDIR": self.temporary}

    def cli(self, *words, key=None, env=None, **options):
        return self.gate.run([CLI, *words], env=self.settings(key) if env is None else env, **options)

    def good(self, *words, **options):
        done = self.cli(*words, **options)
        self.assertEqual((done.returncode, done.stderr), (0, b""), words)
        return done.stdout.decode()

    def rows(self, *words, **options):
        return [json.loads(line) for line in self.good("--json", *words, **options).splitlines()]

    def session_of(self, command, *options):
        before = {session["id"] for session in self.rows("sessions", "ls", "--status", "ended")}
        self.gate.ssh(command, options=options)
        ended = lambda: {s["id"] for s in self.rows("sessions", "ls", "--status", "ended")} - before
        return wait_for(ended, "the session's end").pop()

    # ssh

    def test_ssh_gives_the_exit_code_of_the_command(self):
        for command, code in (("true", 0), ("exit 7", 7), ("kill -9 $$", 255)):
            self.assertEqual(self.cli("ssh", "server01", "--", command).returncode, code, command)
        unreachable = dict(self.settings(), SALLYPORT_PORT="1")
        self.assertEqual(self.cli("ssh", "server01", "true", env=unreachable).returncode, 255)

    def test_ssh_passes_words_options_and_bytes_on_as_they_are(self):
        login = f"{self.gate.user}@server01"
        self.assertEqual(self.cli("ssh", login, "--", "printf %s", "'-n --json'").stdout, b"-n --json")
        self.assertEqual(self.cli("ssh", "-o", "SendEnv=LC_TEST", "-T", "server01", "echo $LC_TEST",
                                  env=dict(self.settings(), LC_TEST="passed")).stdout, b"passed\n")
        self.assertIn(b"pts", self.cli("ssh", "-tt", "server01", "tty").stdout)
        self.assertEqual(self.cli("ssh", "server01", "cat", input=b"\x00\xff").stdout, b"\x00\xff")
        self.assertIn(b"debug1:", self.cli("ssh", "-v", "server01", "true").stderr)

    def test_ssh_without_a_host_says_what_to_write(self):
        for words, hint in ((["ssh"], b"HOST"), (["ssh", "-v"], b"HOST"), (["ssh", "-l", "root", "server01"], b"LOGIN@HOST"),
                            (["ssh", "--json", "server01"], b"before `ssh`")):
            done = self.cli(*words)
            self.assertEqual((done.returncode, done.stdout), (1, b""))
            self.assertIn(hint, done.stderr)

    # config ssh

    def test_after_config_ssh_plain_clients_go_through_the_bastion(self):
        gate, home = self.gate, self.gate.path("plain")
        config = gate.config_ssh(home)
        self.assertEqual(os.stat(home + "/.config/sallyport/ssh_config").st_mode & 0o777, 0o600)

        def plain(*words, **options):
            return gate.run([words[0], "-F", config, *words[1:]], env={"HOME": home}, **options)
        done = plain("ssh", "server01", "echo plain; exit 3")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (3, b"plain\n", b""))
        self.assertEqual(gate.events("ssh_session.start")[-1]["jump"]["host"], "server01")
        source = write(gate.path("plain-file"), "through scp\n")
        self.assertEqual(plain("scp", "-q", source, "server01:" + gate.path("plain-copy")).returncode, 0)
        self.assertEqual(read(gate.path("plain-copy")), "through scp\n")
        rsync = gate.run(["rsync", "-e", f"ssh -F {config}", source, "server01:" + gate.path("plain-synced")], env={"HOME": home})
        self.assertEqual((rsync.returncode, read(gate.path("plain-synced"))), (0, "through scp\n"), rsync.stderr)

    def test_config_ssh_trusts_no_bastion_that_is_not_known(self):
        env = dict(self.settings(), HOME=self.gate.path("plain2"), SALLYPORT_KNOWN_HOSTS="/dev/null")
        done = self.cli("config", "ssh", env=env)
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"run `sallyport setup", done.stderr)
        self.assertFalse(os.path.exists(self.gate.path("plain2/.config")))

    # setup

    def test_setup_writes_only_what_was_confirmed_and_for_oneself_alone(self):
        gate, home = self.gate, self.gate.path("home")
        os.makedirs(home, exist_ok=True)
        env = {"HOME": home, "SALLYPORT_PORT": str(gate.port), "TMPDIR": self.temporary}
        refused = self.cli("setup", "127.0.0.1", env=env, input=b"no\n")
        self.assertEqual(refused.returncode, 1)
        self.assertFalse(os.path.exists(home + "/.config"))
        self.assertEqual(self.cli("setup", "127.0.0.1", env=env, input=b"").returncode, 1, "silence is no yes")
        done = self.cli("setup", "127.0.0.1", env=env, input=b"yes\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        own = gate.run([DAEMON, "--config", gate.path("sallyport.yml"), "fingerprint"]).stdout.decode()
        shown = [word for word in done.stdout.decode().split() if word.startswith("SHA256:")]
        self.assertTrue(shown)
        for fingerprint in shown:
            self.assertIn(fingerprint, own)
        for name in ("config.yml", "known_hosts"):
            self.assertEqual(os.stat(f"{home}/.config/sallyport/{name}").st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(f"{home}/.config/sallyport").st_mode & 0o777, 0o700)
        env = {"HOME": home, "TMPDIR": self.temporary,
               "SALLYPORT_SSH_OPTIONS": f"-F none -i {gate.alice_key} -o BatchMode=yes -o StrictHostKeyChecking=yes"}
        self.assertIn("server01", self.good("hosts", env=env))
        write(home + "/.config/sallyport/config.yml", "bastoin: x\n")
        wrong = self.cli("hosts", env=env)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn(b"config.yml:1", wrong.stderr)
        self.assertIn(b"bastion", wrong.stderr)

    # hosts and sessions

    def test_hosts_are_those_that_are_open_to_the_asker(self):
        self.assertIn("server01", self.good("hosts"))
        self.assertEqual([host["inventory_name"] for host in self.rows("hosts")], ["server01"])
        self.assertNotIn("server01", self.good("hosts", key=self.gate.bob_key))

    def test_completion_has_the_names_that_are_plain_and_the_askers_own(self):
        self.addCleanup(lambda: (self.gate.write_inventory(), self.reload()))
        hosts = "".join(f"    '{name}': {{ansible_host: 127.0.0.1}}\n" for name in ("server01", "$(touch x)", "a;b", "-rf", "`x`", "a b"))
        self.gate.write_inventory("all:\n  hosts:\n" + hosts)
        self.reload()
        wait_for(lambda: len(self.rows("hosts")) > 3, "the new inventory")
        self.assertEqual(self.good("complete-hosts").splitlines(), ["server01"])
        self.assertEqual(self.good("complete-hosts", key=self.gate.bob_key), "")

    def reload(self):
        self.gate.process.send_signal(signal.SIGHUP)

    def test_completion_without_a_bastion_is_silent_and_soon_over(self):
        with socket.socket() as mute:
            mute.bind(("127.0.0.1", 0))
            mute.listen()
            begin = time.monotonic()
            for settings in ({"SALLYPORT_PORT": str(mute.getsockname()[1])}, {"SALLYPORT_PORT": "1"}, {"SALLYPORT_BASTION": ""}):
                done = self.cli("complete-hosts", env=dict(self.settings(), **settings))
                self.assertNotEqual(done.returncode, 0)
                self.assertEqual((done.stdout, done.stderr), (b"", b""))
            self.assertLess(time.monotonic() - begin, 10)

    def test_sessions_are_listed_and_shown(self):
        session = self.session_of("echo listed")
        row = [line for line in self.good("sessions", "ls", "--host", "server01").splitlines() if session in line]
        self.assertIn("alice", row[0])
        self.assertEqual(self.good("sessions", "ls", "--host", "nowhere").count("\n"), 1)
        self.assertEqual(len(self.rows("sessions", "ls", "--limit", "1")), 1)
        shown = self.rows("sessions", "show", session)[0]
        self.assertEqual((shown["end_reason"], shown["channels"][0]["command"]), ("exit", "echo listed"))
        self.assertIn("echo listed", self.good("sessions", "show", session))
        for words in (["show", "0198c0de-0000-7000-8000-000000000000"], ["show", "no id"], ["ls", "--from", "noon"]):
            refused = self.cli("sessions", *words)
            self.assertEqual((refused.returncode, refused.stdout), (1, b""), words)
            self.assertTrue(refused.stderr.startswith(b"sallyport: "))

    def test_a_live_session_is_terminated(self):
        client = subprocess.Popen(self.gate.ssh_command() + ["sleep 600"], env=self.gate.environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        session = wait_for(lambda: self.rows("sessions", "ls", "--status", "open"), "a live session")[0]["id"]
        self.assertEqual(self.cli("sessions", "terminate", session, key=self.gate.bob_key).returncode, 1)
        self.assertIsNone(client.poll())
        self.good("sessions", "terminate", session, "--reason", "drill")
        self.assertEqual(client.wait(30), 255)

    # replays

    HOSTILE = r"printf '\033]52;c;ZXZpbA==\007\033]0;title\007\033[21t\033[c\033P$qm\033\134\033_x\033\134\302\233c\23352\033[31mred\033[0m\n'"

    def test_a_replay_cannot_act_on_the_auditors_terminal(self):
        session = self.session_of(self.HOSTILE, "-tt")
        leader, follower = pty.openpty()
        play = subprocess.Popen([CLI, "sessions", "play", "--speed", "0", session], stdin=follower, stdout=follower,
                                stderr=follower, env=self.gate.environment(**self.settings()))
        os.close(follower)
        shown = b""
        try:
            while chunk := os.read(leader, 65536):
                shown += chunk
        except OSError:  # the other end is closed
            pass
        os.close(leader)
        self.assertEqual(play.wait(30), 0, shown)
        self.assertIn(b"\x1b[31mred\x1b[0m", shown)
        for bad in (b"\x1b]", b"\x1bP", b"\x1b_", b"\x1b[21t", b"\x1b[c", b"\x07", b"\x9b", b"\xc2\x9b"):
            self.assertNotIn(bad, shown)
        self.assertIn(rb"\x1b]52;c;ZXZpbA==\x07", shown)

    def test_a_recording_is_exported_in_three_forms(self):
        session = self.session_of(r"printf 'gr\303\274n\tx\r\n\033[2J'; echo err >&2")
        output = self.gate.path("out")
        self.good("sessions", "export", session, "--format", "raw", "--output", output)
        self.assertEqual(os.stat(output).st_mode & 0o777, 0o600)
        with open(output, "rb") as file:
            raw = file.read()
        self.assertEqual(sorted(raw), sorted("grün\tx\r\n\x1b[2Jerr\n".encode()))
        text = self.good("sessions", "export", session, "--format", "text")
        self.assertIn("grün\tx\n", text)
        self.assertIn(r"\x1b[2J", text)
        head, *rows = self.good("sessions", "export", session).splitlines()
        self.assertEqual(json.loads(head)["version"], 2)
        self.assertIn("grün", "".join(json.loads(row)[2] for row in rows))
        refused = self.cli("sessions", "export", session, key=self.gate.bob_key)
        self.assertEqual((refused.returncode, refused.stdout), (1, b""))
        self.assertEqual(self.cli("sessions", "export", session, "--output", "/nowhere/x").returncode, 1)

    # audit

    def test_an_export_verifies_without_the_daemon_and_a_changed_one_does_not(self):
        self.assertIn("whole: ", self.good("audit", "verify"))
        text = self.good("audit", "export")
        file = write(self.gate.path("export.jsonl"), text)
        offline = {"SALLYPORT_BASTION": "192.0.2.1", "TMPDIR": self.temporary}
        self.assertIn("whole: ", self.good("audit", "verify", file, env=offline))
        anchors = self.gate.path("anchors/anchors")
        self.assertIn("whole: ", self.good("audit", "verify", file, "--anchors", anchors, env=offline))
        lines = text.splitlines(keepends=True)
        write(file, "".join(lines[:2] + [lines[2].replace('"seq":3', '"seq":3 ')] + lines[3:]))
        changed = self.cli("--json", "audit", "verify", file, env=offline)
        self.assertEqual(changed.returncode, 1)
        self.assertEqual([f["seq"] for f in json.loads(changed.stdout)["findings"]], [3])
        write(file, "".join(lines[:-1]))
        self.assertIn(b"truncated", self.cli("audit", "verify", file, env=offline).stdout)
        for words in (["verify"], ["export"]):
            refused = self.cli("audit", *words, key=self.gate.bob_key)
            self.assertEqual((refused.returncode, refused.stdout), (1, b""))
            self.assertIn(b"desk role", refused.stderr)

    def test_tail_begins_with_the_newest_and_follows(self):
        self.session_of("true")
        self.assertEqual(len(self.rows("audit", "tail", "-n", "3", "--no-follow")), 3)
        only = self.rows("audit", "tail", "--no-follow", "--type", "ssh_session.end", "-n", "1")
        self.assertEqual([event["type"] for event in only], ["ssh_session.end"])
        tail = subprocess.Popen([CLI, "--json", "audit", "tail", "--type", "channel.start", "-n", "1"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, env=self.gate.environment(**self.settings()), start_new_session=True)
        try:
            tail.stdout.readline()
            self.assertEqual(self.gate.ssh("echo followed").returncode, 0)
            self.assertEqual(json.loads(tail.stdout.readline())["command"], "echo followed")
        finally:
            # As ^C does it; the folder must be gone then as well (see setUp).
            os.killpg(tail.pid, signal.SIGINT)
            tail.communicate(timeout=30)
        self.assertEqual(tail.returncode, -signal.SIGINT)

    # all of it

    def test_every_command_has_its_help(self):
        for words in COMMANDS:
            done = self.cli(*words, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, b""), words)
            text = done.stdout.decode()
            self.assertIn("Usage:", text)
            self.assertNotIn("\x1b", text)
            # The option, perhaps what it takes, and then words.
            for option in (line.strip() for line in text.replace("\n" + " " * 20, " ").splitlines()):
                self.assertFalse(option.startswith("-") and len(option.split()) < 3, f"{words}: {option} is not explained")

    def test_mistakes_are_told_with_what_to_do(self):
        for words, hint in ((["sessions", "ls", "--hots", "x"], b"--hots"), (["audit"], b"subcommand"), ([], b"subcommand")):
            done = self.cli(*words)
            self.assertEqual((done.returncode, done.stdout), (2, b""), words)
            self.assertIn(hint, done.stderr)
        lost = self.cli("hosts", env={"HOME": self.temporary, "TMPDIR": self.temporary})
        self.assertEqual(lost.returncode, 1)
        self.assertIn(b"sallyport setup", lost.stderr)
        stranger = self.gate.path("stranger")
        if not os.path.exists(stranger):
            make_key(stranger)
        self.assertEqual(self.cli("hosts", key=stranger).returncode, 255)
        long = dict(self.settings(), TMPDIR=self.gate.path("x" * 120))
        os.makedirs(long["TMPDIR"], exist_ok=True)
        refused = self.cli("hosts", env=long)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"TMPDIR", refused.stderr)
        self.assertEqual(os.listdir(long["TMPDIR"]), [])

    def test_config_check_says_file_line_and_cause(self):
        config = self.gate.path("sallyport.yml")
        self.assertIn("in order", self.good("config", "check", "--config", config))
        self.assertTrue(self.rows("config", "check", "--config", config)[0]["in_order"])
        broken = write(self.gate.path("broken.yml"), read(config) + "limtis: {}\n")
        refused = self.cli("config", "check", "--config", broken, "--policy", self.gate.path("policy.yml"))
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"limits", refused.stderr)
        told = self.cli("--json", "config", "check", "--config", broken, "--policy", self.gate.path("policy.yml"))
        self.assertEqual(json.loads(told.stdout)["faults"][0]["line"], read(broken).count("\n"))


if __name__ == "__main__":
    main()
