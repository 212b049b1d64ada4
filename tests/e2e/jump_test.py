# SPDX-License-Identifier: Apache-2.0
"""`ssh -J BASTION HOST`: what looks like a forward ends at the bastion as a session, authorized and recorded like any other."""
import hashlib
import os
import signal
import subprocess

import paramiko

import gate


class JumpGate(gate.Gate):
    """A gate whose clients reach the targets by ProxyJump, as `sallyport config ssh` writes it."""

    def jump(self, target, command, outer="whoever", options=(), key=None, **run):
        return self.run(self.jump_command(target, outer, options, key) + [command], **run)

    def jump_command(self, target, outer="whoever", options=(), key=None):
        config = gate.write(self.path("jump_config"), f"""
Host 127.0.0.1
  Port {self.port}
  IdentityFile {key or self.alice_key}
Host *
  IdentitiesOnly yes
  IdentityFile {key or self.alice_key}
  StrictHostKeyChecking no
  UserKnownHostsFile {self.path('known_hosts_jump')}
  HostKeyAlias sallyport-targets
  BatchMode yes
  LogLevel ERROR
""")
        return ["ssh", "-F", config, "-J", f"{outer}@127.0.0.1:{self.port}", *options, target]


class Crowd(gate.GateTest):
    def test_more_jumps_than_an_operator_may_have_sessions_are_refused(self):
        bastion = self.gate
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.addCleanup(client.close)
        client.connect("127.0.0.1", bastion.port, "x", key_filename=bastion.alice_key, allow_agent=False, look_for_keys=False)
        road = client.get_transport()
        jumps = [road.open_channel("direct-tcpip", ("server01", 22), ("127.0.0.1", 1)) for _ in range(3)]
        with self.assertRaises(paramiko.ChannelException):
            road.open_channel("direct-tcpip", ("server01", 22), ("127.0.0.1", 1))
        jumps[0].close()

        def comes_in():
            try:
                return road.open_channel("direct-tcpip", ("server01", 22), ("127.0.0.1", 1))
            except paramiko.ChannelException:
                return None
        gate.wait_for(comes_in, "a place for another")

    options = {"config": "limits: {sessions_per_operator: 3}"}


