# SPDX-License-Identifier: Apache-2.0
"""OpenSSH's side of the matrix: ssh, sftp and scp."""
import os

import cells
import programs


def options(road, *more):
    named = {"IdentityFile": road["key"], "IdentitiesOnly": "yes", "BatchMode": "yes", "StrictHostKeyChecking": "no",
             "UserKnownHostsFile": "/dev/null", "LogLevel": "ERROR", "User": road["user"]}
    return ["-F", "none", *(word for name, value in named.items() for word in ("-o", f"{name}={value}")), *more]


def ssh(road, *more):
    return ["ssh", *options(road, "-p", str(road["port"]), *more), road["host"]]


def sftp(road):
    there, moved, back, made, batch = (os.path.join(road["folder"], name) for name in ("there", "moved", "back", "made", "batch"))
    with open(batch, "w", encoding="utf-8") as file:
        file.write(f"put -p {road['small']} {there}\nchmod 640 {there}\nrename {there} {moved}\nmkdir {made}\n"
                   f"get -p {moved} {back}\nrmdir {made}\n")
    programs.must(["sftp", *options(road, "-P", str(road["port"])), "-b", batch, road["host"]])
    return cells.file_facts(moved, back) | {"made": os.path.exists(made)}


def scp(road, protocol):
    there, back = (os.path.join(road["folder"], name + protocol) for name in ("there", "back"))
    command = ["scp", protocol, "-p", *options(road, "-P", str(road["port"]))]
    programs.must([*command, road["small"], f"{road['host']}:{there}"])
    programs.must([*command, f"{road['host']}:{there}", back])
    return cells.file_facts(there, back)


def channels(road):
    """The first ssh holds the connection, the others are channels of it."""
    shared = ("-o", f"ControlPath={road['folder']}/mux")
    return programs.beside(ssh(road, *shared, "-M"), ssh(road, *shared))


def jump(road):
    outer = " ".join(ssh(road, "-W", f"{road['jump_host']}:{road['jump_port']}"))
    inner = {**road, "user": road["login"], "host": road["jump_host"], "port": road["jump_port"]}
    return programs.jump(ssh(inner, "-o", f"ProxyCommand={outer}"))


TABLE = {
    **programs.table(ssh, "-tt"),
    "sftp": sftp,
    "scp_old": lambda road: scp(road, "-O"),
    "scp_new": lambda road: scp(road, "-s"),
    "channels": channels,
    "rekey": lambda road: programs.rekey(ssh(road, "-o", "RekeyLimit=2M"), road),
    "keepalive": lambda road: programs.keepalive(ssh(road, "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=1")),
    "jump": jump,
}

if __name__ == "__main__":
    cells.main(TABLE)
