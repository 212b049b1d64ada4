# SPDX-License-Identifier: Apache-2.0
"""What run.sh measures. One machine plays all roles, so ratios within a run tell more than the numbers."""
import argparse
import concurrent.futures
import contextlib
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
SERVERS = "Ciphers aes256-gcm@openssh.com\nKexAlgorithms curve25519-sha256\n"  # on the bastion's way to them, too


class Ways:
    """Four ways to the same target: direct, by a jump through a second sshd, through Sallyport, by a jump through Sallyport."""

    def __init__(self):
        self.gate = gate.Gate(config="limits: {unauthenticated: 1000, unauthenticated_per_source: 1000}", sshd_extra=SERVERS)
        self.jump = gate.Sshd(self.gate.path("jump"), self.gate.path("authorized_keys"), SERVERS)
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


def resident(of):
    """KiB of memory that the daemon of this gate has."""
    return next(int(line.split()[1]) for line in gate.read(f"/proc/{of.process.pid}/status").splitlines() if line.startswith("VmRSS:"))


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
    with recording(ways, "{digest: whole}"):
        before = ways.cpu()
        for _ in range(rounds):
            ways.run("sallyport", f"cat {zeros}")
        cpu_whole = (ways.cpu() - before) / rounds
    daemon = {"down": cpu_down, "down, digest: whole": cpu_whole, "up": cpu_up}
    return ({"bulk down MiB/s": down, "bulk up MiB/s": up},
            {f"daemon CPU s/GiB {what}": cpu * 1024 / mebibytes for what, cpu in daemon.items()})


@contextlib.contextmanager
def recording(ways, how):
    """Meanwhile the daemon, started anew, has other settings for recordings."""
    for extra in (f"recording: {how}\n", ""):
        ways.gate.stop()
        ways.gate.write_config(ways.gate.extra_config + "\n" + extra)
        ways.gate.start()
        if extra:
            yield


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


class Quiet:
    """Thousands of idle sessions between clients and a target that cost next to nothing (crowd.cc)."""

    CROWD = os.path.join(gate.BUILD, "tests/bench/crowd")

    def __init__(self, exchange, most):
        self.exchange = exchange
        self.gate = gate.Gate(start=False, config=f"limits: {{unauthenticated: 1000, unauthenticated_per_source: 1000, "
                              f"sessions_per_operator: {most + 1}, connections: {most + 1}}}")
        self.target = self.start("target", self.gate.sshds[0].host_key, exchange)
        self.gate.write_hosts({"quiet": int(self.target.stdout.readline())})
        self.gate.start()
        self.clients = []

    def start(self, *words):
        return subprocess.Popen([self.CROWD, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def enter(self, count):
        client = self.start("clients", self.gate.port, "quiet", self.gate.alice_key, self.exchange, count)
        self.clients.append(client)
        assert client.stdout.readline() == b"ready\n", self.gate.log_text()[-2000:]

    def close(self):
        for process in [*self.clients, self.target]:
            process.stdin.close()
            process.wait()
            process.stdout.close()
        self.gate.close()


def idle(exchange, counts):
    """Resident memory for each of so many idle sessions, beyond what ten of them had warmed up."""
    quiet, figures, entered = Quiet(exchange, max(counts) + 10), {}, 0
    try:
        quiet.enter(10)
        before = resident(quiet.gate)
        for count in counts:
            quiet.enter(count - entered)
            entered = count
            figures[f"resident KiB/session at {count} idle, {exchange}"] = (resident(quiet.gate) - before) / count
    finally:
        quiet.close()
    return figures


ANSIBLE_TASKS = 10


def ansible(rounds, hosts=20):
    """Seconds for a play of ten tasks on twenty hosts, direct and through Sallyport."""
    gates = gate.Gate(targets=hosts, sshd_extra=SERVERS)
    try:
        command = "-F " + gates.path("ssh_config")
        through = "{ansible_user: '" + gates.user + "@{{inventory_hostname}}', ansible_host: 127.0.0.1, ansible_port: " + str(gates.port) + "}"
        common = f"    vars: {{ansible_ssh_common_args: '{command}', ansible_python_interpreter: /usr/bin/python3}}\n"
        names = [f"server{i + 1:02}" for i in range(hosts)]
        inventories = {
            "direct": "".join(f"    {name}: {{ansible_host: 127.0.0.1, ansible_port: {sshd.port}, ansible_user: {gates.user}}}\n"
                              for name, sshd in zip(names, gates.sshds)),
            "sallyport": "".join(f"    {name}: {through.replace('{{inventory_hostname}}', name)}\n" for name in names),
        }
        tasks = "".join(f"    - command: echo {i}\n" for i in range(ANSIBLE_TASKS))
        play = gate.write(gates.path("play.yml"), "- hosts: all\n  gather_facts: false\n  tasks:\n" + tasks)
        took = {way: [] for way in inventories}
        for _ in range(rounds):
            for way, text in inventories.items():
                inventory = gate.write(gates.path(f"{way}.yml"), "all:\n" + common.replace("    vars", "  vars") + "  hosts:\n" + text)
                environment = {"ANSIBLE_HOME": gates.path(way), "ANSIBLE_LOCAL_TEMP": gates.path("tmp"), "ANSIBLE_NOCOLOR": "1",
                               "ANSIBLE_SSH_CONTROL_PATH_DIR": gates.path("c-" + way), "ANSIBLE_HOST_KEY_CHECKING": "0"}
                begin = time.monotonic()
                done = gates.run(["ansible-playbook", "-f", str(hosts), "-i", inventory, play], env=environment, timeout=600)
                took[way].append(time.monotonic() - begin)
                assert done.returncode == 0, done.stdout + done.stderr
                end_masters(gates, gates.path("c-" + way))
    finally:
        gates.close()
    figures = {f"s, {hosts} hosts x {ANSIBLE_TASKS} Ansible tasks, {way}": statistics.median(values) for way, values in took.items()}
    figures["Ansible, sallyport / direct"] = statistics.median(took["sallyport"]) / statistics.median(took["direct"])
    return figures


def end_masters(gates, folder):
    """Each round begins without the connections that Ansible keeps."""
    for name in os.listdir(folder):
        gates.run(["ssh", "-O", "exit", "-S", os.path.join(folder, name), "any"])


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
    words.add_argument("--idle", default="200,1000,5000", help="how many sessions; each takes three descriptors of the daemon")
    words.add_argument("--only", default="", help="parts by name, with commas: connect,logins,bulk,files,echo,idle,ansible,crowd")
    words.add_argument("--json", metavar="FILE")
    options = words.parse_args()
    few = max(3, options.rounds // 2)
    counts = [int(count) for count in options.idle.split(",")]
    parts = {
        "connect": lambda: connect(ways, options.rounds),
        "logins": lambda: logins(ways, few),
        "bulk": lambda: bulk(ways, few, options.bulk),
        "files": lambda: files(ways, few, options.bulk),
        "echo": lambda: echo(ways, 200),
        "idle": lambda: ({}, {**idle("curve25519-sha256", counts), **idle("mlkem768x25519-sha256", counts)}),
        "ansible": lambda: ({}, ansible(1)),  # five minutes a round
        "crowd": lambda: ({}, crowd(ways, options.rounds, 200)),
    }
    chosen = options.only.split(",") if options.only else list(parts)
    if "files" in chosen and "bulk" not in chosen:
        chosen.insert(0, "bulk")  # makes the file
    ways = Ways()
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
