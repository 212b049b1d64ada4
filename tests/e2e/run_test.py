# SPDX-License-Identifier: Apache-2.0
"""`sallyport run`: actions of a workspace through the bastion, each on record, its sessions linked to it."""
import json
import os
import signal
import subprocess
import unittest

import gate
from gate import CLI, write

WORKSPACE = "acme-corp-automation"


class RunGate(gate.Gate):
    """The seed: a workspace with a block of its own, two hosts, an operator with everything and one who may do nothing."""

    def write_inventory(self, text=None, more=""):
        hosts = "".join(f"    server{i + 1:02}.acme-corp.com: {{ansible_host: 127.0.0.1, ansible_port: {sshd.port}, ansible_user: {self.user}, "
                        f"ansible_python_interpreter: /usr/bin/python3}}\n" for i, sshd in enumerate(self.sshds))
        write(self.path("ws/inventory.yml"), text or "all:\n  hosts:\n" + hosts + more)

    def write_policy(self, roles=None):
        super().write_policy(roles or f"roles:\n  - {{name: ops, operators: ['@ops'], targets: ['{WORKSPACE}+@all'], logins: ['{self.user}'], "
                             "allow: [shell, exec, sftp], desk: admin}\n")

    def write_config(self, extra=None):
        super().write_config(extra)
        text = gate.read(self.path("sallyport.yml")).replace("name: acme,", f"name: {WORKSPACE}, production: {str(self.production).lower()},")
        write(self.path("sallyport.yml"), text)

    def __init__(self, production=False, **options):
        self.production = production
        super().__init__(targets=2, **options)
        self.home = self.path("home")
        os.makedirs(self.home)
        self.run_dir = self.path("r")
        os.makedirs(self.run_dir, 0o700)
        write(self.path("ws/workspace.poly"), f"name: {WORKSPACE}\norganization: acme\nconfig: {{api_base_url: https://example.invalid}}\n"
              "blocks:\n  - {name: linux-patch, from: linux-patch, config: {target_hosts: all}}\n  - {name: tools, config: {greeting: hello}, actions: [{name: say, "
              "script: ['echo \"$GREETING from $POLYCRATE_BLOCK\"', 'false | true', 'exit 7']}]}\n"
              "workflows:\n  - {name: nightly, steps: [{name: first, block: linux-patch, action: touch}, {name: second, block: tools, action: say}]}\n")
        os.makedirs(self.path("ws/blocks/tools"))
        write(self.path("ws/secrets.poly"), "blocks:\n  - {name: linux-patch, config: {password: hunter2-is-secret}}\n")
        write(self.path("ws/blocks/linux-patch/block.poly"), "name: linux-patch\nversion: 0.1.0\nkind: generic\nconfig: {target_hosts: none}\nactions:\n"
              "  - {name: patch, type: ansible, playbook: patch.yml}\n  - {name: blind, playbook: blind.yml}\n  - {name: touch, playbook: touch.yml}\n"
              "  - {name: asked, playbook: touch.yml, prompt: {message: 'Patch now?'}}\n  - {name: away, playbook: away.yml}\n")
        play = "- hosts: \"{{ block.config.target_hosts }}\"\n  gather_facts: %s\n  tasks:\n"
        task = "    - name: patch\n      ansible.builtin.command: echo patched {{ block.config.password }}\n      when: ansible_facts.os_family == 'Debian'\n"
        write(self.path("ws/blocks/linux-patch/patch.yml"), play % "true" + task)
        write(self.path("ws/blocks/linux-patch/blind.yml"), play % "false" + task)
        write(self.path("ws/blocks/linux-patch/touch.yml"), play % "false" + "    - ansible.builtin.command: echo touched\n    - ansible.builtin.debug: {msg: hi}\n")
        write(self.path("ws/blocks/linux-patch/away.yml"), play % "false" + "    - {ansible.builtin.command: echo away}\n")

    def start(self, **environment):
        super().start(**environment)
        key = self.run(["ssh-keyscan", "-p", str(self.port), "-t", "ed25519", "127.0.0.1"]).stdout.decode()
        write(self.path("known"), key)
        return self

    def cli(self, *words, key=None, **options):
        settings = self.settings(key or self.alice_key)
        env = {"HOME": self.home, "XDG_RUNTIME_DIR": self.run_dir, "SALLYPORT_BASTION": "127.0.0.1", "SALLYPORT_PORT": str(self.port),
               "SALLYPORT_SSH_OPTIONS": settings, "SALLYPORT_KNOWN_HOSTS": self.path("known"), "LC_ALL": "C.UTF-8", **options.pop("env", {})}
        return self.run([CLI, *words], env=env, **options)

    def begin(self, *words):
        env = self.environment(HOME=self.home, XDG_RUNTIME_DIR=self.run_dir, SALLYPORT_BASTION="127.0.0.1", SALLYPORT_PORT=str(self.port),
                               SALLYPORT_SSH_OPTIONS=self.settings(self.alice_key), SALLYPORT_KNOWN_HOSTS=self.path("known"))
        return subprocess.Popen([CLI, *words], env=env, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                start_new_session=True)

    def settings(self, key):
        return f"-F none -i {key} -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile={self.path('known')} -o LogLevel=ERROR"

    def action(self, *words, **options):
        return self.cli("run", "-w", self.path("ws"), *words, **options)

    def last(self, kind):
        return self.events(kind)[-1]

    def sessions_of(self, run):
        self.settled()
        return [e for e in self.events("ssh_session.start") if e.get("run_id") == run]

    def leftovers(self):
        return [name for name in os.listdir(self.run_dir + "/sallyport")] if os.path.exists(self.run_dir + "/sallyport") else []


