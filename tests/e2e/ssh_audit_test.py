# SPDX-License-Identifier: Apache-2.0
"""ssh-audit finds nothing that our libssh lets us avoid (docs/libssh.md lists what it says and why)."""
import re
import shutil
import subprocess
import sys

import gate

# What ssh-audit warns of all the same: its release in Debian 12 (2.5.0, of 2021) does not know what is newer than itself,
# later ones mind curve25519, which is here for clients that know nothing post-quantum.
EXPECTED = {
    ("kex", "mlkem768x25519-sha256", "unknown algorithm"),
    ("kex", "sntrup761x25519-sha512", "unknown algorithm"),
    ("kex", "sntrup761x25519-sha512@openssh.com", "using experimental algorithm"),
    ("kex", "kex-strict-s-v00@openssh.com", "unknown algorithm"),
    ("kex", "curve25519-sha256", "does not provide protection against post-quantum attacks"),
    ("kex", "curve25519-sha256@libssh.org", "does not provide protection against post-quantum attacks"),
}


def audit(port):
    """Every fail and warning as level, part, algorithm and words."""
    done = subprocess.run(["ssh-audit", "-n", "-p", str(port), "127.0.0.1"], check=False, capture_output=True, text=True, timeout=gate.PATIENCE)
    found, algorithm = [], ("", "")
    for line in done.stdout.splitlines():
        if named := re.match(r"\((\w+)\) (\S+)", line):
            algorithm = named.groups()
        if said := re.search(r"(?:--|`-) \[(fail|warn)\] (.*)", line):
            found.append((said[1], *algorithm, said[2].strip()))
    if "(enc) " not in done.stdout:
        raise AssertionError(f"ssh-audit saw no server: {done.stdout}{done.stderr}")
    return found


class SshAudit(gate.GateTest):
    def test_nothing_fails_and_no_warning_is_of_our_making(self):
        found = audit(self.gate.port)
        self.assertEqual([entry for entry in found if entry[0] == "fail"], [])
        self.assertLessEqual({entry[1:] for entry in found}, EXPECTED)

    def test_of_a_server_with_old_algorithms_it_finds_them(self):
        weak = gate.Sshd(self.gate.path("weak"), self.gate.path("authorized_keys"),
                         "KexAlgorithms +diffie-hellman-group14-sha1\nMACs +hmac-sha1\nCiphers +aes128-cbc\n")
        self.addCleanup(weak.stop)
        found = audit(weak.port)
        self.assertIn("fail", {level for level, *_ in found})
        self.assertLessEqual({"diffie-hellman-group14-sha1", "hmac-sha1", "aes128-cbc"}, {algorithm for _, _, algorithm, _ in found})


if __name__ == "__main__":
    if not shutil.which("ssh-audit"):
        print("SKIPPED: ssh-audit is not installed (Debian: ssh-audit)")
        sys.exit(77)
    gate.main()
