# SPDX-License-Identifier: Apache-2.0
"""What run.sh measures. One machine plays all roles, so ratios within a run tell more than the numbers."""
import argparse
import concurrent.futures
import json
import os
import pty
import socket
import statistics
import subprocess
import time
import tty

import gate

CIPHER = ("-o", "Ciphers=aes256-gcm@openssh.com", "-o", "KexAlgorithms=curve25519-sha256")


class Ways:
    """Four ways to the same target: direct, by a jump through a second sshd, through Sallyport, by a jump through Sallyport."""

    def __init__(self, idle):
        self.gate = gate.Gate(config="limits: {unauthenticated: 1000, unauthenticated_per_source: 1000, "
                                     f"sessions_per_operator: {idle + 100}, connections: {idle + 1100}}}",
                              sshd_extra=f"MaxStartups {idle + 200}\n")
        self.jump = gate.Sshd(self.gate.path("jump"), self.gate.path("authorized_keys"))
        jump = self.gate.path("jump_config")
        gate.write(jump, gate.read(self.gate.path("ssh_config")) + f"\nHost target\n  HostName 127.0.0.1\n  Port {self.gate.sshds[0].port}\n"
                   f"  ProxyJump jump\nHost jump\n  HostName 127.0.0.1\n  Port {self.jump.port}\n"
                   f"Host gate\n  HostName 127.0.0.1\n  Port {self.gate.port}\n"
                   f"Host server01\n  ProxyJump any@gate\n  HostKeyAlias targets\n")
        text = gate.read(jump)
        # The first value counts: the port of the bastion must not stand before those of the hosts.
        gate.write(jump, text.replace(f"  Port {self.gate.port}\n", "", 1))
        self.ways = {
            "direct": self.gate.ssh_command("server01", *CIPHER, direct=True),
            "jump": ["ssh", "-F", jump, *CIPHER, f"{self.gate.user}@target"],
            "sallyport": self.gate.ssh_command("server01", *CIPHER),
            "sallyport -J": ["ssh", "-F", jump, *CIPHER, f"{self.gate.user}@server01"],
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
    """Each way's median, and the CPU seconds that the daemon took for one `sallyport`."""
    values = {way: [] for way in ways.ways}
    spent = 0
    for _ in range(rounds):
        for way in ways.ways:
            before = ways.cpu()
            values[way].append(measure(way))
            spent += ways.cpu() - before if way == "sallyport" else 0
    return {way: statistics.median(found) for way, found in values.items()}, spent / rounds


def bulk(ways, rounds, mebibytes):
    zeros = ways.gate.path("zeros")
    subprocess.run(["truncate", "-s", f"{mebibytes}M", zeros], check=True)
    down, cpu_down = in_turn(ways, rounds, lambda way: mebibytes / ways.run(way, f"cat {zeros}"))

    def send(way):
        with open(zeros, "rb") as file:
            return mebibytes / ways.run(way, "cat >/dev/null", stdin=file)

    up, cpu_up = in_turn(ways, rounds, send)
    return {"bulk down MiB/s": down, "bulk up MiB/s": up}, {"daemon CPU s/GiB down": cpu_down * 1024 / mebibytes,
                                                            "daemon CPU s/GiB up": cpu_up * 1024 / mebibytes}


def files(ways, rounds, mebibytes):
    """sftp get and put of one file, by the batch mode of the stock client."""
    zeros, copy = ways.gate.path("zeros"), ways.gate.path("copy")

    def sftp(way, command):
        ssh = ways.ways[way]
        batch = gate.write(ways.gate.path("batch"), command + "\n")
        begin = time.monotonic()
        subprocess.run(["sftp", "-q", "-b", batch, *ssh[1:-1], ssh[-1]] if "-p" not in ssh else
                       ["sftp", "-q", "-b", batch, *["-P" if word == "-p" else word for word in ssh[1:-1]], ssh[-1]],
                       env=ways.gate.environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return mebibytes / (time.monotonic() - begin)

    get, _ = in_turn(ways, rounds, lambda way: sftp(way, f"get {zeros} {copy}"))
    put, _ = in_turn(ways, rounds, lambda way: sftp(way, f"put {zeros} {copy}"))
    return {"sftp get MiB/s": get, "sftp put MiB/s": put}, {}


def connect(ways, rounds):
    latency, cpu = in_turn(ways, rounds, lambda way: 1000 * ways.run(way, "true"))
    return {"connect ms": latency}, {"daemon CPU ms/login": 1000 * cpu}


def logins(ways, rounds, at_once=16, each=4):
    """Logins a second while so many come at once."""

    def burst(way):
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda _: ways.run(way, "true"), range(at_once * each)))
        return at_once * each / (time.monotonic() - begin)

    rate, _ = in_turn(ways, rounds, burst)
    return {f"logins/s at {at_once} at once": rate}, {}


