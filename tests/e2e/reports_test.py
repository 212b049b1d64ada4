# SPDX-License-Identifier: Apache-2.0
"""What clients report of their runs, syncs and instances, in the form that existing ones speak, and the questions that find it."""
import hashlib
import json
import subprocess
import threading
import time

import gate
from api_test import ApiClient

START = {"organization": "acme-corp", "workspace": "acme", "block": "linux-patch", "action": "patch"}


class Reports(ApiClient):
    options = {"targets": 2}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gate.stop()
        cls.carol_key = cls.gate.path("carol")
        cls.gate.operators += f"  carol: {{keys: ['{gate.make_key(cls.carol_key)}']}}\n"
        cls.gate.write_policy(f"roles:\n  - {{name: ops, operators: ['@ops', carol], targets: ['acme+@all'], logins: ['{cls.gate.user}'], "
                              "allow: [exec]}\n  - {name: boss, operators: [alice], desk: admin}\n")
        cls.gate.start()

    def send(self, method, path, body=None, key=None):
        (status, _, answer), = self.ask((method, "/api/v1/" + path, json.dumps(body) if body is not None else ""), key=key or self.carol_key)
        return status, json.loads(answer)

    def start(self, key=None, **members):
        status, answer = self.send("POST", "cli/action-runs/start/", {**START, **members}, key)
        self.assertEqual((status, answer["success"], answer["status"]), (201, True, "running"), answer)
        self.assertEqual(answer["action_run_url"], f"/api/v1/action-runs/{answer['action_run_id']}/")
        return answer["action_run_id"]

    def finish(self, run, key=None, **members):
        return self.send("POST", f"cli/action-runs/{run}/finish/", {"exit_code": 0, **members}, key)

    def test_a_run_is_on_record_before_the_answer_and_has_its_end(self):
        before = time.time()
        run = self.start(block="told", block_version="0.1.0", block_config={"password": "hunter2"}, started_at="2020-01-01T00:00:00+02:00",
                         workspace_commit="ab" * 20, workspace_dirty=True, inventory_hosts=["server01", "server02"],
                         toolchain={"kind": "local", "ansible_version": "2.14", "more": 1})
        start, = [e for e in self.gate.events("action_run.start") if e["run_id"] == run]
        self.assertEqual((start["user"], start["workspace"], start["block"], start["action"]), ("carol", "acme", "told", "patch"))
        self.assertEqual(start["claimed_started_at"], "2019-12-31T22:00:00.000000Z")
        self.assertEqual((start["claimed_workspace_commit"], start["claimed_workspace_dirty"]), ("ab" * 20, True))
        self.assertEqual(start["toolchain"], {"kind": "local", "ansible_version": "2.14"})
        self.assertNotIn("hunter2", json.dumps(start), "a block's config may hold secrets")
        status, answer = self.finish(run, exit_code=2, finished_at="2020-01-01T00:01:00Z", stdout="out\n", stderr="err\n",
                                     metadata={"x": [1.5, None]}, affected_hosts=["server01"], duration_seconds=1.25)
        self.assertEqual((status, answer["status"]), (200, "failed"))
        status, found = self.send("GET", f"action-runs/{run}/")
        self.assertEqual((status, found["type"], found["status"], found["exit_code"]), (200, "action_run", "failed", 2))
        self.assertEqual(found["affected_hosts"], ["server01"])
        self.assertEqual((found["claimed_metadata"], found["claimed_duration_seconds"]), ('{"x":[1.5,null]}', 1))
        self.assertLess(found["duration_seconds"], time.time() - before + 2, "the bastion's own clock, not the client's")
        self.assertEqual(found["log"], {"size": 8, "sha256": hashlib.sha256(b"out\nerr\n").hexdigest()})
        (status, _, log), = self.ask(("GET", f"/api/v1/action-runs/{run}/log/", ""), key=self.carol_key)
        self.assertEqual((status, log), (200, b"out\nerr\n"))
        types = [e["type"] for e in self.send("GET", f"action-runs/{run}/events/")[1]["results"]]
        self.assertEqual(types, ["action_run.start", "action_run.log", "action_run.end"])

    def test_a_run_ends_once(self):
        run = self.start(block="once")
        self.assertEqual(self.finish(run)[0], 200)
        status, answer = self.finish(run)
        self.assertEqual((status, answer["errors"][0]["code"]), (409, "conflict"))
        self.assertEqual(len([e for e in self.gate.events("action_run.end") if e["run_id"] == run]), 1)

    def test_a_block_runs_once_at_a_time_unless_forced(self):
        first = self.start(block="busy")
        status, answer = self.send("POST", "cli/action-runs/start/", {**START, "block": "busy", "action": "other"})
        self.assertEqual(status, 409)
        self.assertEqual({name: answer["conflict"][name] for name in ("action_run_id", "action", "status")},
                         {"action_run_id": first, "action": "patch", "status": "running"})
        self.assertIn("started_at", answer["conflict"])
        second = self.start(block="busy", force=True)
        self.assertEqual(self.send("GET", f"action-runs/{first}/")[1]["status"], "cancelled")
        self.assertEqual(self.send("POST", f"cli/action-runs/{first}/heartbeat/")[1]["status"], "cancelled", "so its client hears of it")
        self.assertEqual(self.send("POST", f"cli/action-runs/{second}/heartbeat/")[1]["status"], "running")
        self.assertEqual(self.finish(first)[0], 409)
        self.assertEqual(self.finish(second, status="cancelled", exit_code=None)[1]["status"], "cancelled")
        self.start(block="busy")

    def test_somebody_elses_run_cannot_be_ended_nor_forced_away(self):
        run = self.start(key=self.gate.alice_key, block="hers")
        self.assertEqual(self.finish(run)[0], 404)
        self.assertEqual(self.send("POST", f"cli/action-runs/{run}/heartbeat/")[0], 404)
        self.assertEqual(self.send("POST", "cli/action-runs/start/", {**START, "block": "hers", "force": True})[0], 403)
        self.assertEqual(self.send("POST", f"action-runs/{run}/cancel/")[0], 403)
        self.assertEqual(self.send("GET", f"action-runs/{run}/")[0], 404)
        mine = self.start(block="mine")
        self.assertEqual(self.send("POST", f"action-runs/{mine}/cancel/", {"reason": "late"}, self.gate.alice_key)[0], 202, "an admin may")
        end, = [e for e in self.gate.events("action_run.end") if e["run_id"] == mine]
        self.assertEqual((end["by"], end["end_reason"], end["status"]), ("alice", "late", "cancelled"))

    def test_what_is_missing_or_wrong_is_named(self):
        for body, attr, code in (({**START, "block": None}, "block", "required"), ({**START, "action": 7}, "action", "invalid"),
                                 ({**START, "workspace": "other"}, "workspace", "invalid"), ({**START, "organization": ""}, "organization", "required"),
                                 ({**START, "started_at": "today"}, "started_at", "invalid"), ({**START, "block": "x" * 300}, "block", "invalid"),
                                 ({**START, "inventory_hosts": "web"}, "inventory_hosts", "invalid")):
            status, answer = self.send("POST", "cli/action-runs/start/", body)
            self.assertEqual((status, answer["type"]), (400, "validation_error"), body)
            self.assertEqual((answer["errors"][0]["attr"], answer["errors"][0]["code"]), (attr, code))
        status, answer = self.send("POST", "cli/action-runs/start/", START, self.gate.bob_key)
        self.assertEqual((status, answer["errors"][0]["attr"]), (400, "workspace"), "bob reaches no host of it")

    def test_a_run_may_be_told_in_one_shot(self):
        status, answer = self.send("POST", "cli/action-runs/", {**START, "block": "shot", "exit_code": 0, "stdout": "done"})
        self.assertEqual((status, answer["status"]), (201, "success"))
        run = self.send("GET", f"action-runs/{answer['action_run_id']}/")[1]
        self.assertTrue(run["late"])
        self.assertEqual(run["log"]["size"], 4)

    def test_a_log_is_kept_once_with_its_head_and_its_end(self):
        run = self.start(block="log")
        text = "first\n" + "x" * 2_000_000 + "\nlast"
        (status, _, _), = self.ask(("POST", f"/api/v1/cli/action-runs/{run}/log/", text), key=self.carol_key)
        self.assertEqual(status, 201)
        (status, _, _), = self.ask(("POST", f"/api/v1/cli/action-runs/{run}/log/", "again"), key=self.carol_key)
        self.assertEqual(status, 409)
        (_, _, log), = self.ask(("GET", f"/api/v1/action-runs/{run}/log/", ""), key=self.carol_key)
        self.assertTrue(log.startswith(b"first\n") and log.endswith(b"\nlast") and b"bytes are left out here" in log)
        known = self.send("GET", f"action-runs/{run}/")[1]["log"]
        self.assertEqual((known["size"], known["sha256"]), (len(log), hashlib.sha256(log).hexdigest()))
        (status, _, _), = self.ask(("POST", f"/api/v1/cli/action-runs/{run}/log/", "y" * 4_000_000), key=self.carol_key)
        self.assertEqual(status, 413)

    def test_of_two_logs_at_once_one_is_kept_and_the_record_is_whole(self):
        for attempt in range(3):
            run = self.start(block=f"twice{attempt}")
            told = {}
            def tell(text):
                (told[text], _, _), = self.ask(("POST", f"/api/v1/cli/action-runs/{run}/log/", text), key=self.carol_key)
            tellers = [threading.Thread(target=tell, args=(text,)) for text in ("one" * 1000, "two" * 2000)]
            for teller in tellers:
                teller.start()
            for teller in tellers:
                teller.join()
            self.assertEqual(sorted(told.values()), [201, 409])
            self.assertEqual(self.finish(run, stdout="a third")[0], 409)
            self.assertEqual(self.finish(run)[0], 200)
        done = self.gate.run([gate.DAEMON, "--config", self.gate.path("sallyport.yml"), "store", "verify"])
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_sync_keeps_no_credentials(self):
        status, answer = self.send("POST", "cli/workspace-syncs/", {
            "workspace": "acme", "result": "conflict", "error_message": "both changed inventory.yml",
            "git": {"remote": "https://carol:hunter2@git.example/acme.git", "branch": "main", "before_sha": "dc3a1f7", "commits_in": 2},
            "changed": {"blocks": ["linux-patch"], "inventory": True}, "encryption": {"enabled": True, "status": "ok", "key_id": "age1x"}})
        self.assertEqual(status, 201, answer)
        found = self.send("GET", f"workspace-syncs/{answer['workspace_sync_id']}/")[1]
        self.assertEqual((found["type"], found["result"], found["user"]), ("workspace_sync", "conflict", "carol"))
        self.assertEqual(found["git"], {"remote": "https://git.example/acme.git", "branch": "main", "before_sha": "dc3a1f7", "commits_in": 2})
        self.assertEqual(self.send("POST", "cli/workspace-syncs/", {"workspace": "acme", "result": "fine"})[1]["errors"][0]["attr"], "result")
        self.assertIn(found["id"], [item["id"] for item in self.send("GET", "workspace-syncs/?status=conflict")[1]["results"]])
        self.assertEqual(self.send("GET", "workspace-syncs/?status=success")[1]["results"], [])

    def test_an_instance_belongs_to_who_reported_it_first(self):
        told = {"cli_instance_id": "cli-1a2b3c4d", "cli_version": "0.8.4", "os": "linux", "arch": "amd64", "hostname": "laptop", "workspace": "acme"}
        self.assertEqual(self.send("POST", "cli/instances/", told)[0], 201)
        self.assertEqual(self.send("POST", "cli/instances/", {**told, "cli_version": "0.9.0"})[0], 201)
        found = self.send("GET", "cli-instances/cli-1a2b3c4d/")[1]
        self.assertEqual((found["user"], found["cli_version"], found["workspaces"]), ("carol", "0.9.0", ["acme"]))
        self.assertLess(found["first_seen"], found["last_seen"])
        self.assertEqual(self.send("GET", "cli-instances/")[1]["count"], 1)
        status, answer = self.send("POST", "cli/instances/", told, self.gate.alice_key)
        self.assertEqual((status, answer["errors"][0]["attr"]), (400, "cli_instance_id"))
        for bad in ("x", "cli-../../etc", "cli-XYZ", None):
            self.assertEqual(self.send("POST", "cli/instances/", {**told, "cli_instance_id": bad})[0], 400)

    def test_activities_are_claims_beside_what_the_bastion_saw(self):
        status, answer = self.send("POST", "cli/activities/", {"kind": "ssh-session", "name": "ssh web", "organization": "acme-corp",
                                                               "workspace": "acme", "hostname": "web", "ssh_user": "root", "metadata": {"a": 1}})
        self.assertEqual(status, 201, answer)
        url = answer["activity_url"].removeprefix("/api/v1/")
        self.assertEqual(self.send("GET", url)[1]["status"], "running")
        self.assertEqual(self.send("PATCH", "cli/" + url, {"exit_code": 1}, self.gate.alice_key)[0], 404, "by its creator alone")
        self.assertEqual(self.send("PATCH", "cli/" + url, {"exit_code": 1, "finished_at": "2026-01-01T00:00:00Z", "duration_seconds": 3})[0], 200)
        self.assertEqual(self.send("PATCH", "cli/" + url, {"exit_code": 0})[0], 409)
        found = self.send("GET", url)[1]
        self.assertEqual((found["status"], found["observed"], found["claimed_duration_seconds"]), ("failed", False, 3))
        self.assertEqual(self.gate.ssh("exit 3", options=("-i", self.carol_key, "-o", "IdentityFile=none")).returncode, 3)
        self.gate.settled()
        seen = [item for item in self.send("GET", "activities/")[1]["results"] if item["observed"]]
        self.assertEqual((seen[-1]["kind"], seen[-1]["name"], seen[-1]["exit_code"], seen[-1]["status"]), ("ssh-session", "server01", 3, "failed"))
        self.assertEqual(self.send("GET", f"activities/{seen[-1]['id']}/")[1], seen[-1])

    def test_a_timeline_has_everything_in_one_order_and_who_else_was_there(self):
        client = self.gate.ssh_command("server02", "-i", self.carol_key, "-o", "IdentityFile=none")
        run = self.start(block="timeline", inventory_hosts=["server02"])
        with subprocess.Popen(client + ["echo ready; read line"], env=self.gate.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as carol:
            self.assertEqual(carol.stdout.readline(), b"ready\n")
            self.assertEqual(self.gate.ssh("true", target="server02").returncode, 0)
        self.gate.ssh("true", target="server02", options=("-i", self.gate.bob_key, "-o", "IdentityFile=none"))
        self.finish(run)
        self.gate.settled()
        gate.wait_for(lambda: [e for e in self.gate.events("access.denied") if e["user"] == "bob"], "the denial")
        answer = self.send("GET", "timeline/?host=server02", None, self.gate.alice_key)[1]["results"]
        found = answer[[item["id"] for item in answer].index(run):]
        self.assertEqual([(item["type"], item["user"]) for item in found],
                         [("action_run", "carol"), ("ssh_session", "carol"), ("ssh_session", "alice")])
        self.assertEqual([other["user"] for other in found[1]["others"]], ["alice"])
        self.assertEqual([other["id"] for other in found[2]["others"]], [found[1]["id"]])
        everything = self.send("GET", "timeline/?user=bob", None, self.gate.alice_key)[1]["results"]
        self.assertEqual([(item["type"], item["typed"]) for item in everything], [("access_denied", "server02")])
        self.assertEqual(self.send("GET", "timeline/?user=bob")[0], 403)
        self.assertEqual(self.send("GET", "timeline/")[0], 400)
        own = self.send("GET", "timeline/?host=server02")[1]["results"]
        self.assertEqual({item["user"] for item in own}, {"carol"}, "without a role, one's own")
        self.assertNotIn("others", own[-1])

    def test_words_find_commands_and_what_was_told(self):
        self.assertEqual(self.gate.ssh("echo needle-in-haystack; true").returncode, 0)
        self.gate.settled()
        ask = lambda path: self.send("GET", path, None, self.gate.alice_key)
        found = ask("ssh-sessions/?q=needle-in-haystack")[1]["results"]
        self.assertEqual([item["channels"][0]["command"] for item in found], ["echo needle-in-haystack; true"])
        self.assertEqual(len(ask("events/?q=need*")[1]["results"]), 1)
        self.assertEqual(ask("events/?q=needles")[1]["results"], [])
        self.assertEqual(ask("events/?q=%20")[1]["errors"][0]["attr"], "q")
        self.assertEqual(ask('events/?q=%22')[0], 200, "a quote is a word like any other")

    def test_lists_tell_how_many_and_go_both_ways(self):
        for number in range(5):
            self.send("POST", "cli/workspace-syncs/", {"workspace": "acme", "result": "abort", "error_message": str(number)}, self.gate.alice_key)
        path = "workspace-syncs/?user=alice&page_size=2"
        first = self.send("GET", path, None, self.gate.alice_key)[1]
        self.assertEqual((first["count"], first["previous"], len(first["results"])), (5, None, 2))
        second = self.send("GET", first["next"].removeprefix("/api/v1/"), None, self.gate.alice_key)[1]
        self.assertEqual([item["error_message"] for item in second["results"]], ["2", "3"])
        self.assertEqual(self.send("GET", path + "&page=2", None, self.gate.alice_key)[1]["results"], second["results"])
        back = self.send("GET", second["previous"].removeprefix("/api/v1/"), None, self.gate.alice_key)[1]
        self.assertEqual(back["results"], first["results"])
        last = self.send("GET", path + "&last=true", None, self.gate.alice_key)[1]
        self.assertEqual(([item["error_message"] for item in last["results"]], last["next"]), (["3", "4"], None))
        self.assertEqual(self.send("GET", path + "&page=1000000", None, self.gate.alice_key)[0], 400)

    def test_who_reads_anothers_is_on_record(self):
        run = self.start(block="read")
        self.finish(run, stdout="x")
        before = len(self.gate.events("record.read"))
        self.ask(("GET", f"/api/v1/action-runs/{run}/log/", ""), ("GET", "/api/v1/timeline/?user=carol", ""), key=self.gate.alice_key)
        self.assertEqual([e["what"] for e in self.gate.events("record.read")[before:]], ["run", "log", "timeline"])


class LentKeys(ApiClient):
    options = {"targets": 2}

    def send(self, path, body, key=None):
        (status, _, answer), = self.ask(("POST", "/api/v1/cli/" + path, json.dumps(body)), key=key or self.gate.alice_key)
        return status, json.loads(answer)

    def start(self, name, **members):
        key = self.gate.path(name)
        public = gate.make_key(key)
        status, answer = self.send("action-runs/start/", {**START, "block": name, "public_key": public, **members})
        self.assertEqual(status, 201, answer)
        return key, public, answer["action_run_id"]

    def ssh(self, key, command="true", target="server01", *options):
        return self.gate.run(self.ssh_words(key, target, *options) + [command])

    def ssh_words(self, key, target, *options):
        """With this key and no other."""
        settings = ("IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=" + self.gate.path("known_hosts"), "BatchMode=yes", "LogLevel=ERROR")
        words = [word for setting in settings for word in ("-o", setting)]
        return ["ssh", "-F", "none", "-p", str(self.gate.port), "-i", key, *words, *options, f"{target}@127.0.0.1"]

    def test_a_runs_key_opens_hosts_in_its_operators_name_and_links_the_sessions(self):
        key, _, run = self.start("linked", cli_instance_id="cli-00ff")
        self.assertEqual(self.ssh(key, "exit 4").returncode, 4)
        session, = [e for e in self.gate.events("ssh_session.start") if e.get("run_id") == run]
        self.assertEqual((session["user"], session["cli_instance_id"]), ("alice", "cli-00ff"))
        own = next(e for e in self.gate.events("connection.open") if "lent_by" not in e["client"])["client"]["key_fingerprint"]
        self.assertEqual(session["client"]["lent_by"], own)
        self.assertNotEqual(session["client"]["key_fingerprint"], own)
        (_, _, body), = self.ask(("GET", f"/api/v1/ssh-sessions/?run={run}", ""), key=self.gate.alice_key)
        self.assertEqual([item["id"] for item in json.loads(body)["results"]], [session["session_id"]])
        self.assertEqual(self.send(f"action-runs/{run}/finish/", {"exit_code": 0})[0], 200)
        end, = [e for e in self.gate.events("action_run.end") if e["run_id"] == run]
        self.assertEqual(end["hosts_observed"], ["server01"])

    def test_with_its_run_a_key_ends_and_what_it_opened(self):
        key, _, run = self.start("ended")
        socket = self.gate.path("cm")
        master = subprocess.Popen(self.ssh_words(key, "server01", "-M", "-S", socket) + ["echo ready; cat"],
                                  env=self.gate.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(master.communicate)
        self.addCleanup(master.kill)
        self.assertEqual(master.stdout.readline(), b"ready\n")
        self.assertEqual(self.send(f"action-runs/{run}/finish/", {"exit_code": 0})[0], 200)
        self.assertEqual(self.ssh(key).returncode, 255)
        ended = gate.wait_for(lambda: [e for e in self.gate.events("ssh_session.end") if e["end_reason"] == "policy_change"], "its session's end")
        self.assertEqual(len(ended), 1)

    def test_a_lent_key_opens_no_api_and_no_other_workspace_and_is_nobody_elses(self):
        key, public, run = self.start("narrow")
        (status, _, _), = self.ask_with_lent(key)
        self.assertIsNone(status)
        other, body = self.gate.path("other"), {"public_key": public}
        self.assertEqual(self.send(f"action-runs/{run}/heartbeat/", body)[0], 200, "renewed")
        self.assertEqual(self.send("action-runs/start/", {**START, "block": "thief", **body})[0], 409)
        self.assertEqual(self.send("action-runs/start/", {**START, "block": "own", "public_key": gate.read(self.gate.alice_key + ".pub")})[0], 400)
        rsa = gate.make_key(other, "rsa")
        self.assertEqual(self.send("action-runs/start/", {**START, "block": "rsa", "public_key": rsa})[0], 400)
        self.assertEqual(self.send("action-runs/start/", {**START, "block": "rsa"})[0], 201, "what was refused runs not")
        self.assertEqual(self.ssh(key, target="server02").returncode, 0)

    def ask_with_lent(self, key):
        try:
            return self.ask(("GET", "/api/v1/me/", ""), key=key)
        except Exception:  # no HTTP comes back
            return ((None, None, None),)

    def test_without_its_operator_a_lent_key_is_nothing(self):
        key, _, _ = self.start("left")
        self.assertEqual(self.ssh(key).returncode, 0)
        operators = self.gate.operators
        self.addCleanup(self.gate.change_policy, None)
        self.addCleanup(setattr, self.gate, "operators", operators)
        public = gate.make_key(self.gate.path("new"))
        self.gate.operators = f"operators:\n  alice: {{keys: ['{public}'], groups: [ops]}}\n"
        self.gate.change_policy(None)
        self.assertEqual(self.ssh(key).returncode, 255, "the key that lent it is no longer alice's")

    def test_what_tasks_came_to_is_counted_and_a_host_that_no_session_saw_was_reached_past_the_bastion(self):
        key, _, run = self.start("counted")
        self.assertEqual(self.ssh(key).returncode, 0)
        tell = lambda *rows: self.send(f"action-runs/{run}/results/", {"results": [{"host": h, "task": "t\x1b", "status": s} for h, s in rows]})
        self.assertEqual(tell(("server01", "ok"), ("server01", "changed"), ("server02", "unreachable"), ("localhost", "ok"))[0], 201)
        self.assertEqual(tell(("server02", "changed"), ("server01", "ok"))[0], 201)
        self.assertEqual(tell(("server02", "perhaps"))[0], 400)
        self.assertEqual(tell()[0], 400)
        named = {"results": [{"host": host, "status": "ok", "hostname": "srv"} for host in ("server01", "nowhere")]}
        self.assertEqual(self.send(f"action-runs/{run}/results/", named)[0], 201)
        told = [e for e in self.gate.events("action_run.results") if e["run_id"] == run][-1]["results"]
        self.assertEqual([row.get("hostname") for row in told], ["srv", None], "what is no host of the inventory has no name to keep")
        self.send(f"action-runs/{run}/finish/", {"exit_code": 0})
        (_, _, body), = self.ask(("GET", f"/api/v1/action-runs/{run}/", ""), key=self.gate.alice_key)
        found = json.loads(body)
        self.assertEqual(found["results"], {"server01": {"ok": 3, "changed": 1}, "server02": {"unreachable": 1, "changed": 1}, "localhost": {"ok": 1}, "nowhere": {"ok": 1}})
        self.assertEqual((found["bypassed"], found["bypassed_hosts"], found["hosts_observed"]), (True, ["server02"], ["server01"]))
        event, = [e for e in self.gate.wait_events("action_run.bypassed") if e["run_id"] == run]
        self.assertEqual((event["user"], event["hosts"]), ("alice", ["server02"]))

    def test_one_session_may_have_a_key_of_its_own(self):
        key = self.gate.path("single")
        self.assertEqual(self.send("session-keys/", {"cli_instance_id": "cli-0abc", "public_key": gate.make_key(key)})[0], 201)
        self.assertEqual(self.ssh(key).returncode, 0)
        self.gate.wait_events("ssh_session.start")
        self.assertEqual([e["cli_instance_id"] for e in self.gate.events("ssh_session.start") if "cli_instance_id" in e][-1], "cli-0abc")


class AfterARestart(ApiClient):
    def test_runs_go_on_and_the_lost_are_ended(self):
        def send(path, body=None):
            (status, _, answer), = self.ask(("POST", "/api/v1/cli/action-runs/" + path, json.dumps(body) if body else ""), key=self.gate.alice_key)
            return status, json.loads(answer)
        run = send("start/", {**START, "heartbeat": True})[1]["action_run_id"]
        self.gate.process.kill()
        self.gate.process.wait()
        self.gate.start()
        self.assertEqual(send("start/", START)[0], 409, "it goes on")
        self.assertEqual(send(f"{run}/heartbeat/")[1]["status"], "running")
        self.assertEqual(send(f"{run}/finish/", {"exit_code": 0})[0], 200)
        self.assertEqual(send("start/", START)[0], 201)


if __name__ == "__main__":
    gate.main()
