# SPDX-License-Identifier: Apache-2.0
"""An operator who stops reading stops the target; what waits in between is bounded."""
import hashlib
import subprocess

import gate

MEBIBYTE = 1 << 20


class Backpressure(gate.GateTest):
    def setUp(self):
        self.is_sanitized = gate.is_sanitized()
        self.amount = (128 if self.is_sanitized else 2048) * MEBIBYTE

    def status(self, name):
        for line in gate.read(f"/proc/{self.gate.process.pid}/status").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {name}")

    def wait_until_quiet(self):
        """Waits until the daemon has done no work for a while: all windows are full."""
        seen = []

        def quiet():
            seen.append(gate.read(f"/proc/{self.gate.process.pid}/stat").rsplit(")", 1)[1].split()[11:13])
            return len(seen) > 20 and all(ticks == seen[-1] for ticks in seen[-20:])

        gate.wait_for(quiet, "the daemon to be quiet")

    def test_an_operator_who_stops_reading_costs_little_memory_and_loses_nothing(self):
        self.assertEqual(self.gate.ssh("head -c 64M /dev/zero").returncode, 0)
        with open(f"/proc/{self.gate.process.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")  # the peak counts from here
        before = self.status("VmRSS")
        client = subprocess.Popen(self.gate.ssh_command("server01") + [f"head -c {self.amount} /dev/zero"], env=self.gate.environment(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(client.stdout.close)
        digest = hashlib.sha256(client.stdout.read(MEBIBYTE))
        self.wait_until_quiet()
        received = MEBIBYTE
        while block := client.stdout.read(MEBIBYTE):
            digest.update(block)
            received += len(block)
        self.assertEqual((client.wait(30), received), (0, self.amount))
        expected = hashlib.sha256()
        for _ in range(self.amount // MEBIBYTE):
            expected.update(bytes(MEBIBYTE))
        self.assertEqual(digest.digest(), expected.digest())
        if not self.is_sanitized:
            self.assertLess(self.status("VmHWM") - before, 8 * MEBIBYTE)


if __name__ == "__main__":
    gate.main()