def is_missing():
    return subprocess.run(["ansible-playbook", "--version"], capture_output=True, check=False).returncode != 0


@unittest.skipIf(is_missing(), "needs Ansible")
class Run(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gate = RunGate()

    @classmethod
    def tearDownClass(cls):
        cls.gate.close()

    def setUp(self):
        self.gate.write_inventory()

    def ended(self, done, code):
        self.assertEqual(done.returncode, code, done.stdout.decode() + done.stderr.decode())
        end = self.gate.last("action_run.end")
        start = next(e for e in self.gate.events("action_run.start") if e["run_id"] == end["run_id"])
        self.assertEqual(self.gate.leftovers(), [], "nothing of the run is left, its key least of all")
        return start, end

    def test_the_seed_run_with_facts_succeeds_and_its_sessions_are_linked(self):
        start, end = self.ended(self.gate.action("linux-patch", "patch"), 0)
        self.assertEqual((start["workspace"], start["block"], start["block_version"], start["action"], start["user"]),
                         (WORKSPACE, "linux-patch", "0.1.0", "patch", "alice"))
        hosts = ["server01.acme-corp.com", "server02.acme-corp.com"]
        self.assertEqual(start["inventory_hosts"], hosts)
        self.assertEqual((end["status"], end["exit_code"], end["affected_hosts"], end["hosts_observed"]), ("success", 0, hosts, hosts))
        self.assertNotIn("bypassed", end)
        sessions = self.gate.sessions_of(end["run_id"])
        self.assertEqual(sorted(e["host"]["inventory_name"] for e in sessions), hosts)
        self.assertEqual({e["cli_instance_id"] for e in sessions}, {start["cli_instance_id"]})
        log = self.gate.cli("runs", "log", end["run_id"])
        self.assertIn(b"ok=2", log.stdout)
        self.assertNotIn(b"hunter2", log.stdout)
        self.assertNotIn("hunter2", "\n".join(line for line in self.gate.lines() if "action_run" in line))
        reported = subprocess.run(["hostname", "-s"], capture_output=True, text=True, check=True).stdout.strip()
        self.assertEqual(self.gate.cli("ssh", hosts[0], "true").returncode, 0)
        self.gate.settled()
        later = self.gate.events("ssh_session.start")[-1]
        self.assertEqual(later["host"]["hostname_reported"], reported)
        listed = self.gate.cli("sessions", "ls", "--host", reported, "--json").stdout.decode().splitlines()
        self.assertIn(later["session_id"], [json.loads(line)["id"] for line in listed])
        outer = [e for e in self.gate.events("connection.open") if e["typed"] == WORKSPACE + "+"]
        self.assertEqual(len([e for e in outer if e["client"]["key_fingerprint"] == sessions[0]["client"]["key_fingerprint"]]), 1, "one outer login")

    def test_the_seed_run_without_facts_fails_and_touches_nobody(self):
        _, end = self.ended(self.gate.action("linux-patch", "blind"), 2)
        self.assertEqual((end["status"], end["exit_code"], end["affected_hosts"], end["hosts_observed"]), ("failed", 2, [], []))
        self.assertNotIn("bypassed", end)
        self.assertEqual(self.gate.sessions_of(end["run_id"]), [])

    def test_what_is_passed_on_holds(self):
        _, end = self.ended(self.gate.action("linux-patch", "touch", "--limit", "server02.acme-corp.com"), 0)
        self.assertEqual(end["hosts_observed"], ["server02.acme-corp.com"])
        _, end = self.ended(self.gate.action("linux-patch", "touch", "--check"), 0)
        self.assertEqual(end["affected_hosts"], [])

    def test_a_script_has_its_own_exit_code_and_its_environment(self):
        done = self.gate.action("tools", "say", "-e", "GREETING=moin")
        _, end = self.ended(done, 1)
        self.assertEqual((end["exit_code"], done.stdout), (1, b"moin from tools\n"), "pipefail ends it at the second line")

    def test_a_workflow_is_a_run_with_one_beneath_it_for_each_step(self):
        done = self.gate.action("nightly", "-e", "GREETING=moin")
        _, end = self.ended(done, 1)
        parent = next(e for e in self.gate.events("action_run.start") if e["run_id"] == end["run_id"])
        self.assertEqual(parent["workflow"], "nightly")
        children = [e for e in self.gate.events("action_run.start") if e.get("parent_run_id") == end["run_id"]]
        self.assertEqual([(e["step"], e["block"], e["action"]) for e in children], [("first", "linux-patch", "touch"), ("second", "tools", "say")])

    def test_an_inventory_of_proxyjump_none_goes_through_the_bastion_and_is_named(self):
        self.gate.write_inventory(more="  vars: {ansible_ssh_common_args: '-o ProxyJump=none', ansible_ssh_args: '-o ProxyJump=none -o ProxyCommand=none'}\n")
        done = self.gate.action("linux-patch", "touch")
        _, end = self.ended(done, 0)
        self.assertEqual(len(end["hosts_observed"]), 2)
        self.assertNotIn("bypassed", end)
        self.assertIn(b"server01.acme-corp.com would not be reached through the bastion", done.stderr)
        self.assertIn(b"ansible_ssh_common_args", done.stderr)

    def test_a_host_that_is_reached_another_way_is_told(self):
        self.gate.write_inventory(more="    local.acme-corp.com: {ansible_connection: local, ansible_python_interpreter: /usr/bin/python3}\n")
        done = self.gate.action("linux-patch", "away")
        _, end = self.ended(done, 0)
        self.assertEqual((end["bypassed"], end["bypassed_hosts"]), (True, ["local.acme-corp.com"]))
        self.assertEqual(self.gate.wait_events("action_run.bypassed")[-1]["hosts"], ["local.acme-corp.com"])
        self.assertIn(b"ansible_connection: local", done.stderr)

    def test_a_prompt_is_answered_or_nothing_runs(self):
        before = len(self.gate.events("action_run.start"))
        done = self.gate.action("linux-patch", "asked")
        self.assertEqual((done.returncode, b"Patch now?" in done.stderr), (1, True))
        self.assertEqual(len(self.gate.events("action_run.start")), before)
        self.ended(self.gate.action("linux-patch", "asked", "--force"), 0)

    def test_what_is_not_there_is_named_with_what_is(self):
        for words, told in ((("nosuch", "patch"), b"linux-patch, tools"), (("linux-patch", "nosuch"), b"patch, blind, touch, asked, away"),
                            (("nosuch",), b"nightly")):
            done = self.gate.action(*words)
            self.assertEqual(done.returncode, 1)
            self.assertIn(told, done.stderr)

    def test_a_snapshot_is_shown_and_nothing_runs(self):
        before = len(self.gate.events("action_run.start"))
        done = self.gate.action("linux-patch", "patch", "--snapshot")
        shown = json.loads(done.stdout)
        self.assertEqual((shown["block"]["config"]["target_hosts"], shown["action"]["playbook"]), ("all", "patch.yml"))
        self.assertEqual(len(self.gate.events("action_run.start")), before)

    def test_who_may_not_report_in_a_workspace_runs_nothing_there(self):
        os.makedirs(self.gate.path("bob-home"))
        done = self.gate.action("linux-patch", "touch", key=self.gate.bob_key, env={"HOME": self.gate.path("bob-home")})
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"no such workspace for you", done.stderr)

    def test_a_cancelled_run_ends(self):
        write(self.gate.path("ws/blocks/tools/block.poly"), "name: tools\nactions: [{name: wait, script: ['echo ready', 'sleep 300']}]\n")
        self.addCleanup(os.remove, self.gate.path("ws/blocks/tools/block.poly"))
        before = len(self.gate.events("action_run.start"))
        with self.gate.begin("run", "-w", self.gate.path("ws"), "tools", "wait") as client:
            self.assertEqual(client.stdout.readline(), b"ready\n")
            start = self.gate.wait_events("action_run.start", before + 1)[-1]
            done = self.gate.cli("runs", "cancel", start["run_id"], "--reason", "not now")
            self.assertEqual(done.returncode, 0, done.stderr)
            _, words = client.communicate(timeout=2 * gate.PATIENCE)
        self.assertEqual(client.returncode, 143)
        self.assertIn(b"cancelled at the bastion", words)
        end = self.gate.last("action_run.end")
        self.assertEqual((end["run_id"], end["status"], end["end_reason"], end["by"]), (start["run_id"], "cancelled", "not now", "alice"))

    def test_the_questions_of_an_auditor_are_answered(self):
        _, end = self.ended(self.gate.action("linux-patch", "touch"), 0)
        listed = self.gate.cli("runs", "ls", "--host", "server01.acme-corp.com", "--utc").stdout.decode()
        self.assertRegex(listed, rf"{end['run_id']} +\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ +\d+ +alice +{WORKSPACE} +linux-patch touch +success +0 +server01")
        shown = self.gate.cli("runs", "show", end["run_id"]).stdout.decode()
        self.assertRegex(shown, r"(?m)^[0-9a-f-]{36} .* server02.acme-corp.com +" + self.gate.user + " +exit$")
        told = self.gate.cli("timeline", "server01.acme-corp.com", env={"TZ": "Europe/Berlin"}).stdout.decode()
        self.assertRegex(told, r"T\d\d:\d\d:\d\d\+0[12]00 +\d+ +alice +action_run +linux-patch touch success")
        self.assertIn(f"{self.gate.user}@server01.acme-corp.com [exec ", told)
        self.assertEqual(self.gate.cli("runs", "ls", "--status", "lost", "--json").stdout, b"")
        self.assertIn(b"cli-", self.gate.cli("instances", "ls").stdout)

    def test_a_session_of_sallyport_ssh_names_its_instance_and_leaves_no_key(self):
        done = self.gate.cli("ssh", "server01.acme-corp.com", "exit 5")
        self.assertEqual((done.returncode, done.stderr), (5, b""))
        session = [e for e in self.gate.events("ssh_session.start") if "cli_instance_id" in e and "run_id" not in e][-1]
        self.assertEqual("cli-" + gate.read(self.gate.home + "/.config/sallyport/instance").strip(), session["cli_instance_id"])
        self.assertIn("lent_by", session["client"])
        self.assertEqual(self.gate.leftovers(), [])

    def test_without_an_instance_of_ones_own_the_session_goes_on_without_a_name(self):
        os.makedirs(self.gate.path("other/.config/sallyport"))
        write(self.gate.path("other/.config/sallyport/instance"), "not hex\n")
        done = self.gate.cli("ssh", "server01.acme-corp.com", "echo here", env={"HOME": self.gate.path("other")})
        self.assertEqual((done.returncode, done.stdout), (0, b"here\n"))
        self.assertIn(b"will not name this installation", done.stderr)

    def test_what_a_killed_client_left_goes_with_the_next_start(self):
        write(self.gate.path("ws/blocks/tools/block.poly"), "name: tools\nactions: [{name: wait, script: ['echo ready', 'exec sleep 300']}]\n")
        self.addCleanup(os.remove, self.gate.path("ws/blocks/tools/block.poly"))
        with self.gate.begin("run", "-w", self.gate.path("ws"), "tools", "wait") as client:
            self.assertEqual(client.stdout.readline(), b"ready\n")
            left = self.gate.leftovers()
            self.assertEqual(len(left), 1)
            os.killpg(client.pid, signal.SIGKILL)
        self.assertEqual(self.gate.leftovers(), left)
        done = self.gate.action("tools", "wait", "--force", "--snapshot")
        self.assertEqual(done.returncode, 0)
        self.gate.action("linux-patch", "touch")
        self.assertEqual(self.gate.leftovers(), [])


@unittest.skipIf(is_missing(), "needs Ansible")
class InProduction(unittest.TestCase):
    def test_nothing_runs_that_leads_past_the_bastion(self):
        bastion = RunGate(production=True)
        self.addCleanup(bastion.close)
        self.assertEqual(bastion.action("linux-patch", "touch").returncode, 0)
        bastion.write_inventory(more="  vars: {ansible_ssh_extra_args: '-o ProxyJump=none'}\n")
        done = bastion.action("linux-patch", "touch")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"is in production", done.stderr)
        self.assertEqual(len(bastion.events("action_run.start")), 1)


if __name__ == "__main__":
    gate.main()
