# SPDX-License-Identifier: Apache-2.0
"""Ansible on twenty hosts at once, `-f 20`, with and without multiplexing and pipelining.

SALLYPORT_TEST_LONG=1 takes every pair of the two, and templates and become on all; the short form takes each of the two once
(ansible_test.py has the modules, on three hosts).
"""
import os
import unittest

import gate

HOSTS = 20
the_long_form = unittest.skipUnless(os.environ.get("SALLYPORT_TEST_LONG") == "1", "the long form alone")


class AnsibleOnTwentyHosts(gate.GateTest):
    @classmethod
    def setUpClass(cls):
        cls.gate = gate.Gate(start=False)
        names = "".join(f"        node{i + 1:02}: {{ansible_host: 127.0.0.1, ansible_port: {cls.gate.sshds[0].port}, "
                        f"ansible_user: {cls.gate.user}}}\n" for i in range(HOSTS))
        cls.gate.write_inventory("all:\n  children:\n    web:\n      hosts:\n" + names)
        cls.gate.start()
        cls.template = gate.write(cls.gate.path("template.j2"), "I am {{ inventory_hostname }} of {{ groups.web | length }}\n")
        cls.play = gate.write(cls.gate.path("play.yml"), f"""
- hosts: web
  gather_facts: false
  tasks:
    - template: {{src: {cls.template}, dest: "{cls.gate.folder}/rendered-{{{{ inventory_hostname }}}}", mode: "0640"}}
""")

    def ansible(self, program, *words, mux, pipelining):
        shared = f"-o ControlMaster=auto -o ControlPersist=30 -o ControlPath={self.gate.folder}/{self.id().rsplit('_', 1)[1]}-%C"
        control = shared if mux else "-o ControlMaster=no"
        common = (f"-F {self.gate.path('ssh_config')} {control} -o HostName=127.0.0.1 -o Port={self.gate.port} "
                  "-o User={{ansible_user}}@{{inventory_hostname}}")
        inventory = gate.write(self.gate.path("ansible.yml"), gate.read(self.gate.path("ws/inventory.yml")).replace(
            "    web:\n", f"    web:\n      vars: {{ansible_ssh_args: '{common}', ansible_python_interpreter: /usr/bin/python3}}\n"))
        env = {"ANSIBLE_HOME": self.gate.path("ansible"), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": self.gate.path("tmp"),
               "ANSIBLE_REMOTE_TEMP": self.gate.path("remote"), "ANSIBLE_PIPELINING": str(pipelining), "ANSIBLE_TIMEOUT": "120"}
        done = self.gate.run([program, "-i", inventory, "-f", str(HOSTS), *words], env=env, timeout=240)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout.decode()

    def connections(self):
        return len(self.gate.events("connection.open"))

    def ping(self, **how):
        before = self.connections()
        self.assertEqual(self.ansible("ansible", "web", "-m", "ping", **how).count('"pong"'), HOSTS)
        return self.connections() - before

    def test_ping_with_a_connection_for_each_step(self):
        self.assertGreaterEqual(self.ping(mux=False, pipelining=True), HOSTS)

    def test_ping_with_one_connection_for_each_host(self):
        self.assertEqual(self.ping(mux=True, pipelining=False), HOSTS)

    @the_long_form
    def test_ping_with_neither_and_with_both(self):
        self.assertGreater(self.ping(mux=False, pipelining=False), 2 * HOSTS)
        self.ping(mux=True, pipelining=True)

    @the_long_form
    def test_a_template_is_rendered_on_each(self):
        self.ansible("ansible-playbook", self.play, mux=True, pipelining=True)
        for i in range(HOSTS):
            path = self.gate.path(f"rendered-node{i + 1:02}")
            self.assertEqual(gate.read(path), f"I am node{i + 1:02} of {HOSTS}\n")
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)

    @the_long_form
    def test_become_on_twenty_hosts(self):
        if self.gate.run(["sudo", "-n", "true"]).returncode != 0:
            self.skipTest("sudo asks for a password here")
        out = self.ansible("ansible", "web", "-b", "-m", "command", "-a", "id -un", mux=True, pipelining=True)
        self.assertEqual(out.count("\nroot\n"), HOSTS)


if __name__ == "__main__":
    gate.main()
