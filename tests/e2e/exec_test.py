# SPDX-License-Identifier: Apache-2.0
"""A command through the bastion gives the same bytes and the same exit as without it, and is on record."""
import hashlib
import os
import subprocess

import gate


class Exec(gate.GateTest):
    def both(self, command, **run):
        direct = self.gate.ssh(command, direct=True, **run)
        through = self.gate.ssh(command, **run)
        self.assertEqual(direct.stdout, through.stdout)
        self.assertEqual(direct.stderr, through.stderr)
        self.assertEqual(direct.returncode, through.returncode)
        return through

    def test_exit_codes_come_through(self):
        for code in (0, 7, 255):
            self.assertEqual(self.both(f"exit {code}").returncode, code)

    def test_death_by_signal_comes_through_and_is_on_record(self):
        self.both("kill -TERM $$")
        gate.wait_for(lambda: any(event.get("exit_signal") == "TERM" for event in self.gate.events("channel.end")),
                      "the signal to be on record")

    def test_stderr_stays_apart(self):
        done = self.both("echo out; echo err >&2")
        self.assertEqual((done.stdout, done.stderr), (b"out\n", b"err\n"))

    def test_end_of_input_reaches_the_command(self):
        self.assertEqual(self.both("cat; echo end", input=b"some input").stdout, b"some inputend\n")

    def test_output_after_the_end_of_input_comes_through(self):
        self.both("cat >/dev/null; sleep 0.2; echo late; exit 3", input=b"x" * 100_000)

    def test_fifty_megabytes_come_through_both_ways(self):
        data = os.urandom(50_000_000)
        digest = hashlib.sha256(data).hexdigest()
        self.assertEqual(self.gate.ssh("sha256sum", input=data).stdout.split()[0].decode(), digest)
        path = self.gate.path("big")
        with open(path, "wb") as file:
            file.write(data)
        self.assertEqual(hashlib.sha256(self.gate.ssh(f"cat {path}").stdout).hexdigest(), digest)

    def test_rekeying_every_megabyte_loses_nothing(self):
        data = os.urandom(12_000_000)
        done = self.gate.ssh("cat", input=data, options=("-o", "RekeyLimit=1M"))
        self.assertEqual(hashlib.sha256(done.stdout).digest(), hashlib.sha256(data).digest())

    def test_a_client_that_dies_amid_a_flood_ends_its_session(self):
        before = len(self.gate.settled())
        client = subprocess.Popen(self.gate.ssh_command() + ["cat /dev/zero"], env=self.gate.environment(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.assertEqual(len(client.stdout.read(1_000_000)), 1_000_000)
        client.kill()
        client.wait()
        client.stdout.close()
        end = self.gate.wait_events("ssh_session.end", before + 1)[-1]
        # The kernel of a killed client resets the connection if it has unread data, and closes it if not.
        self.assertIn(end["end_reason"], ("operator_disconnect", "network_error"))

    def test_a_session_is_on_record_from_start_to_end(self):
        self.gate.ssh("echo recorded; exit 4")
        channel = [e for e in self.gate.wait_events("channel.start") if e.get("command") == "echo recorded; exit 4"][0]
        end = gate.wait_for(lambda: [e for e in self.gate.events("ssh_session.end")
                                     if e["session_id"] == channel["session_id"]], "the session's end")[0]
        start = [e for e in self.gate.events("ssh_session.start") if e["session_id"] == channel["session_id"]][0]
        self.assertEqual(start["user"], "alice")
        self.assertEqual(start["host"]["inventory_name"], "server01")
        self.assertEqual(end["exit_code"], 4)
        self.assertEqual(end["end_reason"], "exit")
        self.assertEqual(end["bytes_out"], len("recorded\n"))
        with open(self.gate.path(f"state/recordings/{start['session_id']}.rec"), "rb") as file:
            recording = file.read()
        self.assertIn(b"recorded\n", recording)
        self.assertEqual(end["recording"], {"size": len(recording), "sha256": hashlib.sha256(recording).hexdigest()})


class WholeDigest(gate.GateTest):
    options = {"config": "recording: {digest: whole, exec_cap: 64KiB}"}

    def test_all_output_counts_in_its_digest_though_only_a_part_is_kept(self):
        out = self.gate.ssh("seq 400000").stdout
        end = self.gate.wait_events("channel.end")[-1]
        self.assertEqual(end["output_sha256"], hashlib.sha256(out).hexdigest())
        self.assertEqual(end["bytes_out"], len(out))
        self.assertLess(end["output_kept"], len(out))


if __name__ == "__main__":
    gate.main()
