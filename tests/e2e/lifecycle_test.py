# SPDX-License-Identifier: Apache-2.0
"""Sessions end with their reason on record, whatever ends them: time, a reload, a stop, the target."""
import os
import signal
import subprocess
import time
import unittest

import gate


class Lifecycle(unittest.TestCase):
    def make(self, **options):
        made = gate.Gate(**options)
        self.addCleanup(made.close)
        self.addCleanup(lambda: self._outcome.success or print(made.log_text()))
        return made

    def open(self, bastion, command="echo ready; cat", options=(), **run):
        """A session that is open: its command has said `ready`."""
        client = subprocess.Popen(bastion.ssh_command("server01", *options) + [command], env=bastion.environment(), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, **run)
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        self.assertEqual(client.stdout.readline().rstrip(), b"ready")
        return client

    def end_of(self, bastion):
        return bastion.wait_events("ssh_session.end")[-1]

    def test_an_idle_session_is_told_why_it_ends(self):
        bastion = self.make(config="timeouts: {idle: 1s}")
        client = self.open(bastion)
        self.assertEqual(client.wait(30), 255)
        self.assertIn(b"idle for too long", client.stderr.read())
        self.assertEqual(self.end_of(bastion)["end_reason"], "idle_timeout")

    def test_a_busy_session_ends_at_its_longest_duration(self):
        bastion = self.make(config="timeouts: {max: 1s}")
        client = self.open(bastion, "echo ready; while sleep 0.1; do echo; done")
        out, err = client.communicate(timeout=30)
        self.assertEqual(client.returncode, 255)
        self.assertIn(b"longest duration", err)
        self.assertEqual(self.end_of(bastion)["end_reason"], "max_duration")
        self.assertGreater(len(out), 1)

    def test_a_busy_session_is_not_idle(self):
        # Long against what a loaded machine may need until the first line comes, short against the whole.
        bastion = self.make(config="timeouts: {idle: 5s}")
        done = bastion.ssh("for i in $(seq 15); do sleep 0.4; echo; done")
        self.assertEqual((done.returncode, done.stdout), (0, b"\n" * 15))

    def test_a_client_that_pauses_amid_output_is_not_taken_for_dead(self):
        bastion = self.make(config="timeouts: {keepalive: 1s}")
        client = self.open(bastion, "echo ready; head -c 64M /dev/zero")
        client.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        # A dead one would be given up after three keepalives.
        gate.wait_for(lambda: time.monotonic() > begin + 6, "twice that time")
        client.send_signal(signal.SIGCONT)
        out, _ = client.communicate(timeout=60)
        self.assertEqual((client.returncode, len(out)), (0, 64 << 20))

    def test_a_stop_waits_for_sessions_and_then_ends_them_in_words(self):
        bastion = self.make(config="timeouts: {drain: 1s}")
        client = self.open(bastion)
        self.assertEqual(bastion.stop(), 0)
        self.assertIn(b"shutting down", client.stderr.read())
        self.assertEqual(self.end_of(bastion)["end_reason"], "shutdown")
        self.assertEqual(bastion.events()[-2]["type"], "node.stop")
        self.assertEqual(bastion.events()[-1]["type"], "checkpoint")

    def test_a_stop_is_over_when_the_last_words_are_said(self):
        bastion = self.make(config="timeouts: {drain: 0s}")
        client = self.open(bastion)
        bastion.process.send_signal(signal.SIGTERM)
        self.assertIn(b"shutting down", client.stderr.read())  # with its input open: at its end the command would end first
        told = time.monotonic()
        self.assertEqual(bastion.process.wait(gate.PATIENCE), 0)
        self.assertLess(time.monotonic() - told, 4.5, "it lingers for 5 s for a target that gets nothing any more")

    def test_an_operator_who_pauses_still_hears_why_the_session_ends(self):
        bastion = self.make()
        client = subprocess.Popen(bastion.ssh_command("server01", "-tt") + ["yes"], env=bastion.environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(client.kill)
        self.assertEqual(client.stdout.read(3), b"y\r\n")
        recordings = bastion.path("state/recordings")
        sizes = []

        def is_stuck():
            sizes.append(sum(os.path.getsize(os.path.join(recordings, name)) for name in os.listdir(recordings)))
            time.sleep(0.1)
            return len(sizes) > 5 and sizes[-1] == sizes[-5]

        gate.wait_for(is_stuck, "the window to be full")
        bastion.write_policy("roles: []\n")
        bastion.process.send_signal(signal.SIGHUP)
        time.sleep(4)  # the pause that must do no harm
        _, words = client.communicate(timeout=gate.PATIENCE)
        self.assertIn(b"no longer grants", words)
        self.assertEqual(client.returncode, 255)

    def test_a_stop_lets_a_short_session_finish(self):
        bastion = self.make()
        client = self.open(bastion, "echo ready; sleep 1; echo done")
        self.assertEqual(bastion.stop(), 0)
        self.assertEqual(client.stdout.read(), b"done\n")
        self.assertEqual(client.wait(10), 0)

    def test_a_reload_that_takes_a_role_away_ends_its_sessions(self):
        bastion = self.make()
        client = self.open(bastion)
        bastion.write_policy("roles: []\n")
        bastion.process.send_signal(signal.SIGHUP)
        self.assertEqual(client.wait(30), 255)
        self.assertIn(b"no longer grants", client.stderr.read())
        self.assertEqual(self.end_of(bastion)["end_reason"], "policy_change")
        self.assertEqual(bastion.ssh("true").returncode, 255)

    def test_a_reload_that_takes_a_kind_away_ends_the_sessions_that_use_it(self):
        bastion = self.make()
        client = self.open(bastion)
        bastion.write_policy(f"roles:\n  - {{name: ops, operators: ['@ops'], targets: ['acme+@all'], logins: ['{bastion.user}'], "
                             "allow: [shell]}\n")
        bastion.process.send_signal(signal.SIGHUP)
        self.assertEqual(client.wait(30), 255)
        self.assertEqual(self.end_of(bastion)["end_reason"], "policy_change")

    def test_a_broken_reload_keeps_the_last_good_rules_and_says_where(self):
        bastion = self.make()
        good = gate.read(bastion.path("policy.yml"))
        gate.write(bastion.path("policy.yml"), good + "rolez: []\n")
        bastion.process.send_signal(signal.SIGHUP)
        refused = bastion.wait_events("config.refused")[-1]
        self.assertEqual((refused["what"], refused["line"]), ("policy", good.count("\n") + 1))
        self.assertIn("the nearest known one is roles", refused["cause"])
        self.assertEqual(bastion.ssh("true").returncode, 0)

    def test_a_broken_inventory_keeps_its_last_good_hosts(self):
        bastion = self.make()
        bastion.write_inventory("all:\n  hosts:\n    a: {}\n    a: {}\n")
        bastion.process.send_signal(signal.SIGHUP)
        refused = bastion.wait_events("config.refused")[-1]
        self.assertEqual((refused["what"], refused["line"]), ("workspace", 4))
        bastion.wait_events("policy.loaded", 2)
        self.assertEqual(len(bastion.events("workspace.loaded")), 1)
        self.assertEqual(bastion.ssh("true").returncode, 0)

    def test_one_fault_is_on_record_once_though_the_reload_and_the_watch_both_see_it(self):
        bastion = self.make()
        good = gate.read(bastion.path("ws/inventory.yml"))
        refused = lambda: [event["line"] for event in bastion.events("config.refused")]
        bastion.process.send_signal(signal.SIGSTOP)  # so that the reload comes first, however slow this machine is
        bastion.write_inventory("all:\n  hosts:\n    a: {}\n    a: {}\n")
        bastion.process.send_signal(signal.SIGHUP)
        bastion.process.send_signal(signal.SIGCONT)
        gate.wait_for(lambda: "workspaces that changed were read" in bastion.log_text(), "the watch to look")
        self.assertEqual(refused(), [4])
        bastion.write_inventory("all:\n  hosts:\n    a: {}\n\n    a: {}\n")
        bastion.wait_events("config.refused", 2)
        self.assertEqual(refused(), [4, 5])
        bastion.write_inventory(good)
        gate.wait_for(lambda: "workspace read anew" in bastion.log_text(), "what is good again to be read")
        bastion.write_inventory("all:\n  hosts:\n    a: {}\n\n    a: {}\n")
        bastion.wait_events("config.refused", 3)
        self.assertEqual(refused(), [4, 5, 5])

    def test_a_reload_brings_new_hosts(self):
        bastion = self.make()
        text = gate.read(bastion.path("ws/inventory.yml"))
        bastion.write_inventory(text.replace("server01", "renamed01"))
        bastion.process.send_signal(signal.SIGHUP)
        bastion.wait_events("workspace.loaded", 2)
        self.assertEqual(bastion.ssh("true", target="renamed01").returncode, 0)
        self.assertEqual(bastion.ssh("true").returncode, 255)

    def test_an_edit_is_seen_without_a_reload_and_a_broken_one_keeps_the_last_good_hosts(self):
        bastion = self.make()
        text = gate.read(bastion.path("ws/inventory.yml"))
        bastion.write_inventory(text.replace("server01", "renamed01"))
        loaded = bastion.wait_events("workspace.loaded", 2)[-1]
        self.assertEqual((loaded["hosts_added"], loaded["hosts_removed"], loaded["hosts_changed"]), (1, 1, 0))
        self.assertEqual((loaded["added"], loaded["removed"]), (["renamed01"], ["server01"]))
        self.assertEqual(bastion.ssh("true", target="renamed01").returncode, 0)
        bastion.write_inventory("all:\n  hosts:\n    a: {}\n    a: {}\n")
        self.assertEqual(bastion.wait_events("config.refused")[-1]["line"], 4)
        self.assertEqual(bastion.ssh("true", target="renamed01").returncode, 0)
        gate.write(bastion.path("ws/host_vars/renamed01.yml"), "ansible_user: nobody-else\n")
        bastion.write_inventory(text.replace("server01", "renamed01"))
        loaded = bastion.wait_events("workspace.loaded", 3)[-1]
        self.assertEqual((loaded["hosts_changed"], loaded["changed"]), (1, ["renamed01"]))

    def test_a_target_that_dies_ends_the_session(self):
        bastion = self.make()
        client = self.open(bastion, "echo ready; read go; kill -9 $PPID; sleep 60")
        client.stdin.write(b"go\n")
        self.assertEqual(client.wait(30), 255)
        self.assertIn(b"target has closed the connection", client.stderr.read())
        self.assertEqual(self.end_of(bastion)["end_reason"], "target_disconnect")

    def test_a_target_that_cannot_be_reached_is_told_and_on_record(self):
        bastion = self.make()
        bastion.sshds[0].stop()
        done = bastion.ssh("true")
        self.assertEqual(done.returncode, 255)
        self.assertIn(b"Connection refused", done.stderr)
        self.assertEqual(self.end_of(bastion)["end_reason"], "target_unreachable")

    def test_a_changed_host_key_is_refused(self):
        bastion = self.make()
        self.assertEqual(bastion.ssh("true").returncode, 0)
        target = bastion.sshds[0]
        target.stop()
        os.unlink(target.host_key)
        gate.make_key(target.host_key)
        target.start()
        done = bastion.ssh("true")
        self.assertEqual(done.returncode, 255)
        self.assertIn(b"is changed", done.stderr)
        self.assertEqual(self.end_of(bastion)["end_reason"], "host_key_refused")
        self.assertEqual(bastion.events("host_key.refused")[0]["reason"], "changed")
        self.assertNotIn("Accepted publickey", gate.read(target.log).split("Server listening")[-1])

    def test_strict_host_keys_want_the_key_in_known_hosts(self):
        bastion = self.make(host_keys="strict")
        self.assertIn(b"is unknown", bastion.ssh("true").stderr)
        public = gate.read(bastion.sshds[0].host_key + ".pub").split()[:2]
        known = bastion.path("ws/known_hosts")
        gate.write(known, f"[127.0.0.1]:{bastion.sshds[0].port} {' '.join(public)}\n")
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", known], check=True, capture_output=True)
        bastion.process.send_signal(signal.SIGHUP)
        gate.wait_for(lambda: bastion.ssh("true").returncode == 0, "the hashed key to be known")
        gate.write(known, gate.read(known) + f"@revoked * {' '.join(public)}\n")
        bastion.process.send_signal(signal.SIGHUP)
        gate.wait_for(lambda: b"is revoked" in bastion.ssh("true").stderr, "the key to be revoked")


if __name__ == "__main__":
    gate.main()
