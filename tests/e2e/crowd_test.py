# SPDX-License-Identifier: Apache-2.0
"""Ten thousand half-open connections from many sources: an operator comes in all the same, limits hold, nothing grows."""
import os
import re
import resource
import select
import socket
import threading
import urllib.request

import gate

WANTED, ROOM = 10_000, 1000  # connections; descriptors for all else in the test's own process
IN_ALL, PER_SOURCE = 512, 128  # the defaults of limits.unauthenticated and unauthenticated_per_source
MEMORY = 48 << 20  # seen: 12 MB


class QuietGate(gate.Gate):
    def daemon_command(self):
        return super().daemon_command()[:-1]  # as it is at a real site: without --verbose

    def metric(self, name):
        address = gate.wait_for(lambda: re.search(r'msg="health and metrics" address=(\S+)', self.log_text()), "/metrics").group(1)
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=gate.PATIENCE) as answer:
            return float(re.search(rf"^{name} (\S+)", answer.read().decode(), re.M).group(1))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self):
        return int(re.search(r"VmRSS:\s+(\d+)", gate.read(f"/proc/{self.process.pid}/status")).group(1)) * 1024


class Crowd:
    """Connections that stay half open: every second one says nothing, the others stop amid their first packet."""

    def __init__(self, port):
        self.port, self.peers = port, []
        self.lock = threading.Lock()

    def come(self, source, count):
        for i in range(count):
            peer = socket.create_connection(("127.0.0.1", self.port), gate.PATIENCE, (source, 0))
            if i % 2:
                try:
                    peer.sendall(b"SSH-2.0-crowd\r\n" + (30_000).to_bytes(4, "big") + bytes(1000))
                except OSError:
                    pass  # out already: others came
            with self.lock:
                self.peers.append((source, peer))

    def staying(self, source=None):
        """How many of a source, or of all, the bastion has not hung up on."""
        poll = select.poll()
        ours = [peer for origin, peer in self.peers if source in (None, origin)]
        for peer in ours:
            poll.register(peer, select.POLLRDHUP)
        return len(ours) - len(poll.poll(0))

    def leave(self):
        for _, peer in self.peers:
            peer.close()
        self.peers.clear()


class TenThousand(gate.GateTest):
    @classmethod
    def setUpClass(cls):
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
        cls.addClassCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        cls.count = min(WANTED, before[1] - ROOM)
        if cls.count < WANTED:
            print(f"the hard limit of descriptors leaves room for {cls.count} connections in place of {WANTED}")
        cls.gate = QuietGate(config="limits: {login_grace: 600s}")

    def setUp(self):
        self.crowd = Crowd(self.gate.port)
        self.addCleanup(self.crowd.leave)
        self.assertEqual(self.gate.ssh("echo in").stdout, b"in\n")

    def is_served(self, source="127.0.0.1"):
        self.assertEqual(self.gate.ssh("echo in", options=("-b", source)).stdout, b"in\n")
        gate.wait_for(lambda: self.gate.metric("sallyport_unproven_connections") <= IN_ALL, "those who are evicted to be out")

    def test_an_operator_comes_in_while_they_come_and_when_all_are_there(self):
        descriptors, memory = self.gate.descriptors(), self.gate.memory()
        sources = [f"127.0.1.{i}" for i in range(1, 51)]
        comers = [threading.Thread(target=self.crowd.come, args=(source, self.count // len(sources))) for source in sources]
        for comer in comers:
            comer.start()
        logins = 0
        while any(comer.is_alive() for comer in comers):
            self.is_served()
            logins += 1
        self.assertGreater(logins, 0)
        self.is_served()
        self.is_served(sources[0])  # also from an address whose other connections are theirs
        self.assertEqual(len(self.crowd.peers), self.count // len(sources) * len(sources))
        gate.wait_for(lambda: self.crowd.staying() <= IN_ALL, "the others to be out")
        self.assertGreater(self.crowd.staying(), IN_ALL // 2, "there is no crowd if all are out")
        if not gate.is_sanitized():
            self.assertLess(self.gate.memory() - memory, MEMORY)
        self.crowd.leave()
        gate.wait_for(lambda: self.gate.descriptors() <= descriptors, "all descriptors to be given back")

    def test_of_one_source_no_more_than_its_share_stays_and_others_lose_none(self):
        self.crowd.come("127.0.2.1", 20)
        self.crowd.come("127.0.2.2", 1000)
        self.is_served()
        self.is_served("127.0.2.2")
        gate.wait_for(lambda: self.crowd.staying("127.0.2.2") <= PER_SOURCE, "the source's oldest to be out")
        self.assertGreaterEqual(self.crowd.staying("127.0.2.2"), PER_SOURCE - 1)
        self.assertEqual(self.crowd.staying("127.0.2.1"), 20)

    def test_they_fill_neither_the_log_nor_the_record(self):
        before = len(self.gate.events("auth.failed"))
        for source in range(1, 11):
            self.crowd.come(f"127.0.{source}.7", 200)
        self.is_served()
        self.crowd.leave()
        gate.wait_for(lambda: self.gate.metric("sallyport_unproven_connections") == 0, "all to be out")
        self.gate.stop()
        failed = self.gate.events("auth.failed")[before:]
        lines = self.gate.log_text().splitlines()
        self.gate.start()
        self.assertGreaterEqual(sum(e["count"] for e in failed), 2000, "every one is counted")
        self.assertLess(len(failed), 200, "one event for a kind, a net and a minute")
        self.assertLess(len(lines), 100)


if __name__ == "__main__":
    gate.main()
