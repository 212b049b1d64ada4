# SPDX-License-Identifier: Apache-2.0
"""The clients of the matrix: how each is started, and what it lacks, in words for the table."""
import functools
import json
import os
import shutil
import subprocess
import sys

import gate
from clients import cells

HERE = os.path.dirname(__file__)
TOOLS = os.path.join(gate.BUILD, "tests/clients")
PATIENCE = 4 * gate.PATIENCE
LONG = os.environ.get("SALLYPORT_TEST_LONG") == "1"


class Missing(Exception):
    """Why a client cannot be tried on this machine."""


class Library:
    """A driver that is a program of its own: given the road and the cells, it prints what each gave."""

    lacks = {}
    environment = {}

    def command(self):
        raise NotImplementedError

    def start(self, road, wanted):
        names = [cell for cell in wanted if cell not in self.lacks]
        return subprocess.Popen([*self.command(), json.dumps(road), *names], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, cwd=road["folder"],
                                env={"PATH": os.environ["PATH"], "HOME": road["home"], "LANG": "C.UTF-8", "PYTHONWARNINGS": "ignore", **self.environment})

    def finish(self, process):
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{self.name} did not come to an end: {err.decode()[-2000:]}") from None
        if process.returncode != 0:
            raise AssertionError(f"{self.name} ended with {process.returncode}: {err.decode()[-2000:]}")
        return json.loads(out)


class PythonLibrary(Library):
    module, script = "", ""

    def command(self):
        if subprocess.run([sys.executable, "-c", f"import {self.module}"], capture_output=True, check=False).returncode != 0:
            raise Missing(f"no Python module {self.module} here")
        return [sys.executable, "-B", os.path.join(HERE, self.script)]


NO_SCP = "the library has no scp"
NEW_SCP = "scp over sftp is OpenSSH's and PuTTY's alone"


class Paramiko(PythonLibrary):
    name, module, script = "paramiko", "paramiko", "with_paramiko.py"
    lacks = {"scp_old": NO_SCP, "scp_new": NO_SCP, "signals": "the library cannot send a signal"}


class Asyncssh(PythonLibrary):
    name, module, script = "asyncssh", "asyncssh", "with_asyncssh.py"
    lacks = {"scp_new": NEW_SCP, "rekey": "Debian 12's goes on sending data amid its own key exchange, against RFC 4253 §7.1"}


class Go(Library):
    name = "Go's x/crypto/ssh"
    lacks = {"scp_old": NO_SCP, "scp_new": NO_SCP}

    @functools.lru_cache
    def command(self):
        sources = "/usr/share/gocode"
        if not shutil.which("go") or not os.path.isdir(f"{sources}/src/golang.org/x/crypto/ssh"):
            raise Missing("no Go with x/crypto here")
        program = os.path.join(TOOLS, "with_go")
        os.makedirs(TOOLS, exist_ok=True)
        subprocess.run(["go", "build", "-o", program, "."], cwd=os.path.join(HERE, "with_go"), check=True, timeout=PATIENCE,
                       env={"PATH": os.environ["PATH"], "HOME": TOOLS, "GO111MODULE": "off", "GOPATH": sources, "GOFLAGS": "",
                            "GOCACHE": os.path.join(TOOLS, "go-cache")})
        return [program]


class Node(Library):
    name = "Node's ssh2"
    lacks = {"scp_old": NO_SCP, "scp_new": NO_SCP, "rekey": "the library cannot ask for new keys"}
    modules = os.environ.get("SALLYPORT_NODE_MODULES", os.path.join(TOOLS, "node_modules"))
    environment = {"SALLYPORT_NODE_MODULES": modules}

    @functools.lru_cache
    def command(self):
        if not shutil.which("node"):
            raise Missing("no Node here")
        if not os.path.isdir(os.path.join(self.modules, "ssh2")):
            self.install()
        return ["node", os.path.join(HERE, "with_node.js")]

    @staticmethod
    def install():
        """Debian has no ssh2 for Node, and what needs another network than Debian's is for the long form alone."""
        if not LONG or not shutil.which("npm"):
            raise Missing("no ssh2 for Node here: SALLYPORT_TEST_LONG=1 fetches it by npm, or SALLYPORT_NODE_MODULES says where it is")
        os.makedirs(TOOLS, exist_ok=True)
        words = ["npm", "install", "--prefix", TOOLS, "--no-audit", "--no-fund", "--no-save", "--omit=optional", "--ignore-scripts", "ssh2@1"]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=gate.PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            raise Missing("npm cannot be reached") from None
        if done.returncode != 0:
            raise Missing("npm cannot install ssh2")


class Program(Library):
    """A client that is a program, run by a driver of ours."""

    programs, script = (), ""

    def command(self):
        for program in self.programs:
            if not shutil.which(program):
                raise Missing(f"no {program} here")
        return [sys.executable, "-B", os.path.join(HERE, self.script)]


class Openssh(Program):
    name, programs, script = "OpenSSH", ("ssh", "scp", "sftp"), "with_openssh.py"
    lacks = {"signals": "the program sends none"}


class Dbclient(Program):
    name, programs, script = "dbclient", ("dbclient", "dropbearconvert"), "with_dbclient.py"
    lacks = {"sftp": "has no sftp of its own", "scp_old": "has no scp of its own in Debian", "scp_new": "has no scp of its own in Debian",
             "signals": "the program sends none", "channels": "one channel a connection", "rekey": "after 1 GiB alone, no option"}


class Putty(Program):
    name, programs, script = "plink, pscp, psftp", ("plink", "pscp", "psftp", "puttygen"), "with_putty.py"
    lacks = {"signals": "from PuTTY's menu alone"}


class Curl(Program):
    name, programs, script = "libssh2 (curl)", ("curl",), "with_curl.py"
    lacks = {cell: "curl moves files alone" for cell in cells.CELLS if cell not in ("bulk", "sftp", "scp_old")}

    def command(self):
        words = super().command()
        if "sftp" not in subprocess.run(["curl", "-V"], capture_output=True, text=True, check=True).stdout.split():
            raise Missing("this curl has no sftp")
        return words


class Conch(PythonLibrary):
    name, module, script = "Twisted's conch", "twisted.conch.ssh.transport", "with_conch.py"
    lacks = {"scp_old": NO_SCP, "scp_new": NO_SCP, "jump": "the library has no connection over a channel"}


# The columns of the table in docs/clients.md.
ALL = (Openssh(), Dbclient(), Putty(), Curl(), Paramiko(), Asyncssh(), Go(), Node(), Conch())


def table():
    """The table and its notes, as docs/clients.md has them."""
    reasons = []
    lines = ["| cell | " + " | ".join(client.name for client in ALL) + " |", "|---" * (len(ALL) + 1) + "|"]
    for cell, words in cells.CELLS.items():
        for client in ALL:
            if cell in client.lacks and client.lacks[cell] not in reasons:
                reasons.append(client.lacks[cell])
        entries = (f"({reasons.index(client.lacks[cell]) + 1})" if cell in client.lacks else "yes" for client in ALL)
        lines.append(f"| {words} | " + " | ".join(entries) + " |")
    return "\n".join([*lines, "", *(f"{i}. {reason}" for i, reason in enumerate(reasons, 1)), ""])
