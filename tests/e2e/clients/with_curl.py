# SPDX-License-Identifier: Apache-2.0
"""libssh2's side of the matrix, by curl."""
import os

import cells
import programs


def curl(road, *words):
    return programs.must(["curl", "-sS", "--fail", "--insecure", "--user", road["user"] + ":", "--key", road["key"], "--pubkey",
                          road["key"] + ".pub", *words])


def move(road, scheme, what):
    there, back = (os.path.join(road["folder"], name + scheme) for name in ("there", "back"))
    url = f"{scheme}://{road['host']}:{road['port']}{there}"
    curl(road, "-T", what, url)
    curl(road, "-o", back, url)
    return there, back


def sftp(road):
    there, back = move(road, "sftp", road["small"])
    url = f"sftp://{road['host']}:{road['port']}{road['folder']}/"
    curl(road, "-o", os.devnull, url, *(word for command in (f"mkdir {road['folder']}/made", f"chmod 640 {there}",
                                                             f"mtime \"Tue, 14 Nov 2023 22:13:20 GMT\" {there}")
                                        for word in ("-Q", command)))
    listed = curl(road, "--list-only", url).decode().split()
    moved = there + "moved"
    curl(road, "-o", os.devnull, url, "-Q", f"rename {there} {moved}", "-Q", f"rmdir {road['folder']}/made")
    return cells.file_facts(moved) | {"back": cells.digest(back), "names": sorted(listed)}


def scp(road):
    there, back = move(road, "scp", road["small"])
    return {"there": cells.digest(there), "back": cells.digest(back)}


def bulk(road):
    there, back = move(road, "sftp", road["big"])
    return {"up": cells.digest(there), "down": cells.digest(back)}


if __name__ == "__main__":
    cells.main({"bulk": bulk, "sftp": sftp, "scp_old": scp})
