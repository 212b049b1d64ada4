# SPDX-License-Identifier: Apache-2.0
"""Twenty channels of one ControlMaster are one session, each with its own events, in one recording."""
import os
import subprocess

import gate


class Mux(gate.GateTest):
    def test_twenty_channels_at_once_are_one_session(self):
        socket = self.gate.path("cm")
        master = subprocess.Popen(self.gate.ssh_command("server01", "-M", "-S", socket, "-N"), env=self.gate.environment(),
                                  stdin=subprocess.DEVNULL)
        try:
            gate.wait_for(lambda: os.path.exists(socket), "the master's socket")
            runs = [subprocess.Popen(self.gate.ssh_command("server01", "-S", socket) + [f"echo {i}; exit {i}"],
                                     env=self.gate.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
                    for i in range(20)]
            for i, run in enumerate(runs):
                out, _ = run.communicate(timeout=60)
                self.assertEqual((out, run.returncode), (f"{i}\n".encode(), i))
        finally:
            self.gate.run(["ssh", "-S", socket, "-O", "exit", "x"])
            master.wait(30)
        end = self.gate.wait_events("ssh_session.end")
        self.assertEqual(len(end), 1)
        self.assertEqual(end[0]["end_reason"], "exit")
        ends = self.gate.events("channel.end")
        self.assertEqual(sorted(e["exit_code"] for e in ends), list(range(20)))
        self.assertEqual(len(os.listdir(self.gate.path("state/recordings"))), 1)


if __name__ == "__main__":
    gate.main()
