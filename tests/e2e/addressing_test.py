# SPDX-License-Identifier: Apache-2.0
"""The SSH user name says which target; unknown and forbidden ones are refused in the same words."""
import gate


class Addressing(gate.GateTest):
    def words(self, target, **run):
        done = self.gate.ssh("true", target=target, **run)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_every_form_of_an_address_reaches_the_host(self):
        user = self.gate.user
        for target in ("server01", f"{user}@server01", f"{user}%server01", "acme+server01", f"{user}@acme+server01"):
            self.assertEqual(self.words(target), (0, "", ""), target)

    def test_unknown_and_forbidden_targets_get_the_same_words(self):
        _, _, unknown = self.words("nosuch")
        code, _, forbidden = self.words("root2@server01")
        self.assertEqual(code, 255)
        self.assertEqual(unknown.replace("nosuch", "X"), forbidden.replace("root2@server01", "X"))
        self.assertIn("no such host for you", unknown)

    def test_an_operator_without_a_role_reaches_nothing_and_it_is_on_record(self):
        # The usual configuration offers alice's key, so bob's comes with none.
        only_bob = self.gate.run(["ssh", "-F", "none", "-p", str(self.gate.port), "-i", self.gate.bob_key,
                                  "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
                                  "-o", "UserKnownHostsFile=" + self.gate.path("kh2"), "server01@127.0.0.1", "echo never"])
        self.assertEqual(only_bob.returncode, 255)
        self.assertEqual(only_bob.stdout, b"")
        self.assertTrue(any(e["user"] == "bob" and e["reason"] == "no_role" for e in self.gate.wait_events("access.denied")))

    def test_a_stranger_is_not_let_in(self):
        key = self.gate.path("stranger")
        gate.make_key(key)
        done = self.gate.run(["ssh", "-F", "none", "-p", str(self.gate.port), "-i", key, "-o", "IdentitiesOnly=yes",
                              "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes",
                              "-o", "UserKnownHostsFile=" + self.gate.path("kh3"), "server01@127.0.0.1", "true"])
        self.assertEqual(done.returncode, 255)
        self.assertIn(b"Permission denied (publickey)", done.stderr)

    def test_strange_names_are_nobodys_and_harm_nothing(self):
        for name in ("a\nb", "\x1b[2Jx", "../../etc/passwd", "x" * 300, "`id`", "$(id)", "{{ x }}"):
            code, out, err = self.words(name)
            self.assertEqual((code, out), (255, ""), name)
            self.assertNotIn("\x1b", err)
        self.assertEqual(self.words("server01")[0], 0)

    def test_the_reserved_name_answers_for_the_bastion_itself(self):
        def ask(command):
            return self.gate.ssh(command, target="sallyport").stdout.decode()
        self.assertIn("ssh HOST@BASTION", ask("help"))
        self.assertIn("alice", ask("whoami"))
        self.assertEqual(ask("hosts"), "server01\n")
        self.assertEqual(self.gate.ssh("nonsense", target="sallyport").returncode, 2)


if __name__ == "__main__":
    gate.main()