class Jump(gate.GateTest):
    @classmethod
    def setUpClass(cls):
        cls.gate = JumpGate(targets=2)
        cls.me = cls.gate.user

    def sessions(self):
        return self.gate.events("ssh_session.start")

    def test_a_host_behind_the_jump_is_reached_and_on_record_as_a_session_of_its_own(self):
        done = self.gate.jump(f"{self.me}@server01", "echo out; echo err >&2; exit 7")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (7, b"out\n", b"err\n"))
        start = self.sessions()[-1]
        self.assertEqual((start["user"], start["host"]["inventory_name"], start["login"]), ("alice", "server01", self.me))
        self.assertEqual((start["jump"]["host"], start["jump"]["port"]), ("server01", 22))
        self.assertIn("OpenSSH", start["jump"]["version"])
        end = gate.wait_for(lambda: [e for e in self.gate.events("ssh_session.end") if e["session_id"] == start["session_id"]],
                            "the end")[0]
        self.assertEqual((end["end_reason"], end["exit_code"]), ("exit", 7))
        opened = [e for e in self.gate.events("connection.open") if e["connection_id"] == start["connection_id"]]
        self.assertEqual(opened[0]["typed"], "whoever")
        self.assertEqual([e for e in self.gate.events("access.denied") if e["connection_id"] == start["connection_id"]], [],
                         "the outer name asked for nothing, so nothing was denied")

    def test_what_was_shown_behind_the_jump_is_recorded(self):
        self.gate.jump(f"{self.me}@server01", "echo seen behind the jump")
        session = self.sessions()[-1]["session_id"]
        with open(self.gate.path(f"state/recordings/{session}.rec"), "rb") as file:
            recording = file.read()
        self.assertIn(b"seen behind the jump\n", b"".join(payload for kind, payload in gate.frames(recording) if kind == 1))

    def test_a_host_is_found_by_its_address_and_port(self):
        done = self.gate.jump(f"ssh://{self.me}@127.0.0.1:{self.gate.sshds[1].port}", "echo two")
        self.assertEqual((done.returncode, done.stdout), (0, b"two\n"), done.stderr)
        self.assertEqual(self.sessions()[-1]["host"]["inventory_name"], "server02")

    def test_of_several_hosts_at_one_address_none_is_guessed(self):
        done = self.gate.jump(f"ssh://{self.me}@127.0.0.1:22", "echo never")
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.assertIn(b"may mean several hosts: acme+server01 acme+server02", done.stderr)
        self.assertEqual(self.gate.wait_events("access.denied")[-1]["reason"], "ambiguous")

    def test_the_workspace_can_be_named_before_the_jump(self):
        self.assertEqual(self.gate.jump(f"{self.me}@server01", "echo a", outer="acme+").stdout, b"a\n")
        done = self.gate.jump(f"{self.me}@server01", "echo a", outer="other+")
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.assertIn(b"no such host for you", done.stderr)

    def test_who_may_not_and_what_is_not_get_the_same_words(self):
        unknown = self.gate.jump(f"{self.me}@nosuch", "echo never")
        forbidden = self.gate.jump(f"{self.me}@server01", "echo never", key=self.gate.bob_key)
        login = self.gate.jump("somebody@server01", "echo never")
        for done in (unknown, forbidden, login):
            self.assertEqual((done.returncode, done.stdout), (255, b""))
            self.assertIn(b"no such host for you", done.stderr)
        self.assertEqual(unknown.stderr.replace(b"nosuch", b"server01"), forbidden.stderr)
        denied = self.gate.wait_events("access.denied", 3)
        self.assertTrue(any(e["user"] == "bob" and e["reason"] == "no_role" and e["jump"]["host"] == "server01" for e in denied))

    def test_a_stranger_gets_no_jump(self):
        key = self.gate.path("stranger-jump")
        gate.make_key(key)
        before = len(self.sessions())
        done = self.gate.jump(f"{self.me}@server01", "echo never", key=key)
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.assertEqual(len(self.sessions()), before)

    def test_no_password_is_ever_asked_for_behind_a_jump(self):
        done = self.gate.run(self.gate.jump_command(f"{self.me}@server01", options=("-vv",)) + ["true"])
        self.assertEqual(done.returncode, 0)
        self.assertNotIn(b"password", done.stderr.replace(b"PasswordAuthentication", b""))

    def test_a_key_that_is_shown_behind_the_jump_is_a_claim_and_not_the_operator(self):
        outer, inner = paramiko.SSHClient(), paramiko.SSHClient()
        for client in (outer, inner):
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            self.addCleanup(client.close)
        common = {"allow_agent": False, "look_for_keys": False}
        outer.connect("127.0.0.1", self.gate.port, "x", key_filename=self.gate.alice_key, **common)
        road = outer.get_transport().open_channel("direct-tcpip", ("server01", 22), ("127.0.0.1", 1))
        inner.connect("server01", username=self.me, key_filename=self.gate.bob_key, sock=road, **common)
        _, out, _ = inner.exec_command("echo claimed")
        self.assertEqual(out.read(), b"claimed\n")
        start = self.sessions()[-1]
        bob = self.gate.run(["ssh-keygen", "-l", "-f", self.gate.bob_key + ".pub"]).stdout.decode().split()[1]
        self.assertEqual((start["user"], start["jump"]["key_claimed"]), ("alice", bob))
        self.assertNotEqual(start["client"]["key_fingerprint"], bob)

    def test_bytes_come_through_whole_both_ways(self):
        data = os.urandom(8 << 20)
        there = self.gate.jump(f"{self.me}@server01", "sha256sum | cut -c1-64", input=data)
        self.assertEqual(there.stdout.decode().strip(), hashlib.sha256(data).hexdigest())
        path = self.gate.path("bulk")
        with open(path, "wb") as file:
            file.write(data)
        self.assertEqual(self.gate.jump(f"{self.me}@server01", f"cat {path}").stdout, data)

    def test_a_jump_through_a_jump_ends_at_the_bastion_too(self):
        outer = f"x@127.0.0.1:{self.gate.port},{self.me}@server01"
        words = self.gate.jump_command(f"{self.me}@server02")
        words[words.index("-J") + 1] = outer
        done = self.gate.run(words + ["echo far"])
        self.assertEqual((done.returncode, done.stdout), (0, b"far\n"), done.stderr)
        self.assertEqual(self.sessions()[-1]["host"]["inventory_name"], "server02")

    def test_a_client_that_is_killed_leaves_no_session_open(self):
        client = subprocess.Popen(self.gate.jump_command(f"{self.me}@server01") + ["sleep 1000"], cwd=self.gate.folder,
                                  env=self.gate.environment(), start_new_session=True)
        self.addCleanup(client.wait)
        gate.wait_for(lambda: any(e.get("command") == "sleep 1000" for e in self.gate.events("channel.start")), "the command")
        session = self.sessions()[-1]["session_id"]
        os.killpg(client.pid, signal.SIGKILL)
        ended = gate.wait_for(lambda: [e for e in self.gate.events("ssh_session.end") if e["session_id"] == session], "the end")
        self.assertIn(ended[0]["end_reason"], ("operator_disconnect", "network_error"))

    def test_one_connection_carries_many_jumps(self):
        socket = self.gate.path("mux")
        config = self.gate.path("ssh_config")
        master = self.gate.run(["ssh", "-F", config, "-M", "-S", socket, "-fN", "x@127.0.0.1"])
        self.assertEqual(master.returncode, 0, master.stderr)
        self.addCleanup(lambda: self.gate.run(["ssh", "-F", config, "-S", socket, "-O", "exit", "x@127.0.0.1"]))
        clients = [subprocess.Popen(["ssh", "-F", config, "-o", "HostKeyAlias=targets", "-o",
                                     f"ProxyCommand=ssh -F {config} -S {socket} -W server0{1 + i % 2}:22 x@127.0.0.1",
                                     f"{self.me}@anything", f"echo {i}"], stdout=subprocess.PIPE, cwd=self.gate.folder,
                                    env=self.gate.environment()) for i in range(8)]
        self.assertEqual([client.communicate(timeout=gate.PATIENCE)[0] for client in clients],
                         [f"{i}\n".encode() for i in range(8)])
        connections = {e["connection_id"] for e in self.sessions()[-8:]}
        self.assertEqual(len(connections), 1)


if __name__ == "__main__":
    gate.main()
