# SPDX-License-Identifier: Apache-2.0
"""Who may ask what of the record: each endpoint by each role, of one's own session and of another's."""
import json

import gate
from api_test import ApiClient

NONE, VIEWER, AUDITOR, ADMIN, OWNER = ROLES = "none", "viewer", "auditor", "admin", "owner"


class Roles(ApiClient):
    @classmethod
    def setUpClass(cls):
        cls.gate = gate.Gate(start=False)
        cls.keys = {}
        operators, roles = cls.gate.operators, ""
        for role in ROLES:
            cls.keys[role] = cls.gate.path(role)
            public = gate.make_key(cls.keys[role])
            operators += f"  {role}: {{keys: ['{public}'], groups: [ops]}}\n"
            roles += f"  - {{name: {role}, operators: [{role}], desk: {role}}}\n" if role != NONE else ""
        cls.gate.operators = operators
        cls.gate.write_policy("roles:\n  - {name: ops, operators: ['@ops'], targets: ['acme+@all'], "
                              f"logins: ['{cls.gate.user}'], allow: [exec]}}\n" + roles)
        cls.gate.start()

    def session_of(self, key):
        before = {event["session_id"] for event in self.gate.events("ssh_session.end")}
        self.assertEqual(self.gate.ssh("true", options=("-i", key)).returncode, 0)
        return gate.wait_for(lambda: {e["session_id"] for e in self.gate.events("ssh_session.end")} - before, "its end").pop()

    def test_each_endpoint_by_each_role(self):
        other = self.session_of(self.gate.alice_key)
        own = {role: self.session_of(key) for role, key in self.keys.items()}
        # Path, then what none, viewer, auditor, admin and owner get.
        table = [
            ("me/", (200, 200, 200, 200, 200)),
            ("hosts/", (200, 200, 200, 200, 200)),
            ("ssh-sessions/", (200, 200, 200, 200, 200)),
            ("ssh-sessions/?user=alice", (403, 200, 200, 200, 200)),
            ("ssh-sessions/OWN/", (200, 200, 200, 200, 200)),
            ("ssh-sessions/OTHER/", (404, 200, 200, 200, 200)),
            ("ssh-sessions/OWN/events/", (200, 200, 200, 200, 200)),
            ("ssh-sessions/OTHER/events/", (404, 403, 200, 200, 200)),
            ("events/?session=OWN", (200, 200, 200, 200, 200)),
            ("events/?session=OTHER", (404, 403, 200, 200, 200)),
            ("events/", (403, 403, 200, 200, 200)),
            ("events/export/", (403, 403, 200, 200, 200)),
            ("ssh-sessions/OWN/recording/", (403, 403, 200, 200, 200)),
            ("ssh-sessions/OTHER/recording/", (404, 403, 200, 200, 200)),
        ]
        # What each one's reading is called on record, in the order of the table: a list once for each question, a
        # session each time, also on the way to its recording.
        everything = ["session", "session", "session", "events", "events", "export", "recording", "session", "recording"]
        on_record = {NONE: [], VIEWER: ["session"] * 4, AUDITOR: everything, ADMIN: everything, OWNER: everything}
        for number, role in enumerate(ROLES):
            paths = ["/api/v1/" + path.replace("OWN", own[role]).replace("OTHER", other) for path, _ in table]
            answers = self.ask(*[("GET", path, "") for path in paths], key=self.keys[role])
            got = {path: status for (path, _), (status, _, _) in zip(table, answers)}
            self.assertEqual(got, {path: wanted[number] for path, wanted in table}, role)
            reads = [event["what"] for event in self.gate.events("record.read") if event["user"] == role]
            self.assertEqual(reads, on_record[role], role)
        for role, wanted in ((NONE, 403), (VIEWER, 403), (AUDITOR, 403), (ADMIN, 404), (OWNER, 404)):
            for session in (own[role], other):
                (status, _, _), = self.ask(("POST", f"/api/v1/ssh-sessions/{session}/terminate/", ""), key=self.keys[role])
                self.assertEqual(status, wanted, (role, "the session has ended, so an admin is told that there is none"))

    def post(self, path, body, key):
        (status, _, answer), = self.ask(("POST", "/api/v1/" + path, json.dumps(body)), key=key)
        self.assertEqual(status, 201, answer)
        return json.loads(answer)

    def reported_by(self, name, key):
        """A run with its log, a sync, an instance and an activity of somebody's."""
        run = {"organization": "o", "workspace": "acme", "block": name, "action": "a", "exit_code": 0, "stdout": "log"}
        of = {"organization": "o", "workspace": "acme"}
        instance = "cli-" + name.encode().hex()
        self.post("cli/instances/", {"cli_instance_id": instance, "cli_version": "1"}, key)
        return {"RUN": self.post("cli/action-runs/", run, key)["action_run_id"],
                "SYNC": self.post("cli/workspace-syncs/", {**of, "result": "success"}, key)["workspace_sync_id"],
                "INSTANCE": instance,
                "ACTIVITY": self.post("cli/activities/", {**of, "kind": "ssh-session", "name": "n"}, key)["activity_id"]}

    def test_each_kind_of_record_by_each_role_of_ones_own_and_of_anothers(self):
        """Generated: every question about what clients report, of one's own and of another's, by each role."""
        of = {role: self.reported_by(role, key) for role, key in self.keys.items()}
        of["alice"] = self.reported_by("alice", self.gate.alice_key)
        least = {}  # a path of another's: the lowest role that may; every own one is open to all
        for path in ("action-runs/RUN/", "workspace-syncs/SYNC/", "cli-instances/INSTANCE/", "activities/ACTIVITY/"):
            least[path] = VIEWER
        for path in ("action-runs/RUN/log/", "action-runs/RUN/events/"):
            least[path] = AUDITOR
        for role, key in self.keys.items():
            asked, wanted = [], []
            for path, lowest in least.items():
                for owner in (role, "alice"):
                    concrete = path
                    for word, value in of[owner].items():
                        concrete = concrete.replace(word, value)
                    is_allowed = owner == role or ROLES.index(role) >= ROLES.index(lowest)
                    # Whose existence may not be seen is told as not there; what is seen but not open as denied.
                    may_see = owner == role or ROLES.index(role) >= ROLES.index(VIEWER)
                    asked.append(("GET", "/api/v1/" + concrete, ""))
                    wanted.append(200 if is_allowed else 403 if may_see else 404)
            answers = self.ask(*asked, key=key)
            self.assertEqual([status for status, _, _ in answers], wanted, (role, [path for _, path, _ in asked]))

    def test_lists_of_another_are_for_viewers_and_ones_own_for_everybody(self):
        for path in ("action-runs/", "workspace-syncs/", "cli-instances/", "activities/", "timeline/"):
            for role, key in self.keys.items():
                status = self.get(f"/api/v1/{path}?user=alice", key=key)[0]
                self.assertEqual(status, 403 if role == NONE else 200, (path, role))
                self.assertEqual(self.get(f"/api/v1/{path}?user={role}", key=key)[0], 200)

    def test_everybody_is_an_operator_of_the_list_for_auditors_alone(self):
        for role, key in self.keys.items():
            everybody = {item["user"] for item in self.get("/api/v1/operators/", key=key)[1]["results"]}
            if role in (NONE, VIEWER):
                self.assertEqual(everybody, {role})
            else:
                self.assertGreater(everybody, {"alice", *ROLES})
            self.assertEqual([item["name"] for item in self.get("/api/v1/workspaces/", key=key)[1]["results"]], ["acme"])

    def test_anothers_run_is_cancelled_by_admins_alone(self):
        for role, key in self.keys.items():
            start = {"organization": "o", "workspace": "acme", "block": "cancel-" + role, "action": "a"}
            run = self.post("cli/action-runs/start/", start, self.gate.alice_key)["action_run_id"]
            (status, _, _), = self.ask(("POST", f"/api/v1/action-runs/{run}/cancel/", "{}"), key=key)
            self.assertEqual(status, 202 if role in (ADMIN, OWNER) else 403, role)

    def test_a_list_without_a_role_shows_ones_own_alone(self):
        self.session_of(self.gate.alice_key)
        self.session_of(self.keys[NONE])
        (_, _, body), = self.ask(("GET", "/api/v1/ssh-sessions/", ""), key=self.keys[NONE])
        self.assertEqual({session["user"] for session in json.loads(body)["results"]}, {NONE})


if __name__ == "__main__":
    gate.main()
