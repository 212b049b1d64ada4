# SPDX-License-Identifier: Apache-2.0
"""A store that went back in time, or is gone, starts again only when the chain says so."""
import glob
import os
import shutil
import signal
import unittest

import gate


class Restore(unittest.TestCase):
    def setUp(self):
        self.gate = gate.Gate()
        self.addCleanup(self.gate.close)
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        self.gate.stop()

    def store(self, *words):
        return self.gate.run([gate.DAEMON, "--config", self.gate.path("sallyport.yml"), "store", *words])

    def forget(self):
        for file in glob.glob(self.gate.path("state/audit.db*")):
            os.remove(file)

    def refuses_to_start(self):
        done = self.gate.run([gate.DAEMON, "--config", self.gate.path("sallyport.yml")])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"store restore", done.stderr)

    def restore_and_start(self):
        done = self.store("restore", "--reason", "the disk died")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.gate.start()
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        self.gate.stop()
        found = self.store("verify")
        self.assertEqual(found.returncode, 1)
        for line in found.stdout.decode().splitlines()[:-1]:
            self.assertRegex(line, "^(restored|lost_in_restore) ")
        return found.stdout

    def test_a_whole_store_verifies_and_has_nothing_to_restore(self):
        found = self.store("verify")
        self.assertEqual((found.returncode, found.stdout[:6]), (0, b"whole:"), found.stdout)
        self.assertNotEqual(self.store("restore", "--reason", "no need").returncode, 0)

    def test_an_export_after_a_crash_ends_with_a_checkpoint_and_is_whole(self):
        self.gate.start()
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        self.gate.stop(signal.SIGKILL)
        done = self.store("export")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        gate.write(self.gate.path("export"), done.stdout.decode())
        found = self.gate.run([gate.CLI, "audit", "verify", self.gate.path("export")])
        self.assertEqual((found.returncode, found.stdout[:6]), (0, b"whole:"), found.stdout)
        self.gate.start()

    def test_an_export_beside_a_running_daemon_says_what_is_not_signed(self):
        self.gate.start()
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        self.assertIn(b"are not signed", gate.wait_for(lambda: self.store("export").stderr, "an event behind the checkpoint"))

    def test_a_backup_starts_again_and_what_was_lost_is_named(self):
        backup = self.gate.path("backup.db")
        shutil.copy(self.gate.path("state/audit.db"), backup)
        self.gate.start()
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        self.gate.stop()
        self.forget()
        shutil.copy(backup, self.gate.path("state/audit.db"))
        self.assertIn(b"behind_anchor", self.store("verify").stdout)
        self.refuses_to_start()
        self.assertIn(b"lost_in_restore", self.restore_and_start())

    def test_a_store_that_is_gone_begins_anew_with_the_old_key(self):
        self.forget()
        self.refuses_to_start()
        self.assertIn(b"lost_in_restore", self.restore_and_start())


if __name__ == "__main__":
    gate.main()
