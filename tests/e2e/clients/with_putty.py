# SPDX-License-Identifier: Apache-2.0
"""The side of PuTTY's plink, pscp and psftp in the matrix."""
import os

import cells
import programs


def key(road):
    converted = os.path.join(road["folder"], "key.ppk")
    if not os.path.exists(converted):
        programs.must(["puttygen", road["key"], "-O", "private", "-o", converted])
    return converted


def words(road, *options):
    return ["-batch", "-noagent", "-i", key(road), "-P", str(road["port"]), "-hostkey", road["host_key"], *options]


def plink(road, *options):
    return ["plink", *words(road), "-no-antispoof", *options, "-l", road["user"], road["host"]]


def saved(road, **settings):
    """A saved session, for what has no option on the command line."""
    lines = {"HostName": road["host"], "PortNumber": road["port"], "Protocol": "ssh", "UserName": road["user"], **settings}
    name = "saved-" + "-".join(settings)
    path = os.path.join(road["home"], ".putty", "sessions", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{key}={value}\n" for key, value in lines.items())
    return ["plink", *words(road), "-no-antispoof", "-load", name]


def sftp(road):
    there, moved, back, batch = (os.path.join(road["folder"], name) for name in ("there", "moved", "back", "batch"))
    with open(batch, "w", encoding="utf-8") as file:
        file.write(f"put {road['small']} {there}\nchmod 640 {there}\nmv {there} {moved}\nmkdir {road['folder']}/made\n"
                   f"ls {road['folder']}\nget {moved} {back}\nrmdir {road['folder']}/made\n")
    programs.must(["psftp", *words(road), "-b", batch, "-l", road["user"], road["host"]])
    facts = cells.file_facts(moved) | {"back": cells.digest(back), "made": os.path.exists(f"{road['folder']}/made")}
    del facts["there_time"]  # psftp keeps no times
    return facts


def pscp(road, protocol):
    there, back = (os.path.join(road["folder"], name + protocol) for name in ("there", "back"))
    programs.must(["pscp", *words(road, protocol, "-p", "-q"), "-l", road["user"], road["small"], f"{road['host']}:{there}"])
    programs.must(["pscp", *words(road, protocol, "-p", "-q"), "-l", road["user"], f"{road['host']}:{there}", back])
    return cells.file_facts(there, back)


def channels(road):
    """Connection sharing: the first plink holds the connection, the others use it."""
    return programs.beside(plink(road, "-share"), plink(road, "-share"))


def jump(road):
    outer = " ".join([*plink(road, "-nc", f"{road['jump_host']}:{road['jump_port']}")])
    inner = {**road, "user": road["login"], "host": road["jump_host"], "port": road["jump_port"]}
    return programs.jump(plink(inner, "-proxycmd", outer))


TABLE = {
    **programs.table(plink, "-t"),
    "sftp": sftp,
    "scp_old": lambda road: pscp(road, "-scp"),
    "scp_new": lambda road: pscp(road, "-sftp"),
    "channels": channels,
    "rekey": lambda road: programs.rekey(saved(road, RekeyBytes="1M"), road),
    "keepalive": lambda road: programs.keepalive(saved(road, PingIntervalSecs=1)),
    "jump": jump,
}

if __name__ == "__main__":
    cells.main(TABLE)
