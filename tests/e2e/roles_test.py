# SPDX-License-Identifier: Apache-2.0
"""Who may ask what of the record: each endpoint by each role, of one's own session and of another's."""
import json

import gate
from api_test import ApiClient

NONE, VIEWER, AUDITOR, ADMIN = "none", "viewer", "auditor", "admin"


class Roles(ApiClient):
    @classmethod
    def setUpClass(cls):
        cls.gate = gate.Gate(start=False)
        cls.keys = {}
        operators, roles = cls.gate.operators, ""
        for role in (NONE, VIEWER, AUDITOR, ADMIN):
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
        # Path, then what none, viewer, auditor and admin get.
        table = [
            ("me/", (200, 200, 200, 200)),
            ("hosts/", (200, 200, 200, 200)),
            ("ssh-sessions/", (200, 200, 200, 200)),
            ("ssh-sessions/?user=alice", (403, 200, 200, 200)),
            ("ssh-sessions/OWN/", (200, 200, 200, 200)),
            ("ssh-sessions/OTHER/", (404, 200, 200, 200)),
            ("ssh-sessions/OWN/events/", (200, 200, 200, 200)),
            ("ssh-sessions/OTHER/events/", (404, 403, 200, 200)),
            ("events/?session=OWN", (200, 200, 200, 200)),
            ("events/?session=OTHER", (404, 403, 200, 200)),
            ("events/", (403, 403, 200, 200)),
            ("events/export/", (403, 403, 200, 200)),
            ("ssh-sessions/OWN/recording/", (403, 403, 200, 200)),
            ("ssh-sessions/OTHER/recording/", (404, 403, 200, 200)),
        ]
        # What each one's reading is called on record, in the order of the table: a list once for each question, a
        # session each time, also on the way to its recording.
        everything = ["session", "session", "session", "events", "events", "export", "recording", "session", "recording"]
        on_record = {NONE: [], VIEWER: ["session"] * 4, AUDITOR: everything, ADMIN: everything}
        for number, role in enumerate((NONE, VIEWER, AUDITOR, ADMIN)):
            paths = ["/api/v1/" + path.replace("OWN", own[role]).replace("OTHER", other) for path, _ in table]
            answers = self.ask(*[("GET", path, "") for path in paths], key=self.keys[role])
            got = {path: status for (path, _), (status, _, _) in zip(table, answers)}
            self.assertEqual(got, {path: wanted[number] for path, wanted in table}, role)
            reads = [event["what"] for event in self.gate.events("record.read") if event["user"] == role]
            self.assertEqual(reads, on_record[role], role)
        for role, wanted in ((NONE, 403), (VIEWER, 403), (AUDITOR, 403), (ADMIN, 404)):
            for session in (own[role], other):
                (status, _, _), = self.ask(("POST", f"/api/v1/ssh-sessions/{session}/terminate/", ""), key=self.keys[role])
                self.assertEqual(status, wanted, (role, "the session has ended, so an admin is told that there is none"))

    def test_a_list_without_a_role_shows_ones_own_alone(self):
        self.session_of(self.gate.alice_key)
        self.session_of(self.keys[NONE])
        (_, _, body), = self.ask(("GET", "/api/v1/ssh-sessions/", ""), key=self.keys[NONE])
        self.assertEqual({session["user"] for session in json.loads(body)["results"]}, {NONE})


if __name__ == "__main__":
    gate.main()
