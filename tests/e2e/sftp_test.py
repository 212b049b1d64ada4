# SPDX-License-Identifier: Apache-2.0
"""What sftp and scp do with the target's files is on record, whatever the names; `sftp_read` lets nothing be written."""
import base64
import os

import gate
import raw_sftp as raw


class Sftp(gate.GateTest):
    allow = "sftp"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles(cls.allow)

    @classmethod
    def roles(cls, allow):
        cls.gate.change_policy(f"roles:\n  - {{name: ops, operators: ['@ops'], targets: ['acme+@all'], "
                               f"logins: ['{cls.gate.user}'], allow: [{allow}]}}\n")

    def setUp(self):
        self.there = self.gate.path("there-" + self._testMethodName)
        os.mkdir(self.there)
        self.seen = len(self.gate.lines())

    def path(self, name):
        return os.path.join(self.there, name)

    def file(self, name, data=b"data"):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def config(self):
        return ["-F", self.gate.path("ssh_config")]

    def sftp(self, *commands):
        batch = "".join(command + "\n" for command in commands).encode()
        return self.gate.run(["sftp", "-b", "-", *self.config(), "server01@127.0.0.1"], input=batch)

    def scp(self, *words):
        return self.gate.run(["scp", *self.config(), *words])

    def client(self, *options, begin=True):
        made = raw.Client(self.gate.ssh_command("server01", *options), self.gate.environment(), begin)
        self.addCleanup(made.close)
        return made

    def new_events(self):
        return self.gate.events()[self.seen:]

    def deeds(self, count=1):
        """All events of the session that this test held, once it has ended `count` times."""
        ended = lambda: len([e for e in self.new_events() if e["type"] == "ssh_session.end"]) >= count
        gate.wait_for(ended, "the session's end")
        return self.new_events()

    @staticmethod
    def of(events, kind):
        return [event for event in events if event["type"] == kind]

    def one(self, events, of_type, /, **members):
        found = [e for e in self.of(events, of_type) if all(e.get(name) == value for name, value in members.items())]
        self.assertEqual(len(found), 1, (of_type, members, self.of(events, of_type)))
        return found[0]


