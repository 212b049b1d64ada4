# SPDX-License-Identifier: Apache-2.0
"""A full disk, a store or recordings that cannot be written, no descriptors: refused in words, ended, recovered from."""
import datetime
import json
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import gate

# While the file SALLYPORT_TEST_FAULT is there, writes to files whose path has its content in it meet a read-only
# file system.
SHIM = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_hit(const char* path) {
    char part[256];
    const char* fault = getenv("SALLYPORT_TEST_FAULT");
    const int fd = fault ? syscall(SYS_openat, AT_FDCWD, fault, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return 0;
    const long size = syscall(SYS_read, fd, part, sizeof part - 1);
    syscall(SYS_close, fd);
    if (size <= 0) return 0;
    part[size] = 0;
    return strstr(path, part) != NULL;
}

static int is_fd_hit(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return is_hit(path);
}

static long failed(void) { errno = EROFS; return -1; }

ssize_t write(int fd, const void* b, size_t n) { return is_fd_hit(fd) ? failed() : syscall(SYS_write, fd, b, n); }
ssize_t pwrite(int fd, const void* b, size_t n, off_t at) { return is_fd_hit(fd) ? failed() : syscall(SYS_pwrite64, fd, b, n, at); }
ssize_t pwrite64(int fd, const void* b, size_t n, off64_t at) { return is_fd_hit(fd) ? failed() : syscall(SYS_pwrite64, fd, b, n, at); }

static int open_file(const char* path, int flags, mode_t mode) {
    return (flags & O_ACCMODE) != O_RDONLY && is_hit(path) ? failed() : syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
#define OPEN(name) int name(const char* path, int flags, ...) { \
    va_list rest; va_start(rest, flags); const mode_t mode = va_arg(rest, mode_t); va_end(rest); return open_file(path, flags, mode); }
OPEN(open)
OPEN(open64)
"""


def health(bastion):
    """Status and troubles as /healthz has them."""
    address = gate.wait_for(lambda: re.search(r'msg="health and metrics" address=(\S+)', bastion.log_text()), "/healthz").group(1)
    try:
        with urllib.request.urlopen(f"http://{address}/healthz", timeout=gate.PATIENCE) as answer:
            return answer.status, json.load(answer)["troubles"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["troubles"]


def await_health(bastion, status):
    return gate.wait_for(lambda: (lambda found: found if found[0] == status else None)(health(bastion)), f"/healthz to answer {status}")


class Fault(unittest.TestCase):
    def open(self, command):
        """A session on a terminal that has shown something."""
        client = subprocess.Popen(self.gate.ssh_command("server01", "-tt") + [command], bufsize=0, env=self.gate.environment(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        self.assertIn(b"line", client.stdout.read(4))
        return client

    def writing(self):
        return self.open(f"while sleep 0.02; do echo line{1000 * '.'}; done")

    def is_told_that_it_ends(self, client):
        # The client writes its two streams out as each is ready: only their own order is the bastion's.
        _, words = client.communicate(timeout=gate.PATIENCE)
        self.assertEqual(client.returncode, 255)
        self.assertIn(b"cannot be recorded any more", words)

    def hold(self):
        """Sees to it that the fault lasts."""

    def refusal(self):
        self.hold()
        done = self.gate.ssh("true")
        return done if done.returncode == 255 else None

    def is_refused_in_words(self):
        self.assertIn(b"cannot be recorded", gate.wait_for(self.refusal, "a refusal").stderr)
        self.assertIsNone(self.gate.process.poll(), "the daemon stays up")

    def is_ailing(self, part, log):
        """/healthz names the part, and the log says what is."""
        def named():
            self.hold()
            status, troubles = health(self.gate)
            return (status, troubles[part]) if part in troubles else None

        status, cause = gate.wait_for(named, f"/healthz to name {part}")
        self.assertEqual(status, 503)
        self.assertNotEqual(cause, "")
        self.assertRegex(self.gate.log_text(), log)

    def is_well_again(self):
        gate.wait_for(lambda: self.gate.ssh("true").returncode == 0, "sessions to be possible again")
        self.assertEqual(await_health(self.gate, 200)[1], {})

    def has_its_ends(self, failed, what):
        """Every start has its end, `failed` of them for want of a record; the failure is on the chain, which is whole."""
        gate.wait_for(lambda: len(self.gate.events("ssh_session.start")) == len(self.gate.events("ssh_session.end")), "every end")
        self.gate.stop()
        events = self.gate.events()
        starts = [e["session_id"] for e in events if e["type"] == "ssh_session.start"]
        ends = {e["session_id"]: e["end_reason"] for e in events if e["type"] == "ssh_session.end"}
        self.assertEqual(sorted(starts), sorted(ends))
        self.assertEqual(list(ends.values()).count("record_failure"), failed, ends)
        failures = [e for e in events if e["type"] == "record.failure"]
        self.assertIn(what, [e["what"] for e in failures])
        self.assertNotIn("", [e["cause"] for e in failures])
        verified = self.gate.run([gate.DAEMON, "--config", self.gate.path("sallyport.yml"), "store", "verify"])
        self.assertEqual(verified.returncode, 0, verified.stdout)

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        out = super().run(result)
        if len(result.failures) + len(result.errors) > before and hasattr(self, "log"):
            print("---- sallyportd's log ----", *self.log[-60:], sep="\n")
        return out

    def close(self):
        self.log = self.gate.log_text().splitlines() if self.gate.process else []
        self.gate.close()


class SmallDisk(Fault):
    def setUp(self):
        if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
            self.skipTest("mounting a small file system needs root")
        self.gate = gate.Gate(start=False, config="recording: {min_free: 1MiB}")
        self.addCleanup(self.close)
        os.makedirs(self.gate.path("state"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=90m,mode=700", "tmpfs", self.gate.path("state")], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.gate.path("state")], check=True)
        self.gate.start()


class FullDisk(SmallDisk):
    def hold(self):
        """Takes what is free, also what the store gives up so that ends are kept."""
        with open(self.gate.path("state/filler"), "ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 65536)
            except OSError:
                pass

    def test_a_full_disk_refuses_sessions_ends_those_that_write_and_is_recovered_from(self):
        client = self.writing()
        gate.wait_for(lambda: self.hold() or client.poll() is not None, "the live session to end")
        self.is_told_that_it_ends(client)
        self.is_refused_in_words()
        self.is_ailing("space", "too little disk space is free: new sessions are refused")
        os.unlink(self.gate.path("state/filler"))
        self.is_well_again()
        self.has_its_ends(1, "recording")

    def test_a_live_session_that_fills_the_disk_itself_is_told_that_it_ends(self):
        client = self.open(f"exec yes line{1000 * '.'}")
        self.is_told_that_it_ends(client)
        self.assertEqual(self.gate.wait_events("ssh_session.end")[0]["end_reason"], "record_failure")


class UnwritableFolder(SmallDisk):
    def test_an_unwritable_recordings_folder_refuses_sessions_and_leaves_live_ones(self):
        client = self.writing()
        recordings = self.gate.path("state/recordings")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", recordings], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", recordings], check=False, stderr=subprocess.DEVNULL)
        self.is_refused_in_words()
        self.is_ailing("recordings", "recordings cannot be made: new sessions are refused")
        self.assertIsNone(client.poll(), "its recording is open, and can be written")
        subprocess.run(["umount", recordings], check=True)
        self.is_well_again()
        client.kill()
        client.communicate()
        self.has_its_ends(0, "recording")


class LittleSpace(SmallDisk):
    def test_recordings_past_their_time_go_although_sessions_are_refused(self):
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        end = self.gate.wait_events("ssh_session.end")[0]
        recording = self.gate.path(f"state/recordings/{end['session_id']}.rec")
        ended = datetime.datetime.fromisoformat(end["time"].replace("Z", "+00:00")).timestamp()
        gate.wait_for(lambda: time.time() > ended + 1.1, "the recording to be past its time")
        self.gate.stop()
        self.gate.write_config('recording: {min_free: "90%", retain: 1s}')
        self.gate.start()
        self.is_ailing("space", "too little disk space is free")
        self.is_refused_in_words()
        gate.wait_for(lambda: not os.path.exists(recording), "the old recording to go")
        self.assertEqual(len(self.gate.events("recording.deleted")), 1)
        self.gate.write_config("recording: {min_free: 1MiB, retain: 1s}")
        self.gate.process.send_signal(signal.SIGHUP)
        self.is_well_again()


class LockedStore(Fault):
    def test_a_store_that_another_holds_refuses_sessions_and_is_recovered_from(self):
        self.gate = gate.Gate()
        self.addCleanup(self.close)
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        other = sqlite3.connect(self.gate.path("state/audit.db"), isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        self.is_refused_in_words()
        self.is_ailing("store", "the audit store fails")
        other.execute("ROLLBACK")
        self.is_well_again()
        self.has_its_ends(0, "store")


class ReadOnly(Fault):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="sallyport-test-", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.home)
        source = gate.write(os.path.join(cls.home, "shim.c"), SHIM)
        cls.shim = os.path.join(cls.home, "shim.so")
        subprocess.run(["cc", "-O1", "-w", "-U_FORTIFY_SOURCE", "-shared", "-fPIC", "-o", cls.shim, source], check=True)

    def setUp(self):
        self.fault = os.path.join(self.home, "fault")
        self.gate = gate.Gate(start=False)
        self.addCleanup(self.close)
        self.gate.start(LD_PRELOAD=self.shim, SALLYPORT_TEST_FAULT=self.fault)
        self.addCleanup(self.mend)

    def fail(self, part):
        gate.write(self.fault + ".new", part)
        os.rename(self.fault + ".new", self.fault)

    def mend(self):
        if os.path.exists(self.fault):
            os.unlink(self.fault)

    def test_a_read_only_store_refuses_sessions_ends_live_ones_and_is_recovered_from(self):
        clients = [self.writing(), self.open("echo line; sleep 1000")]
        self.fail("/state/audit.db")
        for client in clients:
            self.is_told_that_it_ends(client)
        self.is_refused_in_words()
        self.is_ailing("store", "the audit store fails: new sessions are refused, live ones end")
        self.mend()
        self.is_well_again()
        self.assertIn("the audit store works again", self.gate.log_text())
        self.has_its_ends(2, "store")

    def test_a_session_whose_start_is_not_kept_logs_in_nowhere_and_leaves_nothing(self):
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        self.gate.wait_events("ssh_session.end")
        accepted = gate.read(self.gate.sshds[0].log).count("Accepted publickey")
        recordings = os.listdir(self.gate.path("state/recordings"))
        self.fail("/state/audit.db")
        done = self.gate.ssh("touch " + self.gate.path("done"))
        self.assertEqual(done.returncode, 255)
        self.assertIn(b"this session cannot be recorded, so it does not start", done.stderr)
        self.assertEqual(gate.read(self.gate.sshds[0].log).count("Accepted publickey"), accepted)
        self.assertFalse(os.path.exists(self.gate.path("done")))
        self.assertEqual(os.listdir(self.gate.path("state/recordings")), recordings)
        self.mend()
        self.is_well_again()
        self.has_its_ends(0, "store")

    def test_a_recording_that_cannot_be_written_ends_its_session_and_refuses_new_ones(self):
        client, silent = self.writing(), self.open("echo line; sleep 1000")
        self.fail("/state/recordings/")
        self.is_told_that_it_ends(client)
        self.is_refused_in_words()
        self.assertRegex(self.gate.log_text(), "a session could not start.*make the recording.*Read-only file system")
        self.assertIsNone(silent.poll(), "nothing of it was to be kept")
        self.mend()
        self.is_well_again()
        silent.kill()
        silent.communicate()
        self.has_its_ends(1, "recording")


class NoDescriptors(Fault):
    def setUp(self):
        if gate.is_sanitized():
            self.skipTest("UBSan needs descriptors of its own, and takes their lack for broken memory")
        self.gate = gate.Gate()
        self.addCleanup(self.close)
        self.assertEqual(self.gate.ssh("true").returncode, 0)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.gate.process.pid}/fd"))

    def sockets(self):
        listed = subprocess.run(["ls", "-l", f"/proc/{self.gate.process.pid}/fd"], check=False, capture_output=True, text=True)
        return listed.stdout.count("socket:")

    def wants_to_run(self):
        """Whether a thread runs, or would if there were a core for it: true on a busy machine as well."""
        tasks = f"/proc/{self.gate.process.pid}/task"
        return any(gate.read(f"{tasks}/{task}/stat").rsplit(") ", 1)[1].startswith("R") for task in os.listdir(tasks))

    def allow(self, count):
        hard = resource.prlimit(self.gate.process.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(self.gate.process.pid, resource.RLIMIT_NOFILE, (hard if count is None else count, hard))

    def test_without_descriptors_sessions_are_refused_live_ones_go_on_and_none_is_lost(self):
        client = subprocess.Popen(self.gate.ssh_command() + ["cat"], env=self.gate.environment(), bufsize=0,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(client.stdout.close)
        self.addCleanup(client.kill)

        def says(line):
            client.stdin.write(line)
            self.assertEqual(client.stdout.readline(), line)

        says(b"before\n")
        used, with_one = self.descriptors(), self.sockets()
        refused = []
        # One more each time, so that each descriptor of a session is the one that is not there.
        for more in range(12):
            self.allow(used + more)
            done = self.gate.ssh("true", options=("-o", "ConnectTimeout=2"))
            refused.append(done.returncode)
            self.assertNotEqual(done.stderr if done.returncode else b"in", b"", "words for a refusal")
            says(f"with {more} more\n".encode())
        self.assertEqual(refused[0], 255)
        self.allow(None)
        self.assertEqual(self.gate.ssh("echo in").stdout, b"in\n")
        says(b"after\n")
        gate.wait_for(lambda: self.sockets() == with_one, "descriptors to be given back")
        client.stdin.close()
        self.assertEqual(client.wait(gate.PATIENCE), 0)
        self.gate.stop()
        starts, ends = (sorted(e["session_id"] for e in self.gate.events(kind)) for kind in ("ssh_session.start", "ssh_session.end"))
        self.assertEqual(starts, ends)

    def test_somebody_who_waits_for_a_descriptor_does_not_keep_the_daemon_busy(self):
        status, _ = health(self.gate)
        self.assertEqual(status, 200)
        address = re.search(r'msg="health and metrics" address=([^:]+):(\d+)', self.gate.log_text())
        self.allow(self.descriptors())
        with socket.create_connection((address.group(1), int(address.group(2))), 5):
            seen = []
            for _ in range(40):
                time.sleep(0.025)
                seen.append(self.wants_to_run())
            self.assertLess(seen.count(True), 20, "it asks for the descriptor all the time")
        self.allow(None)
        await_health(self.gate, 200)


if __name__ == "__main__":
    gate.main()
