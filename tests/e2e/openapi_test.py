# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document, as the daemon serves it: every path of it is asked, and every answer is what it says."""
import json
import unittest

import gate
from api_test import ApiClient

try:
    import jsonschema
except ImportError:
    jsonschema = None

START = {"organization": "acme-corp", "workspace": "acme", "action": "patch"}


@unittest.skipIf(jsonschema is None, "needs python3-jsonschema")
class OpenApi(ApiClient):
    def setUp(self):
        self.document = self.get("/api/v1/openapi.json")[1]
        self.driven = set()

    def validator(self, schema):
        return jsonschema.Draft202012Validator({**schema, "components": self.document["components"]}, format_checker=jsonschema.FormatChecker())

    def call(self, method, path, body=None, query="", **ids):
        """Asks one operation of the document; its answer must be one that is written there."""
        operation = self.document["paths"][path][method.lower()]
        self.driven.add((method, path))
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content and isinstance(body, dict):
            self.validator(content["application/json"]["schema"]).validate(body)
        text = json.dumps(body) if isinstance(body, dict) else body or ""
        answered, = self.ask((method, path.format(**ids) + query, text), key=self.gate.alice_key)
        return self.check(operation, path, *answered)

    def check(self, operation, path, status, headers, answer):
        response = operation["responses"].get(str(status), operation["responses"]["default"])
        kind = headers["Content-Type"]
        self.assertIn(kind, response["content"], (path, status, answer))
        if kind == "application/json":
            self.validator(response["content"][kind]["schema"]).validate(json.loads(answer))
            return status, json.loads(answer)
        return status, answer

    def test_every_path_answers_as_it_is_written(self):
        call = self.call
        for path in ("me/", "openapi.json", "hosts/", "operators/", "workspaces/"):
            self.assertEqual(call("GET", "/api/v1/" + path)[0], 200)
        self.assertEqual(self.gate.ssh("echo found; exit 3").returncode, 3)
        self.gate.ssh("true", options=("-i", self.gate.bob_key, "-o", "IdentityFile=none"))
        session = self.gate.settled()[-1]["session_id"]

        run = call("POST", "/api/v1/cli/action-runs/start/", {
            **START, "block": "b", "started_at": "2026-01-01T00:00:00Z", "block_version": "1", "block_labels": {"a": None}, "block_config": {"x": 1.5},
            "cli_instance_id": "cli-ab", "cli_version": "1", "workspace_commit": "ab", "workspace_dirty": False, "inventory_hosts": ["server01"],
            "toolchain": {"kind": "local"}, "heartbeat": True})[1]["action_run_id"]
        self.assertEqual(call("POST", "/api/v1/cli/action-runs/start/", {**START, "block": "b"})[0], 409)
        call("POST", "/api/v1/cli/action-runs/{id}/heartbeat/", {}, id=run)
        call("POST", "/api/v1/cli/action-runs/{id}/results/", {"results": [{"host": "server01", "task": "t", "status": "changed", "hostname": "x"}]}, id=run)
        self.assertEqual(call("POST", "/api/v1/cli/action-runs/{id}/log/", "printed\n", id=run)[0], 201)
        self.assertEqual(call("POST", "/api/v1/cli/action-runs/{id}/finish/", {
            "exit_code": 0, "finished_at": "2026-01-01T00:00:00Z", "metadata": [1], "duration_seconds": 1.5, "affected_hosts": ["server01"],
            "end_reason": "x"}, id=run)[0], 200)
        other = call("POST", "/api/v1/cli/action-runs/start/", {**START, "workflow": "w"})[1]["action_run_id"]
        self.assertEqual(call("POST", "/api/v1/action-runs/{id}/cancel/", {"reason": "r"}, id=other)[0], 202)
        call("POST", "/api/v1/cli/action-runs/", {**START, "block": "c", "exit_code": 1, "stdout": "o"})
        sync = call("POST", "/api/v1/cli/workspace-syncs/", {
            "workspace": "acme", "result": "success", "git": {"remote": "ssh://x/y", "commits_in": 1}, "changed": {"blocks": ["b"], "policy": True},
            "encryption": {"enabled": True}, "timestamp": "2026-01-01T00:00:00Z", "organization": "o"})[1]["workspace_sync_id"]
        call("POST", "/api/v1/cli/instances/", {"cli_instance_id": "cli-ab", "cli_version": "1", "os": "linux", "host_id": "ff", "workspace": "acme"})
        self.assertEqual(call("POST", "/api/v1/cli/session-keys/", {"cli_instance_id": "cli-ab", "public_key": gate.make_key(self.gate.path("lent"))})[0], 201)
        activity = call("POST", "/api/v1/cli/activities/", {"kind": "ssh-session", "name": "n", "organization": "o", "workspace": "acme", "metadata": {}})[1]["activity_id"]
        call("PATCH", "/api/v1/cli/activities/{id}/", {"exit_code": 0, "finished_at": "2026-01-01T00:00:00Z", "duration_seconds": 1}, id=activity)

        for path, one in (("ssh-sessions", session), ("action-runs", run), ("workspace-syncs", sync), ("cli-instances", "cli-ab"), ("activities", activity)):
            listed = call("GET", f"/api/v1/{path}/")[1]
            self.assertGreaterEqual(listed["count"], 1)
            self.assertEqual(call("GET", f"/api/v1/{path}/{{id}}/", id=one)[0], 200)
            self.assertEqual(call("GET", f"/api/v1/{path}/{{id}}/", id="nosuch")[0], 404)
        for path in ("ssh-sessions", "action-runs"):
            for part in ("events/", "recording/" if path == "ssh-sessions" else "log/"):
                self.assertEqual(call("GET", f"/api/v1/{path}/{{id}}/{part}", id=session if path == "ssh-sessions" else run)[0], 200)
        for query in ("?user=alice", "?user=bob", "?host=server01&page_size=1", "?workspace=acme&last=true", f"?run={run}", "?user=alice&q=found"):
            self.assertGreaterEqual(len(call("GET", "/api/v1/timeline/", query=query)[1]["results"]), 0)
        self.assertEqual(call("GET", "/api/v1/timeline/")[0], 400)
        self.assertGreater(call("GET", "/api/v1/events/", query="?page_size=1000")[1]["count"], 20)
        self.assertEqual(call("GET", "/api/v1/events/export/")[0], 200)
        self.assertEqual(call("POST", "/api/v1/ssh-sessions/{id}/terminate/", {}, id=session)[0], 404)

        # A stream never ends, so its beginning is looked at: tests/e2e/stream_test.py reads on.
        self.driven.add(("GET", "/api/v1/events/stream/"))
        written = {(method.upper(), path) for path, methods in self.document["paths"].items() for method in methods}
        self.assertEqual(written - self.driven, set(), "no path is left out")

    def test_every_parameter_of_a_list_is_taken_and_no_other(self):
        values = {"from": "2026-01-01T00:00:00Z", "to": "2999-01-01T00:00:00Z", "last": "true", "page": "1", "page_size": "2", "cursor": "1"}
        asked = []
        for path, methods in self.document["paths"].items():
            operation = methods.get("get", {})
            names = [entry["$ref"].rsplit("/", 1)[1] for entry in operation.get("parameters", [])]
            if "cursor" not in names or "{id}" in path:
                continue
            for name in names:
                query = f"?{name}={values.get(name, 'ended' if 'ssh-sessions' in path and name == 'status' else 'alice')}"
                query += "&user=alice" if "timeline" in path and name != "user" else ""
                asked.append((path, query, 404 if path.endswith("events/") and name in ("run", "session") else 200))
            asked.append((path, "?nosuch=1", 400))
        answers = self.ask(*[("GET", path + query, "") for path, query, _ in asked], key=self.gate.alice_key)
        for (path, query, expected), answer in zip(asked, answers):
            status, body = self.check(self.document["paths"][path]["get"], path, *answer)
            self.assertEqual(status, expected, (path, query, body))
        self.assertGreater(len(asked), 50)

    def test_the_document_is_the_one_in_docs(self):
        with open(gate.os.path.join(gate.os.path.dirname(__file__), "../../docs/openapi.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), self.document)


if __name__ == "__main__":
    gate.main()
