# SPDX-License-Identifier: Apache-2.0
"""Both roads of a client, and the test of each cell.

SALLYPORT_TEST_LONG=1 sends 50 MB where the short form sends 4, takes the road straight to the target for every cell,
and has ssh2 for Node fetched by npm.
"""
import os
import subprocess
import sys
import unittest

import gate
from clients import cells, matrix



class Client:
    """The cells of one client: `driver` took both roads at once before the first test."""

    config = ""

    @classmethod
    def setUpClass(cls):
        cls.gate = gate.Gate(start=False, config=cls.config)
        cls.addClassCleanup(cls.gate.close)
        cls.listener = cls.start_listener()
        cls.gate.start()
        for name, size in (("small", 1_000_000), ("big", 50_000_000 if matrix.LONG else 4_000_000)):
            with open(cls.gate.path(name), "wb") as file:
                file.write(os.urandom(size))
            os.utime(cls.gate.path(name), (cells.STAMP, cells.STAMP))
        try:
            cls.took = cls.take_roads()
        except matrix.Missing as reason:
            raise unittest.SkipTest(str(reason)) from None

    @classmethod
    def tearDownClass(cls):
        """The gate ends by its clean-up, which a skipped class has too."""

    @classmethod
    def start_listener(cls):
        """A second host of the inventory, that tells of signals; its port."""
        words = [sys.executable, "-B", os.path.join(matrix.HERE, "signal_target.py"), cls.gate.sshds[0].host_key,
                 cls.gate.path("authorized_keys")]
        target = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cls.addClassCleanup(target.stdout.close)
        cls.addClassCleanup(target.wait)
        cls.addClassCleanup(target.kill)
        port = target.stdout.readline().strip()
        if port:
            inventory = cls.gate.path("ws/inventory.yml")
            gate.write(inventory, gate.read(inventory) + f"        server02: {{ansible_host: 127.0.0.1, ansible_port: {port}, "
                       f"ansible_user: {cls.gate.user}}}\n")
        return port

    @classmethod
    def take_roads(cls):
        """Takes both roads at once, then the two to the listener, if the client can send signals; what each cell gave, by road."""
        listening = ["signals"] if cls.listener and "signals" not in cls.driver.lacks else []
        others = [cell for cell in cells.CELLS if cell != "signals"]
        direct = [cell for cell in others if matrix.LONG or cell not in cells.KNOWN]
        took = cls.take({"direct": (cls.road("direct"), direct), "through": (cls.road("through"), others)})
        if listening:
            signals = {"direct": {**cls.road("signals"), "port": int(cls.listener)}, "through": {**cls.road("signals"), "user": "server02"}}
            for name, results in cls.take({name: (road, listening) for name, road in signals.items()}).items():
                took[name] |= results
        return took

    @classmethod
    def take(cls, roads):
        started = {name: cls.driver.start(road, cells_) for name, (road, cells_) in roads.items()}
        return {name: cls.driver.finish(process) for name, process in started.items()}

    @classmethod
    def road(cls, name):
        direct = name == "direct"
        folder = cls.gate.path(name)
        os.makedirs(folder, exist_ok=True)
        port = cls.gate.sshds[0].port if direct else cls.gate.port
        return {"host": "127.0.0.1", "port": port, "user": cls.gate.user if direct else "server01", "key": cls.gate.alice_key,
                "folder": folder, "home": cls.gate.folder, "login": cls.gate.user, "small": cls.gate.path("small"),
                "big": cls.gate.path("big"), "jump_host": "127.0.0.1" if direct else "server01",
                "jump_port": port if direct else 22,
                "patience": int(gate.PATIENCE), "host_key": cls.host_key(port)}

    @classmethod
    def host_key(cls, port):
        scanned = cls.gate.run(["ssh-keyscan", "-t", "ed25519", "-p", str(port), "127.0.0.1"]).stdout
        return cls.gate.run(["ssh-keygen", "-l", "-f", "-"], input=scanned).stdout.decode().split()[1]

    def same(self, cell):
        if cell in self.driver.lacks:
            self.skipTest(self.driver.lacks[cell])
        if cell == "signals" and not self.listener:
            self.skipTest("no Python module asyncssh here for the target that tells of signals")
        through = self.result("through", cell)
        self.assertEqual(through, through | self.expected(cell))
        if cell in self.took["direct"]:
            self.assertEqual(self.result("direct", cell), through)

    def result(self, road, cell):
        result = self.took[road][cell]
        self.assertNotIn("error", result, road)
        return {name: value for name, value in result.items() if name != "seconds"}

    def expected(self, cell):
        return cells.expected(cell, self.gate.path("small"), self.gate.path("big"))

    def test_exit_codes_and_death_by_signal(self):
        self.same("exec")

    def test_stderr_stays_apart(self):
        self.same("stderr")

    def test_a_shell_has_the_size_of_its_terminal(self):
        self.same("shell")

    def test_a_window_change_reaches_the_shell(self):
        self.same("resize")

    def test_bytes_both_ways(self):
        self.same("bulk")

    def test_sftp(self):
        self.same("sftp")

    def test_scp_by_its_old_protocol(self):
        self.same("scp_old")

    def test_scp_over_sftp(self):
        self.same("scp_new")

    def test_output_after_the_end_of_input(self):
        self.same("half_close")

    def test_signals_that_the_client_sends(self):
        self.same("signals")

    def test_twenty_channels_at_once(self):
        self.same("channels")

    def test_new_keys_amid_a_transfer(self):
        self.same("rekey")

    def test_a_quiet_session_under_keepalive(self):
        self.same("keepalive")

    def test_a_session_behind_a_jump(self):
        self.same("jump")
