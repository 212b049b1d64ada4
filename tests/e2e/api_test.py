# SPDX-License-Identifier: Apache-2.0
"""The HTTP API over the SSH subsystem: who may read what, and what reading leaves on record."""
import http.client
import io
import json
import os
import re
import socket
import subprocess
import urllib.request
import urllib.error

from gate import GateTest, main, wait_for


class Replayed:
    """The bytes of several answers, as http.client wants to meet them: a file that outlives each."""

    def __init__(self, data):
        self.file = io.BytesIO(data)

    def makefile(self, *_):
        return self

    def close(self):
        pass

    def __getattr__(self, name):
        return getattr(self.file, name)


class ApiClient(GateTest):
    def ask(self, *requests, key):
        """Sends requests (METHOD, PATH, BODY) over one channel and gives the answers."""
        gate = self.gate
        options = ["-o", "IdentityFile=" + key, "-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
                   "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=" + gate.path("known_hosts"),
                   "-o", "LogLevel=ERROR"]
        command = ["ssh", *options, "-p", str(gate.port), "-s", "sallyport@127.0.0.1", "api"]
        text = ""
        for number, (method, path, body) in enumerate(requests):
            last = "Connection: close\r\n" if number == len(requests) - 1 else ""
            text += f"{method} {path} HTTP/1.1\r\nHost: bastion\r\n{last}Content-Length: {len(body)}\r\n\r\n{body}"
        done = gate.run(command, input=text.encode())
        stream, answers = Replayed(done.stdout), []
        for method, _, _ in requests:
            answer = http.client.HTTPResponse(stream, method=method)
            answer.begin()
            answers.append((answer.status, answer.headers, answer.read()))
        return answers

    def get(self, path, key=None):
        (status, _, body), = self.ask(("GET", path, ""), key=key or self.gate.alice_key)
        return status, json.loads(body)


