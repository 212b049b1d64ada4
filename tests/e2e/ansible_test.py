# SPDX-License-Identifier: Apache-2.0
"""Ansible reaches three targets through the bastion with nothing but ssh arguments."""
import os

import gate


class Ansible(gate.GateTest):
    options = {"targets": 3}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        common = (f"-F {cls.gate.path('ssh_config')} -o HostName=127.0.0.1 -o Port={cls.gate.port} "
                  "-o User={{ansible_user}}@{{inventory_hostname}}")
        text = gate.read(cls.gate.path("ws/inventory.yml"))
        cls.inventory = gate.write(cls.gate.path("ansible.yml"), text.replace(
            "    web:\n", "    web:\n      vars: {ansible_ssh_args: '" + common + "', ansible_python_interpreter: /usr/bin/python3}\n"))

    def ansible(self, *words):
        env = {"ANSIBLE_HOME": self.gate.path("ansible"), "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_NOCOLOR": "1",
               "ANSIBLE_LOCAL_TEMP": self.gate.path("tmp"), "ANSIBLE_REMOTE_TEMP": self.gate.path("remote")}
        done = self.gate.run(["ansible", "-i", self.inventory, "web", "-f", "3", *words], env=env, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout.decode()

    def test_ping_reaches_all_three_and_each_is_on_record(self):
        self.assertEqual(self.ansible("-m", "ping").count('"pong"'), 3)
        hosts = {event["host"]["inventory_name"] for event in self.gate.events("ssh_session.start")}
        self.assertEqual(hosts, {"server01", "server02", "server03"})

    def test_copy_and_fetch_move_the_same_bytes(self):
        source = self.gate.path("source")
        with open(source, "wb") as file:
            file.write(os.urandom(100_000))
        self.ansible("-m", "copy", "-a", f"src={source} dest={self.gate.path('copied')}-{{{{inventory_hostname}}}}")
        self.ansible("-m", "fetch", "-a", f"src={self.gate.path('copied')}-{{{{inventory_hostname}}}} dest={self.gate.path('fetched')}/ flat=yes")
        for host in ("server01", "server02", "server03"):
            with open(source, "rb") as here, open(self.gate.path(f"fetched/copied-{host}"), "rb") as there:
                self.assertEqual(here.read(), there.read())

    def test_a_template_is_rendered_for_each(self):
        template = gate.write(self.gate.path("template.j2"), "I am {{ inventory_hostname }} of {{ groups.web | length }}\n")
        path = self.gate.path("rendered")
        self.ansible("-m", "template", "-a", f"src={template} dest={path}-{{{{inventory_hostname}}}} mode=0640")
        for host in ("server01", "server02", "server03"):
            self.assertEqual(gate.read(f"{path}-{host}"), f"I am {host} of 3\n")
            self.assertEqual(os.stat(f"{path}-{host}").st_mode & 0o777, 0o640)

    def test_commands_and_become_run(self):
        self.assertEqual(self.ansible("-m", "command", "-a", "echo ran").count("\nran\n"), 3)
        if self.gate.run(["sudo", "-n", "true"]).returncode != 0:
            self.skipTest("sudo asks for a password here")
        self.assertEqual(self.ansible("-b", "-m", "command", "-a", "id -un").count("\nroot\n"), 3)


if __name__ == "__main__":
    gate.main()