class OnRecord(Sftp):
    def test_each_deed_of_the_sftp_client_is_on_record(self):
        here, path = self.file("here", os.urandom(300_000)), self.path
        done = self.sftp(f"put {here} {path('a')}", f"get {path('a')} {path('back')}", f"chmod 600 {path('a')}",
                         f"rename {path('a')} {path('b')}", f"rename -l {path('b')} {path('c')}", f"ln {path('c')} {path('d')}",
                         f"ln -s c {path('e')}", f"mkdir {path('f')}", f"rmdir {path('f')}", f"rm {path('d')}",
                         f"chmod -h 700 {path('c')}", f"put -p {here} {path('g')}")
        self.assertEqual(done.returncode, 0, done.stderr)
        events = self.deeds()
        opened = self.one(events, "file.open", path=path("a"), flags=["write", "create", "truncate"])
        self.assertEqual(opened["status"], "ok")
        self.one(events, "file.open", path=path("a"), flags=["read"])
        closed = self.of(events, "file.close")
        figures = [(e["path"], e["bytes_read"], e["bytes_written"], e["status"]) for e in closed]
        self.assertEqual(figures, [(path("a"), 0, 300_000, "ok"), (path("a"), 300_000, 0, "ok"), (path("g"), 0, 300_000, "ok")])
        self.one(events, "file.setstat", path=path("a"), request="setstat", permissions="0600", status="ok")
        self.one(events, "file.rename", path=path("a"), new_path=path("b"), request="posix-rename@openssh.com", status="ok")
        self.one(events, "file.rename", path=path("b"), new_path=path("c"), request="rename", status="ok")
        self.one(events, "file.hardlink", path=path("c"), new_path=path("d"), status="ok")
        self.one(events, "file.symlink", path=path("e"), target="c", status="ok")
        self.one(events, "file.mkdir", path=path("f"), status="ok")
        self.one(events, "file.rmdir", path=path("f"), status="ok")
        self.one(events, "file.remove", path=path("d"), status="ok")
        self.assertEqual(self.one(events, "file.setstat", request="lsetstat@openssh.com")["path"], path("c"))
        times = [e for e in self.of(events, "file.setstat") if e["path"] == path("g") and "mtime" in e]
        self.assertTrue(times[0]["mtime"].endswith("Z"), times)
        self.assertEqual(self.of(events, "file.unparsed") + self.of(events, "file.flood"), [])
        self.assertEqual(os.readlink(path("e")), "c")

    def test_the_deeds_stand_between_their_channels_start_and_end(self):
        self.assertEqual(self.sftp(f"mkdir {self.path('x')}").returncode, 0)
        events = self.deeds()
        kinds = [e["type"] for e in events if e["type"].startswith(("file.", "channel.", "ssh_session.e"))]
        self.assertEqual(kinds, ["channel.start", "file.mkdir", "channel.end", "ssh_session.end"])
        self.assertEqual(len({e["channel_id"] for e in events if "channel_id" in e}), 1)

    def test_what_failed_has_the_servers_status(self):
        os.mkdir(self.path("full"))
        self.file("full/x")
        client = self.client()
        self.assertEqual(client.status(raw.REMOVE, 1, raw.string(self.path("none"))), 2)
        self.assertEqual(client.status(raw.RMDIR, 2, raw.string(self.path("full"))), 4)
        self.assertEqual(client.status(raw.OPEN, 3, raw.string(self.path("none")), raw.flags(raw.O_READ), raw.NO_ATTRIBUTES), 2)
        client.end()
        events = self.deeds()
        self.one(events, "file.remove", path=self.path("none"), status="no_such_file")
        self.one(events, "file.rmdir", path=self.path("full"), status="failure")
        self.one(events, "file.open", path=self.path("none"), status="no_such_file")

    def test_a_copy_within_the_target_is_on_record(self):
        done = self.sftp(f"cp {self.file('a')} {self.path('b')}")
        if b"copy-data extension" in done.stderr:
            self.skipTest("this sftp-server cannot copy")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.one(self.deeds(), "file.copy", path=self.path("a"), new_path=self.path("b"), status="ok")

    def test_scp_is_on_record_in_its_new_protocol_and_a_command_in_its_old_one(self):
        self.roles("sftp, exec")
        self.addCleanup(self.roles, self.allow)
        self.seen = len(self.gate.lines())
        here = self.file("here", b"x" * 70_000)
        self.assertEqual(self.scp("-s", here, f"server01@127.0.0.1:{self.path('new')}").returncode, 0)
        events = self.deeds()
        self.one(events, "file.close", path=self.path("new"), bytes_written=70_000)
        self.assertEqual(self.scp("-O", here, f"server01@127.0.0.1:{self.path('old')}").returncode, 0)
        events = self.deeds(2)[len(events):]
        self.assertTrue(self.one(events, "channel.start", kind="exec")["command"].startswith("scp "))
        self.assertEqual([e for e in events if e["type"].startswith("file.")], [])

    def test_a_name_may_hold_any_bytes_and_be_of_any_length(self):
        names = [b"line\nbreak", b"\x1b]0;title\x07", b"\xff\xfe not utf-8", b"n" * 5000, b"../.. \"'`$(true)", "umläut".encode()]
        client = self.client()
        wanted = [os.fsencode(self.there) + b"/" + name for name in names]
        for number, name in enumerate(wanted):
            status = client.status(raw.MKDIR, number, raw.string(name), raw.NO_ATTRIBUTES)
            self.assertEqual(status == 0, len(name) < 4096, name[-20:])
        client.end()
        made = self.of(self.deeds(), "file.mkdir")
        got = [base64.b64decode(e["path_b64"]) if "path_b64" in e else e["path"].encode() for e in made]
        self.assertEqual(got, wanted)
        self.assertEqual([("path_b64" in e) for e in made], [b"\xff" in name for name in wanted])

    def test_what_cannot_be_read_is_on_record_and_breaks_nothing(self):
        client = self.client()
        self.assertEqual(client.status(raw.EXTENDED, 1, raw.string("no-such@example.net")), 8)
        self.assertEqual(client.status(raw.MKDIR, 3, raw.string(self.path("x")), raw.NO_ATTRIBUTES), 0)
        client.send(raw.request(raw.REMOVE, 4, b"\xff\xff"))  # for which the server hangs up
        self.assertEqual(client.receive()[0], None)
        client.end()
        events = self.deeds()
        self.one(events, "file.unparsed", reason="unknown_request", packet_type=200, request="no-such@example.net")
        self.one(events, "file.unparsed", reason="malformed", packet_type=13, **{"from": "operator"})
        self.one(events, "file.mkdir", path=self.path("x"), status="ok")

    def test_a_terminal_on_an_sftp_channel_is_on_record_as_not_followed(self):
        client = self.client("-tt", begin=False)
        client.send(b"\x04\x04")
        client.end()
        self.one(self.deeds(), "file.unparsed", reason="terminal")

    def test_a_flood_is_counted_and_told_once(self):
        client = self.client()
        for start in range(0, 5000, 500):
            numbers = range(start, start + 500)
            client.send(b"".join(raw.request(raw.REMOVE, n, raw.string(self.path(str(n)))) for n in numbers))
            for _ in numbers:
                self.assertEqual(client.receive()[0], raw.STATUS)
        client.end()
        events = self.deeds()
        single, floods = self.of(events, "file.remove"), self.of(events, "file.flood")
        self.assertGreaterEqual(len(single), 1000)
        self.assertEqual(len(single) + sum(flood["counts"]["remove"] for flood in floods), 5000)
        self.assertLessEqual(len(floods), 1 + len(single) // 1000)
        self.assertEqual(sum(flood["failed"] for flood in floods), 5000 - len(single))
        self.assertTrue(all(flood["first"] <= flood["last"] for flood in floods))
        self.assertEqual(events[-1]["type"] in ("ssh_session.end", "connection.close", "checkpoint"), True)

    def test_a_flood_of_a_session_that_goes_on_is_told_by_a_minute_later(self):
        client = self.client()
        for n in range(1500):
            client.status(raw.REMOVE, n, raw.string(self.path("x")))
        gate.wait_for(lambda: self.of(self.new_events(), "file.flood"), "the flood", 90)
        self.assertEqual(self.of(self.new_events(), "ssh_session.end"), [])

    def test_what_was_open_when_the_client_vanished_is_closed_on_record(self):
        self.file("a", b"x" * 1000)
        client = self.client()
        kind, body = client.ask(raw.OPEN, 1, raw.string(self.path("a")), raw.flags(raw.O_READ), raw.NO_ATTRIBUTES)
        self.assertEqual(kind, raw.HANDLE)
        kind, _ = client.ask(raw.READ, 2, body[4:], b"\0" * 8, raw.flags(600))
        self.assertEqual(kind, raw.DATA)
        client.process.kill()
        closed = self.one(self.deeds(), "file.close", path=self.path("a"), bytes_read=600)
        self.assertNotIn("status", closed)

    def test_the_record_verifies(self):
        done = self.gate.run([gate.DAEMON, "--config", self.gate.path("sallyport.yml"), "store", "verify"])
        self.assertEqual(done.returncode, 0, done.stdout)


class ReadingOnly(Sftp):
    allow = "sftp_read"

    def refused(self, client, request, *, reason="reading_only"):
        code, words = client.end()
        self.assertEqual(code, 255)
        self.assertIn(b"sallyport: only reading files is permitted here", words)
        events = self.deeds()
        denied = self.one(events, "access.denied", kind="sftp", reason=reason)
        self.assertEqual(denied.get("request"), request)
        end = self.one(events, "channel.end")
        self.assertIn("only reading", end["cause"])
        self.assertEqual(end["channel_id"], denied["channel_id"])
        self.assertEqual(self.of(events, "record.failure"), [])
        return denied

    def test_reading_works(self):
        here, data = self.path("back"), os.urandom(200_000)
        done = self.sftp(f"ls {self.there}", f"get {self.file('a', data)} {here}", f"df {self.there}", "pwd")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(here, "rb") as file:
            self.assertEqual(file.read(), data)
        self.assertEqual(self.scp("-s", f"server01@127.0.0.1:{self.path('a')}", self.path("back2")).returncode, 0)
        events = self.deeds(2)
        self.assertEqual([e["bytes_read"] for e in self.of(events, "file.close")], [200_000, 200_000])
        self.assertEqual(self.of(events, "access.denied"), [])

    def test_each_command_that_writes_ends_the_channel_and_changes_nothing(self):
        path = self.path
        os.mkdir(path("folder"))
        self.file("a")
        here = self.gate.path("here")
        gate.write(here, "mine")
        before = sorted((name, os.stat(path(name)).st_mtime_ns, os.stat(path(name)).st_mode) for name in os.listdir(self.there))
        commands = {f"put {here} {path('new')}": "open", f"rm {path('a')}": "remove", f"mkdir {path('new')}": "mkdir",
                    f"rmdir {path('folder')}": "rmdir", f"rename {path('a')} {path('b')}": "posix-rename@openssh.com",
                    f"rename -l {path('a')} {path('b')}": "rename", f"ln {path('a')} {path('b')}": "hardlink@openssh.com",
                    f"ln -s {path('a')} {path('b')}": "symlink", f"chmod 777 {path('a')}": "setstat",
                    f"chmod -h 777 {path('a')}": "lsetstat@openssh.com", f"cp {path('a')} {path('b')}": "open"}
        for number, (command, request) in enumerate(commands.items()):
            done = self.sftp(command)
            self.assertNotEqual(done.returncode, 0, command)
            self.assertIn(b"only reading files is permitted here, not: " + request.encode(), done.stderr)
            denied = self.of(self.deeds(number + 1), "access.denied")
            self.assertEqual([e["request"] for e in denied][number:], [request])
        after = sorted((name, os.stat(path(name)).st_mtime_ns, os.stat(path(name)).st_mode) for name in os.listdir(self.there))
        self.assertEqual(before, after)

    def test_scp_brings_nothing_there_by_either_protocol(self):
        here = self.gate.path("here")
        gate.write(here, "mine")
        for protocol in ("-s", "-O"):
            self.assertNotEqual(self.scp(protocol, here, f"server01@127.0.0.1:{self.path('new')}").returncode, 0)
        self.assertEqual(os.listdir(self.there), [])

    def test_nothing_at_or_behind_a_refused_request_reaches_the_target(self):
        client = self.client()
        victims = [self.file(name) for name in ("a", "b")]
        client.send(raw.request(raw.STAT, 1, raw.string(victims[0])) + raw.request(raw.REMOVE, 2, raw.string(victims[0])) +
                    raw.request(raw.REMOVE, 3, raw.string(victims[1])))
        denied = self.refused(client, "remove")
        self.assertEqual(denied["path"], victims[0])
        self.assertEqual(sorted(os.listdir(self.there)), ["a", "b"])

    def test_a_request_in_pieces_is_refused_alike(self):
        client = self.client()
        victim = self.file("a")
        try:
            for byte in raw.request(raw.REMOVE, 2, raw.string(victim)):
                client.send(bytes([byte]))
        except BrokenPipeError:
            pass
        self.refused(client, "remove")
        self.assertTrue(os.path.exists(victim))

    def test_an_open_is_judged_by_its_flags(self):
        client = self.client()
        opening = [raw.string(self.path("new")), raw.flags(raw.O_READ | raw.O_WRITE | raw.O_CREATE), raw.NO_ATTRIBUTES]
        self.assertIsNone(client.status(raw.OPEN, 1, *opening))
        self.refused(client, "open")
        self.assertEqual(os.listdir(self.there), [])

    def test_an_unknown_request_ends_the_channel(self):
        client = self.client()
        self.assertIsNone(client.status(raw.EXTENDED, 1, raw.string("delete-all@example.net"), raw.string(self.there)))
        self.refused(client, "delete-all@example.net", reason="unparsed")

    def test_what_cannot_be_read_ends_the_channel(self):
        client = self.client()
        self.assertIsNone(client.status(raw.REMOVE, 1, b"\xff\xff"))
        self.refused(client, None, reason="unparsed")

    def test_a_request_before_the_version_is_known_ends_the_channel(self):
        client = self.client(begin=False)
        client.send(raw.packet(raw.INIT, b"\0\0\0\x06") + raw.request(raw.STAT, 1, raw.string(self.there)))
        self.refused(client, None, reason="unparsed")

    def test_other_channels_of_the_session_go_on(self):
        control = self.gate.path("mux")
        options = ("-o", f"ControlPath={control}", "-o", "ControlMaster=auto", "-o", "ControlPersist=yes")
        first = self.client(*options)
        second = self.client(*options)
        self.assertIsNone(first.status(raw.REMOVE, 1, raw.string(self.path("x"))))
        self.assertEqual(second.ask(raw.STAT, 1, raw.string(self.there))[0], 105)
        second.end()
        self.gate.run(["ssh", *self.config(), "-O", "exit", *options, "server01@127.0.0.1"])
        events = self.deeds()
        self.assertEqual(sorted("cause" in e for e in self.of(events, "channel.end")), [False, True])
        self.assertEqual(self.one(events, "ssh_session.end")["end_reason"], "exit")

    def test_a_terminal_a_shell_and_a_command_are_refused(self):
        for words in ((("-tt", "-s"), "sftp"), ((), "true")):
            done = self.gate.ssh(words[1], options=words[0])
            self.assertEqual(done.returncode, 255)
            self.assertIn(b"not permitted here", done.stdout + done.stderr)
        reasons = [e["reason"] for e in self.of(self.deeds(2), "access.denied")]
        self.assertEqual(reasons, ["terminal", "no_role"])

    def test_a_reload_that_takes_writing_away_ends_the_session(self):
        self.roles("sftp")
        self.addCleanup(self.roles, self.allow)
        self.seen = len(self.gate.lines())
        client = self.client()
        self.assertEqual(client.status(raw.MKDIR, 1, raw.string(self.path("x")), raw.NO_ATTRIBUTES), 0)
        self.roles("sftp_read")
        self.assertEqual(client.receive()[0], None)
        self.assertEqual(self.one(self.deeds(), "ssh_session.end")["end_reason"], "policy_change")

    def test_a_reload_that_adds_writing_ends_nothing(self):
        client = self.client()
        self.assertEqual(client.ask(raw.STAT, 1, raw.string(self.there))[0], 105)
        self.roles("sftp")
        self.addCleanup(self.roles, self.allow)
        self.assertEqual(client.ask(raw.STAT, 2, raw.string(self.there))[0], 105)


del Sftp  # is no test by itself

if __name__ == "__main__":
    gate.main()