class ApiTest(ApiClient):
    def a_session(self):
        known = {event["session_id"] for event in self.gate.events("ssh_session.end")}
        self.assertEqual(self.gate.ssh("true").returncode, 0)
        ended = wait_for(lambda: {e["session_id"] for e in self.gate.events("ssh_session.end")} - known, "its end")
        return max(ended)  # the latest, should an end of before have been late

    def test_me_says_who_was_proven(self):
        status, me = self.get("/api/v1/me/")
        self.assertEqual((status, me["user"], me["desk_role"]), (200, "alice", "admin"))
        self.assertEqual(self.get("/api/v1/me")[1], me, "a path answers alike without its slash")

    def test_answers_carry_the_headers_that_guard_them(self):
        (_, headers, _), = self.ask(("GET", "/api/v1/me/", ""), key=self.gate.alice_key)
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(headers["Content-Security-Policy"], "default-src 'none'")

    def test_hosts_are_only_those_that_are_open_to_the_asker(self):
        self.assertEqual([host["inventory_name"] for host in self.get("/api/v1/hosts/")[1]["results"]], ["server01"])
        self.assertEqual(self.get("/api/v1/hosts/", self.gate.bob_key)[1]["results"], [])

    def test_somebody_elses_session_is_no_different_from_none(self):
        session = self.a_session()
        self.assertEqual(self.get(f"/api/v1/ssh-sessions/{session}/")[0], 200)
        status, error = self.get(f"/api/v1/ssh-sessions/{session}/", self.gate.bob_key)
        none = self.get("/api/v1/ssh-sessions/0198c0de-0000-7000-8000-000000000000/", self.gate.bob_key)
        self.assertEqual((status, error), none)
        self.assertEqual((status, error["type"], error["errors"][0]["code"]), (404, "client_error", "not_found"))
        self.assertEqual(self.get(f"/api/v1/ssh-sessions/{session}/events/", self.gate.bob_key)[0], 404)
        self.assertEqual(self.get(f"/api/v1/ssh-sessions/{session}/recording/", self.gate.bob_key)[0], 404)

    def test_without_a_role_there_are_no_events_no_export_and_no_sessions_of_others(self):
        self.a_session()
        for path in ("/api/v1/events/", "/api/v1/events/export/", "/api/v1/ssh-sessions/?user=alice"):
            self.assertEqual(self.get(path, self.gate.bob_key)[0], 403, path)
        self.assertEqual(self.get("/api/v1/ssh-sessions/", self.gate.bob_key)[1]["results"], [])

    def test_an_export_is_the_chain_and_on_record(self):
        (status, _, body), = self.ask(("GET", "/api/v1/events/export/", ""), key=self.gate.alice_key)
        self.assertEqual(status, 200)
        last = [json.loads(line) for line in body.decode().splitlines()][-2:]
        self.assertEqual([event["type"] for event in last], ["record.read", "checkpoint"])
        self.assertEqual(last[0]["what"], "export")

    def test_an_export_ends_with_its_checkpoint_whatever_happens_meanwhile(self):
        gate = self.gate
        # More than all windows and buffers between hold, so that the export is not yet done while it is not read.
        path = "ControlPath=" + gate.path("mux")
        master = subprocess.Popen(gate.ssh_command("server01", "-M", "-N", "-o", path), env=gate.environment(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(master.wait)
        self.addCleanup(master.kill)
        wait_for(lambda: os.path.exists(gate.path("mux")), "a connection to share")
        for _ in range(48):
            self.assertEqual(gate.ssh(": " + "x" * 100_000, options=("-o", path)).returncode, 0)
        command = ["ssh", "-F", gate.path("ssh_config"), "-s", "sallyport@127.0.0.1", "api"]
        client = subprocess.Popen(command, env=gate.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        client.stdin.write(b"GET /api/v1/events/export/ HTTP/1.1\r\nHost: bastion\r\nConnection: close\r\n\r\n")
        client.stdin.flush()
        head = client.stdout.read(1000)
        self.a_session()
        stream = Replayed(head + client.stdout.read())
        answer = http.client.HTTPResponse(stream, method="GET")
        answer.begin()
        self.assertEqual(json.loads(answer.read().decode().splitlines()[-1])["type"], "checkpoint")

    def test_the_newest_events_come_first_where_they_are_asked_for(self):
        self.a_session()
        before = self.gate.events()[-1]["seq"]
        newest = self.get("/api/v1/events/?last=true&page_size=2")[1]
        seqs = [event["seq"] for event in newest["results"]]
        self.assertEqual(seqs, [seqs[0], seqs[0] + 1])
        self.assertGreater(seqs[1], before)
        after = self.get(newest["next"])[1]["results"]
        self.assertEqual(after[0]["seq"], seqs[1] + 1, "its cursor goes on where it ended")

    def test_a_head_has_no_body_and_leaves_the_connection_in_order(self):
        first, second = self.ask(("HEAD", "/api/v1/me/", ""), ("GET", "/api/v1/me/", ""), key=self.gate.alice_key)
        self.assertEqual((first[0], first[2]), (405, b""))
        self.assertEqual(json.loads(second[2])["user"], "alice")

    def test_no_cursor_of_the_asker_skips_the_note_that_others_were_read(self):
        self.a_session()
        before = len(self.gate.events("record.read"))
        self.assertEqual(self.get("/api/v1/ssh-sessions/?cursor=0")[0], 200)
        self.assertEqual(len(self.gate.events("record.read")), before + 1)

    def test_the_pages_of_one_question_are_noted_once(self):
        self.a_session()
        before = len(self.gate.events("record.read"))
        page = ("GET", "/api/v1/events/?page_size=1", "")
        answers = self.ask(page, page, ("GET", "/api/v1/events/?page_size=1&cursor=1", ""), key=self.gate.alice_key)
        self.assertEqual([status for status, _, _ in answers], [200, 200, 200])
        self.assertEqual(len(self.gate.events("record.read")), before + 1)

    def test_a_live_session_is_terminated_by_an_admin_alone(self):
        command = self.gate.ssh_command("server01") + ["sleep 600"]
        client = subprocess.Popen(command, env=self.gate.environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            path = "/api/v1/ssh-sessions/?status=open"
            session = wait_for(lambda: self.get(path)[1]["results"], "a live session")[0]["id"]
            stop = ("POST", f"/api/v1/ssh-sessions/{session}/terminate/", '{"reason": "drill"}')
            wrong = ("POST", f"/api/v1/ssh-sessions/{session}/terminate/", '{"reason": 7}')
            self.assertEqual(self.ask(stop, key=self.gate.bob_key)[0][0], 403)
            self.assertEqual(self.ask(wrong, key=self.gate.alice_key)[0][0], 400)
            self.assertIsNone(client.poll())
            self.assertEqual(self.ask(stop, key=self.gate.alice_key)[0][0], 202)
            client.wait(30)
        finally:
            client.kill()
            client.wait()
        ends = wait_for(lambda: [e for e in self.gate.events("ssh_session.end") if e["session_id"] == session], "its end")
        self.assertEqual(ends[0]["end_reason"], "terminated")
        said = [e for e in self.gate.events("ssh_session.terminated") if e["session_id"] == session]
        self.assertEqual([(e["by"], e["reason"]) for e in said], [("alice", "drill")])
        self.assertLess(said[0]["seq"], ends[0]["seq"])

    def test_a_recording_comes_byte_for_byte(self):
        session = self.a_session()
        (status, _, body), = self.ask(("GET", f"/api/v1/ssh-sessions/{session}/recording/", ""), key=self.gate.alice_key)
        with open(self.gate.path(f"state/recordings/{session}.rec"), "rb") as file:
            self.assertEqual((status, body), (200, file.read()))

    def test_what_is_no_question_gets_an_error_in_the_known_shape(self):
        for path, wanted in (("/api/v1/nothing/", 404), ("/api/v1/ssh-sessions/?from=noon", 400),
                             ("/api/v1/events/?cursor=%21", 400),
                             ("/api/v1/ssh-sessions/?status=gone", 400), ("/api/v1/events/?page_size=0", 400),
                             ("/api/v1/events/?page_size=10x", 400), ("/api/v1/ssh-sessions/?hots=x", 400),
                             ("/api/v1/me/?user=alice", 400), ("/api/v1/events/?last=1", 400)):
            status, error = self.get(path)
            self.assertEqual(status, wanted, path)
            self.assertEqual(set(error["errors"][0]), {"code", "detail", "attr"})
        (status, _, _), = self.ask(("POST", "/api/v1/me/", ""), key=self.gate.alice_key)
        self.assertEqual(status, 405)

    def local(self):
        return re.search(r'msg="?health and metrics"? address=(\S+)', self.gate.log_text()).group(1)

    def test_on_loopback_are_health_and_metrics_and_nothing_else(self):
        where = "http://" + self.local()
        self.assertEqual(json.load(urllib.request.urlopen(where + "/healthz", timeout=10))["status"], "ok")
        self.assertIn(json.load(urllib.request.urlopen(where + "/healthz", timeout=10))["clock"], ("synchronised", "unsynchronised"))
        for path in ("/api/v1/me/", "/healthz/../api/v1/me", "/HEALTHZ", "//healthz", "/healthz%00", "/"):
            for method in ("GET", "POST", "DELETE", "WHATEVER"):
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(urllib.request.Request(where + path, method=method), timeout=10)
                self.assertEqual(refused.exception.code, 404, (method, path))

    def test_the_figures_are_there_and_move(self):
        def figures():
            text = urllib.request.urlopen("http://" + self.local() + "/metrics", timeout=10).read().decode()
            return {line.split()[0]: float(line.split()[1]) for line in text.splitlines() if not line.startswith("#")}
        self.a_session()
        before = figures()
        self.assertEqual(self.gate.ssh("cat", input=b"12345").stdout, b"12345")
        self.gate.ssh("true", target="nowhere")
        after = wait_for(lambda: (lambda f: f if f["sallyport_bytes_out_total"] > before["sallyport_bytes_out_total"]
                                  and f.get("sallyport_refusals_total", 0) > 0 else None)(figures()), "the figures")
        self.assertEqual(after["sallyport_bytes_in_total"], before["sallyport_bytes_in_total"] + 5)
        self.assertEqual(after["sallyport_sessions_total"], before["sallyport_sessions_total"] + 1)
        self.assertEqual(after["sallyport_logins_total"], before["sallyport_logins_total"] + 2)
        for name in ("sallyport_sessions", "sallyport_audit_commits_total", "sallyport_audit_commit_microseconds_total",
                     "sallyport_audit_queue_depth", "sallyport_pool_queue_depth"):
            self.assertIn(name, after)
        self.assertTrue([name for name in after if name.startswith("sallyport_build_info{") and "libssh=" in name])

    def test_clients_that_say_nothing_do_not_keep_others_from_health(self):
        address, port = self.local().rsplit(":", 1)
        idle = [socket.create_connection((address, int(port)), 10) for _ in range(100)]
        self.assertEqual(urllib.request.urlopen(f"http://{self.local()}/healthz", timeout=5).status, 200)
        idle[0].settimeout(10)
        self.assertEqual(idle[0].recv(1), b"", "the oldest has made room")
        for one in idle:
            one.close()

    def test_what_is_no_http_is_told_so(self):
        address, port = self.local().rsplit(":", 1)
        with socket.create_connection((address, int(port)), 10) as peer:
            peer.sendall(b"\x16\x03\x01 hello\r\n\r\n")
            self.assertTrue(peer.recv(1000).startswith(b"HTTP/1.1 400"))


if __name__ == "__main__":
    main()
