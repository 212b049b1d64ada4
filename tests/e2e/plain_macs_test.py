# SPDX-License-Identifier: Apache-2.0
"""Clients that know no encrypt-then-MAC come in where `plain_macs` says so, and nowhere else."""
import unittest

import gate


class PlainMacs(unittest.TestCase):
    def setUp(self):
        self.gate = gate.Gate(start=False)
        self.addCleanup(self.gate.close)

    def start(self, config):
        self.gate.write_config(config)
        self.gate.start()

    def echo(self, mac, data=b"", ciphers="aes256-ctr"):
        return self.gate.ssh("cat", options=("-o", "LogLevel=INFO", "-o", f"Ciphers={ciphers}", "-o", f"MACs={mac}"), input=data)

    def test_each_brings_the_same_bytes_where_they_are_allowed(self):
        self.start("plain_macs: true")
        data = bytes(range(256)) * 4096
        for mac in ("hmac-sha2-256", "hmac-sha2-512"):
            for cipher in ("aes128-ctr", "aes256-ctr"):
                done = self.echo(mac, data, cipher)
                self.assertEqual((done.returncode, done.stdout == data), (0, True), (mac, cipher, done.stderr))

    def test_who_knows_better_gets_better_also_there(self):
        self.start("plain_macs: true")
        done = self.gate.ssh("true", options=("-vv", "-o", "LogLevel=DEBUG2", "-o", "Ciphers=aes256-ctr",
                                              "-o", "MACs=hmac-sha2-256-etm@openssh.com,hmac-sha2-256"))
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"MAC: hmac-sha2-256-etm@openssh.com", done.stderr)

    def test_sha1_stays_out(self):
        self.start("plain_macs: true")
        for mac in ("hmac-sha1", "hmac-sha1-etm@openssh.com", "umac-64@openssh.com", "hmac-md5"):
            self.assertIn(b"no matching MAC found", self.echo(mac).stderr, mac)

    def test_none_comes_in_by_default(self):
        self.start("")
        for mac in ("hmac-sha2-256", "hmac-sha2-512"):
            done = self.echo(mac)
            self.assertEqual(done.returncode, 255)
            self.assertIn(b"no matching MAC found", done.stderr)
        self.assertEqual(self.echo("hmac-sha2-256-etm@openssh.com", b"in").stdout, b"in")


if __name__ == "__main__":
    gate.main()
