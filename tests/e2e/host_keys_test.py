# SPDX-License-Identifier: Apache-2.0
"""Host keys of two types stand side by side, so that one can be exchanged while the other vouches for the bastion."""
import os
import unittest

import gate


class Rotation(unittest.TestCase):
    def setUp(self):
        self.gate = gate.Gate(config="host_key_types: [ed25519, rsa]")
        self.addCleanup(self.gate.close)
        self.name = f"[127.0.0.1]:{self.gate.port}"

    def own_keys(self):
        done = self.gate.run([gate.DAEMON, "--config", self.gate.path("sallyport.yml"), "fingerprint"])
        return [line.split(" ", 1)[1] for line in done.stdout.decode().splitlines() if line.startswith("[BASTION]")]

    def restart(self, types):
        self.gate.stop()
        self.gate.write_config(f"host_key_types: {types}")
        self.gate.start()

    def make_new(self, kind):
        os.rename(self.gate.path(f"keys/ssh_host_{kind}_key"), self.gate.path(f"keys/old_{kind}"))

    def client(self, name, keys):
        """A person's folder, as `sallyport setup` leaves it."""
        folder = self.gate.path(f"{name}/.config/sallyport")
        gate.write(f"{folder}/known_hosts", "".join(f"{self.name} {key}\n" for key in keys) + "[other]:22 ssh-ed25519 AAAA\n")
        gate.write(f"{folder}/config.yml", f'bastion: "127.0.0.1"\nport: {self.gate.port}\nknown_hosts: "{folder}/known_hosts"\n')
        return name

    def known(self, client):
        return gate.read(self.gate.path(f"{client}/.config/sallyport/known_hosts"))

    def cli(self, client, *words, options=""):
        env = {"HOME": self.gate.path(client), "SALLYPORT_SSH_OPTIONS":
               f"-F none -i {self.gate.alice_key} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o LogLevel=ERROR {options}"}
        return self.gate.run([gate.CLI, *words], env=env)

    def trusts(self, client):
        return self.cli(client, "ssh", "server01", "true").returncode == 0

    def test_each_of_the_two_proves_the_bastion_by_itself(self):
        keys = self.own_keys()
        self.assertEqual([key.split(" ")[0] for key in keys], ["ssh-ed25519", "ssh-rsa"])
        for name, known, algorithms in (("ed", keys[:1], "ssh-ed25519"), ("rsa", keys[1:], "rsa-sha2-512,rsa-sha2-256")):
            client = self.client(name, known)
            for option in ("", f"-o HostKeyAlgorithms={algorithms}"):
                self.assertEqual(self.cli(client, "ssh", "server01", "true", options=option).returncode, 0, (name, option))
        self.assertFalse(self.trusts(self.client("none", [])))

    def test_one_is_exchanged_while_the_other_vouches_and_who_refreshes_sees_no_warning(self):
        ed25519, rsa = self.own_keys()
        follows, sleeps = self.client("follows", [ed25519, rsa]), self.client("sleeps", [ed25519, rsa])
        self.restart("[rsa]")
        self.assertTrue(self.trusts(follows) and self.trusts(sleeps))
        self.assertEqual(self.cli(follows, "setup", "--refresh").returncode, 0)
        self.assertEqual(self.known(follows), f"[other]:22 ssh-ed25519 AAAA\n{self.name} {rsa}\n")

        self.make_new("ed25519")
        self.restart("[ed25519, rsa]")
        new = self.own_keys()
        self.assertNotEqual(new[0], ed25519)
        self.assertTrue(self.trusts(follows))
        self.assertFalse(self.trusts(sleeps), "a key that was exchanged under a known type is refused by ssh")
        done = self.cli(follows, "setup", "--refresh")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.known(follows), "[other]:22 ssh-ed25519 AAAA\n" + "".join(f"{self.name} {key}\n" for key in new))
        self.assertEqual(os.stat(self.gate.path(f"{follows}/.config/sallyport/known_hosts")).st_mode & 0o777, 0o600)

        self.restart("[ed25519]")
        self.assertTrue(self.trusts(follows))

    def test_a_refresh_is_refused_where_no_known_key_vouches_whatever_ssh_is_told(self):
        old = gate.make_key(self.gate.path("of_another")).rsplit(" ", 1)[0]
        for name, known in (("other", [old]), ("none", [])):
            client = self.client(name, known)
            before = self.known(client)
            for option in ("", "-o StrictHostKeyChecking=no", "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"):
                done = self.cli(client, "setup", "--refresh", options=option)
                self.assertEqual(done.returncode, 255, (name, option))
                self.assertIn(b"Nothing was changed", done.stderr)
                self.assertEqual(self.known(client), before)

    def test_a_refresh_by_one_who_is_no_operator_changes_nothing(self):
        client = self.client("stranger", self.own_keys()[:1])
        before = self.known(client)
        stranger = gate.make_key(self.gate.path("stranger_key")) and self.gate.path("stranger_key")
        env = {"HOME": self.gate.path(client), "SALLYPORT_SSH_OPTIONS": f"-F none -i {stranger} -o IdentitiesOnly=yes -o BatchMode=yes"}
        self.assertEqual(self.gate.run([gate.CLI, "setup", "--refresh"], env=env).returncode, 255)
        self.assertEqual(self.known(client), before)

    def test_refresh_and_a_name_do_not_go_together(self):
        for words in (("setup",), ("setup", "--refresh", "127.0.0.1")):
            done = self.cli("nobody", *words)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"sallyport setup BASTION", done.stderr)
        self.assertIn(b"Run `sallyport setup", self.cli("nobody", "setup", "--refresh").stderr)

    def test_the_bastion_itself_names_its_keys(self):
        done = self.gate.ssh("keys", target="sallyport")
        self.assertEqual((done.returncode, done.stdout.decode().splitlines()), (0, self.own_keys()))


if __name__ == "__main__":
    gate.main()
