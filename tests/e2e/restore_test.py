# SPDX-License-Identifier: Apache-2.0
"""A store that went back in time, or is gone, starts again only when the chain says so."""
import glob
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import unittest

import gate


def size_and_digest(path):
    text = pathlib.Path(path).read_bytes()
    return [len(text), hashlib.sha256(text).hexdigest()]


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

    def backed_up(self):
        folder = self.gate.path("backup")
        done = self.store("backup", folder)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return folder

    def session_and_stop(self):
        self.assertEqual(self.gate.ssh("echo later").returncode, 0)
        self.gate.stop()

    def test_a_backup_beside_a_running_daemon_is_restored_and_the_chain_names_what_was_lost(self):
        self.gate.start()
        self.assertEqual(self.gate.ssh("echo once").returncode, 0)
        self.gate.wait_events("ssh_session.end", 2)
        backup = self.backed_up()
        manifest = [json.loads(line) for line in gate.read(backup + "/manifest.jsonl").splitlines()]
        self.assertEqual([manifest[0][name] for name in ("size", "sha256")], size_and_digest(backup + "/audit.db"))
        self.assertEqual(len(manifest), 3)
        for row in manifest[1:]:
            self.assertEqual([row["size"], row["sha256"]], size_and_digest(self.gate.path(f"state/recordings/{row['recording']}.rec")))
        self.assertEqual(os.stat(backup + "/audit.db").st_mode & 0o777, 0o600)
        self.session_and_stop()

        self.assertIn(b"holds a history", self.store("restore", backup, "--reason", "x").stderr)
        self.forget()
        os.remove(self.gate.path(f"state/recordings/{manifest[1]['recording']}.rec"))
        self.refuses_to_start()
        done = self.store("restore", backup, "--reason", "the disk died")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = self.gate.lines()
        event = next(event for event in map(json.loads, lines) if event["type"] == "chain.restored")
        self.assertEqual((event["seq"], event["prev"]), (manifest[0]["seq"] + 1, manifest[0]["hash"]))
        self.assertEqual((event["backup_seq"], event["backup_hash"]), (manifest[0]["seq"], manifest[0]["hash"]))
        self.assertEqual(event["events_lost"], event["anchored_seq"] - manifest[0]["seq"])
        self.assertEqual((event["recordings_lost"], event["lost_session_ids"]), (1, [manifest[1]["recording"]]))
        self.assertEqual(json.loads(lines[-1])["type"], "checkpoint")

        self.gate.start()
        self.session_and_stop()
        found = self.store("verify").stdout.decode()
        self.assertEqual({line.split(" ")[0] for line in found.splitlines()[:-1]}, {"restored", "lost_in_restore", "recording_missing"})

    def test_a_restore_from_which_nothing_was_lost_is_on_the_chain_all_the_same(self):
        backup = self.backed_up()
        self.forget()
        self.assertEqual(self.store("restore", backup, "--reason", "another disk").returncode, 0)
        event = self.gate.events("chain.restored")[0]
        self.assertEqual((event["recordings_lost"], "events_lost" in event, "anchored_seq" in event), (0, False, False))
        self.gate.start()

    def test_what_is_no_genuine_backup_is_refused(self):
        backup = self.backed_up()
        self.forget()
        restore = lambda: self.store("restore", backup, "--reason", "x")
        manifest = gate.read(backup + "/manifest.jsonl")
        with open(backup + "/audit.db", "r+b") as file:
            kept = file.read()
            file.seek(len(kept) // 2)
            file.write(bytes([kept[len(kept) // 2] ^ 1]))
        self.assertIn(b"is not what its manifest says", restore().stderr)
        with open(backup + "/audit.db", "wb") as file:
            file.write(kept)
        edit = sqlite3.connect(backup + "/audit.db")
        edit.execute("UPDATE events SET line = replace(line, 'alice', 'mallory')")
        edit.commit()
        edit.close()
        first = {**json.loads(manifest.splitlines()[0]), **dict(zip(("size", "sha256"), size_and_digest(backup + "/audit.db")))}
        gate.write(backup + "/manifest.jsonl", json.dumps(first) + "\n")
        self.assertIn(b"chain is not whole: modified", restore().stderr)
        with open(backup + "/audit.db", "wb") as file:
            file.write(kept)
        for broken, words in (("", b"is empty"), ("{}\n", b"manifest.jsonl:"), (manifest.replace("gate-test", "gate-other"), b"of the node"),
                              (manifest + '{"recording":"../../x","size":1,"sha256":"x"}\n', b"no session")):
            gate.write(backup + "/manifest.jsonl", broken)
            self.assertIn(words, restore().stderr)
        os.remove(backup + "/manifest.jsonl")
        self.assertIn(b"no backup", restore().stderr)
        self.assertFalse(os.path.exists(self.gate.path("state/audit.db")))
        gate.write(backup + "/manifest.jsonl", manifest)
        self.assertEqual(restore().returncode, 0)

    def test_a_backup_goes_into_no_folder_that_holds_something_and_a_restore_beside_no_daemon(self):
        backup = self.backed_up()
        self.assertIn(b"is no empty folder", self.store("backup", backup).stderr)
        self.gate.start()
        self.assertIn(b"is used by another sallyportd", self.store("restore", backup, "--reason", "x").stderr)

    def test_a_store_of_a_newer_version_is_refused_in_words(self):
        backup = self.backed_up()
        store = sqlite3.connect(self.gate.path("state/audit.db"))
        store.execute("PRAGMA user_version = 1000")
        store.commit()
        store.close()
        for words in ((), ("store", "verify"), ("store", "export"), ("store", "restore", "--reason", "x"), ("store", "restore", backup, "--reason", "x")):
            done = self.gate.run([gate.DAEMON, "--config", self.gate.path("sallyport.yml"), *words])
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"a newer sallyportd wrote it; start that one", done.stderr)

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