class Keys:
    """Somebody who types at a terminal whose far end sends each key back."""

    def __init__(self, ways, way):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.client = subprocess.Popen([*ways.ways[way][:-1], "-tt", ways.ways[way][-1], "stty raw -echo; echo ready; cat"],
                                       env=ways.gate.environment(), stdin=slave, stdout=slave, stderr=subprocess.DEVNULL)
        os.close(slave)
        seen = b""
        while b"ready" not in seen:
            seen += os.read(self.master, 4096)
        self.press(20)  # the first ones find nothing warm

    def press(self, count):
        took = []
        for _ in range(count):
            begin = time.monotonic()
            os.write(self.master, b"k")
            os.read(self.master, 64)
            took.append(1000 * (time.monotonic() - begin))
            time.sleep(0.005)  # between two keys, as nobody types in one stream
        return sorted(took)

    def close(self):
        self.client.terminate()
        self.client.wait()
        os.close(self.master)


def bulk_of(ways, way):
    """A bulk transfer that has begun."""
    client = subprocess.Popen(ways.ways[way] + ["echo begun >&2; exec cat /dev/zero"], env=ways.gate.environment(),
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert client.stderr.readline() == b"begun\n"
    return client


def echo(ways, count):
    """The round trip of one key, alone and beside a bulk transfer of another session by the same way."""
    rows = {}
    for what in ("idle", "beside bulk"):
        p50, p99 = {}, {}
        for way in ways.ways:
            keys = Keys(ways, way)
            noise = bulk_of(ways, way) if what != "idle" else None
            took = keys.press(count)
            p50[way], p99[way] = took[len(took) // 2], took[len(took) * 99 // 100]
            if noise:
                noise.terminate()
                noise.wait()
                noise.stderr.close()
            keys.close()
        rows[f"echo ms p50, {what}"], rows[f"echo ms p99, {what}"] = p50, p99
    return rows, {}


def idle(ways, count, exchange):
    """Resident memory for each of so many idle sessions."""
    before = ways.resident()
    held = [subprocess.Popen([*ways.ways["sallyport"][:-1], "-o", f"KexAlgorithms={exchange}", ways.ways["sallyport"][-1], "echo ready; cat"], env=ways.gate.environment(), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE) for _ in range(count)]
    for client in held:
        assert client.stdout.readline() == b"ready\n"
    per_session = (ways.resident() - before) / count
    for client in held:
        client.stdin.close()
        client.wait()
        client.stdout.close()
    return {f"resident KiB/session at {count} idle, {exchange}": per_session}


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
    words.add_argument("--only", default="", help="parts by name, with commas: connect,bulk,files,logins,echo,idle,crowd")
    words.add_argument("--json", metavar="FILE")
    options = words.parse_args()
    few = max(3, options.rounds // 2)
    parts = {
        "connect": lambda: connect(ways, options.rounds),
        "logins": lambda: logins(ways, few),
        "bulk": lambda: bulk(ways, few, options.bulk),
        "files": lambda: files(ways, few, options.bulk),
        "echo": lambda: echo(ways, 200),
        "idle": lambda: ({}, idle(ways, options.idle, "curve25519-sha256")),
        "crowd": lambda: ({}, crowd(ways, options.rounds, 200)),
    }
    chosen = options.only.split(",") if options.only else list(parts)
    if "files" in chosen and "bulk" not in chosen:
        chosen.insert(0, "bulk")  # makes the file
    ways = Ways(options.idle)
    try:
        for way in ways.ways:
            ways.run(way, "true")
        rows, figures = {}, {}
        for name in chosen:
            part = parts[name]()
            rows.update(part[0])
            figures.update(part[1])
    finally:
        ways.close()
    for name, row in rows.items():
        row["sallyport / jump"] = row["sallyport"] / row["jump"]
        row["sallyport / direct"] = row["sallyport"] / row["direct"]
        row["-J / jump"] = row["sallyport -J"] / row["jump"]
        print(f"{name:24}" + "".join(f"  {way} {value:.2f}" for way, value in row.items()))
    for name, value in figures.items():
        print(f"{name:60} {value:.2f}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"in_turn": rows, "daemon": figures}, file, indent=1)


if __name__ == "__main__":
    main()
