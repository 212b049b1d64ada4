# SPDX-License-Identifier: Apache-2.0
"""The side of dropbear's dbclient in the matrix."""
import os
import shutil

import cells
import programs


def key(road):
    """alice's key in dropbear's own form."""
    converted = os.path.join(road["folder"], "key.db")
    if not os.path.exists(converted):
        programs.must(["dropbearconvert", "openssh", "dropbear", road["key"], converted])
    return converted


def client(road, *options):
    return ["dbclient", "-y", "-y", "-i", key(road), "-p", str(road["port"]), *options, f"{road['user']}@{road['host']}"]


def stderr(road):
    """Without what dbclient itself says of the host key that it was told not to check."""
    result = programs.stderr(client(road, "-T"))
    return result | {"err": "".join(line for line in result["err"].splitlines(True) if line.strip() and "hostkey check" not in line)}


def jump(road):
    # For its outer hop dbclient runs itself by the name it was called, without looking along PATH.
    hops = f"{road['user']}@{road['host']}/{road['port']},{road['login']}@{road['jump_host']}/{road['jump_port']}"
    return programs.jump([shutil.which("dbclient"), "-y", "-y", "-i", key(road), hops])


TABLE = {
    **programs.table(client, "-t"),
    "stderr": stderr,
    "keepalive": lambda road: programs.keepalive(client(road, "-K", "1")),
    "jump": jump,
}

if __name__ == "__main__":
    cells.main(TABLE)
