# SPDX-License-Identifier: Apache-2.0
"""What run.sh measures. One machine plays all roles, so ratios within a run tell more than the numbers."""
import argparse
import json
import os
import socket
import statistics
import subprocess
import time

import gate

CIPHER = ("-o", "Ciphers=aes256-gcm@openssh.com", "-o", "KexAlgorithms=curve25519-sha256")


class Ways:
    """Three ways to the same target: direct, by a jump through a second sshd, through Sallyport."""

    def __init__(self):
        self.gate = gate.Gate(config="limits: {unauthenticated: 1000, unauthenticated_per_source: 1000, sessions_per_operator: 1000}")
        self.jump = gate.Sshd(self.gate.path("jump"), self.gate.path("authorized_keys"))
        jump = self.gate.path("jump_config")
        gate.write(jump, gate.read(self.gate.path("ssh_config")) + f"\nHost target\n  HostName 127.0.0.1\n  Port {self.gate.sshds[0].port}\n"
                   f"  ProxyJump jump\nHost jump\n  HostName 127.0.0.1\n  Port {self.jump.port}\n")
        text = gate.read(jump)
        # The first value counts: the port of the bastion must not stand before those of the hosts.
        gate.write(jump, text.replace(f"  Port {self.gate.port}\n", "", 1))
        self.ways = {
            "direct": self.gate.ssh_command("server01", *CIPHER, direct=True),
            "jump": ["ssh", "-F", jump, *CIPHER, f"{self.gate.user}@target"],
            "sallyport": self.gate.ssh_command("server01", *CIPHER),
        }

    def close(self):
        self.jump.stop()
        self.gate.close()

    def run(self, way, command, **options):
        begin = time.monotonic()
        done = subprocess.run(self.ways[way] + [command], env=self.gate.environment(), check=True, stderr=subprocess.PIPE,
                              **{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **options})
        assert done.returncode == 0
        return time.monotonic() - begin

    def cpu(self):
        """CPU seconds of the daemon so far."""
        fields = gate.read(f"/proc/{self.gate.process.pid}/stat").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        for line in gate.read(f"/proc/{self.gate.process.pid}/status").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0


def in_turn(ways, rounds, measure):
    values = {way: [] for way in ways.ways}
    for _ in range(rounds):
        for way in ways.ways:
            values[way].append(measure(way))
    return {way: statistics.median(found) for way, found in values.items()}


def bulk(ways, rounds, mebibytes):
    zeros = ways.gate.path("zeros")
    subprocess.run(["truncate", "-s", f"{mebibytes}M", zeros], check=True)
    before = ways.cpu()
    down = in_turn(ways, rounds, lambda way: mebibytes / ways.run(way, f"cat {zeros}"))
    middle = ways.cpu()

    def send(way):
        with open(zeros, "rb") as file:
            return mebibytes / ways.run(way, "cat >/dev/null", stdin=file)

    up = in_turn(ways, rounds, send)
    per_gib = 1024 / (mebibytes * rounds)
    return {"bulk down MiB/s": down, "bulk up MiB/s": up}, {"daemon CPU s/GiB down": (middle - before) * per_gib,
                                                            "daemon CPU s/GiB up": (ways.cpu() - middle) * per_gib}


def connect(ways, rounds):
    latency = in_turn(ways, rounds, lambda way: 1000 * ways.run(way, "true"))
    before = ways.cpu()
    for _ in range(rounds):
        ways.run("sallyport", "true")
    return {"connect ms": latency}, {"daemon CPU ms/login": 1000 * (ways.cpu() - before) / rounds}


def idle(ways, count):
    before = ways.resident()
    held = [subprocess.Popen(ways.ways["sallyport"] + ["echo ready; cat"], env=ways.gate.environment(), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE) for _ in range(count)]
    for client in held:
        assert client.stdout.readline() == b"ready\n"
    per_session = (ways.resident() - before) / count
    for client in held:
        client.stdin.close()
        client.wait()
        client.stdout.close()
    return {f"resident KiB/session at {count} idle": per_session}


def crowd(ways, rounds, count):
    alone = statistics.median(1000 * ways.run("sallyport", "true") for _ in range(rounds))
    peers = [socket.create_connection(("127.0.0.1", ways.gate.port)) for _ in range(count)]
    beside = statistics.median(1000 * ways.run("sallyport", "true") for _ in range(rounds))
    for peer in peers:
        peer.close()
    return {"connect ms alone": alone, f"connect ms beside {count} half-open connections": beside}


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=7)
    words.add_argument("--bulk", type=int, default=1024, metavar="MiB")
    words.add_argument("--idle", type=int, default=200)
    words.add_argument("--json", metavar="FILE")
    options = words.parse_args()
    ways = Ways()
    try:
        for way in ways.ways:
            ways.run(way, "true")
        rows, figures = {}, {}
        for part in (connect(ways, options.rounds), bulk(ways, max(3, options.rounds // 2), options.bulk)):
            rows.update(part[0])
            figures.update(part[1])
        figures.update(idle(ways, options.idle))
        figures.update(crowd(ways, options.rounds, 200))
    finally:
        ways.close()
    for name, row in rows.items():
        row["sallyport / jump"] = row["sallyport"] / row["jump"]
        row["sallyport / direct"] = row["sallyport"] / row["direct"]
        print(f"{name:20}" + "".join(f"  {way} {value:.2f}" for way, value in row.items()))
    for name, value in figures.items():
        print(f"{name:50} {value:.2f}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"in_turn": rows, "daemon": figures}, file, indent=1)


if __name__ == "__main__":
    main()
