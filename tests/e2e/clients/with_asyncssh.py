# SPDX-License-Identifier: Apache-2.0
"""asyncssh's side of the matrix."""
import asyncio
import functools
import hashlib
import os

import asyncssh

import cells


def login(road, user=None, **options):
    return asyncssh.connect(road["host"], road["port"], username=user or road["user"], client_keys=[road["key"]], known_hosts=None,
                            agent_path=None, config=None, **options)


async def run(client, command, data=b""):
    done = await client.run(command, input=data, encoding=None)
    return done.exit_status, done.stdout, done.stderr, done.exit_signal


async def execs(road):
    async with login(road) as client:
        killed = await run(client, "kill -TERM $$")
        return {"codes": [(await run(client, f"exit {code}"))[0] for code in cells.CODES], "signal": killed[3][0]}


async def stderr(road):
    async with login(road) as client:
        _, out, err, _ = await run(client, "echo out; echo err >&2")
        return {"out": out.decode(), "err": err.decode()}


async def shell(road, resize=False):
    async with login(road) as client, client.create_process(term_type="xterm", term_size=(100, 30)) as process:
        if resize:
            process.change_terminal_size(70, 20)
        process.stdin.write("stty size; exit 5\n")
        shown = await process.stdout.read()
        await process.wait_closed()
        return {"size": ("20 70" if resize else "30 100") in shown, "code": process.exit_status}


async def bulk(road):
    async with login(road) as client:
        with open(road["big"], "rb") as file:
            up = (await run(client, "sha256sum | cut -c1-64", file.read()))[1].decode().strip()
        return {"up": up, "down": hashlib.sha256((await run(client, f"cat {road['big']}"))[1]).hexdigest()}


async def sftp(road):
    there, moved, back = (os.path.join(road["folder"], name) for name in ("there", "moved", "back"))
    async with login(road) as client, client.start_sftp_client() as files:
        await files.put(road["small"], there, preserve=True)
        await files.posix_rename(there, moved)
        await files.mkdir(os.path.join(road["folder"], "made"))
        names = sorted(await files.listdir(road["folder"]))
        await files.get(moved, back, preserve=True)
        facts = cells.file_facts(moved, back) | {"names": names, "space": (await files.statvfs(moved)).blocks > 0}
        await files.remove(moved)
        await files.rmdir(os.path.join(road["folder"], "made"))
        try:
            await files.stat(moved)
        except asyncssh.SFTPNoSuchFile as error:
            return facts | {"gone": error.reason}
        return facts


async def scp_old(road):
    there, back = (os.path.join(road["folder"], name) for name in ("scp_there", "scp_back"))
    async with login(road) as client:
        await asyncssh.scp(road["small"], (client, there), preserve=True)
        await asyncssh.scp((client, there), back, preserve=True)
        return cells.file_facts(there, back)


async def half_close(road):
    async with login(road) as client:
        code, out, _, _ = await run(client, cells.COUNT, b"x" * 100_000)
        return {"out": out.decode(), "code": code}


async def signals(road):
    async with login(road) as client, client.create_process(cells.SLEEPER) as process:
        assert await process.stdout.readline() == cells.READY + "\n"
        process.send_signal("TERM")
        await process.wait_closed()
        return {"ended": True, "signal": process.exit_signal and process.exit_signal[0], "code": process.exit_status}


async def channels(road):
    async with login(road) as client:
        opened = [await client.create_process(cells.CHANNEL.format(i)) for i in range(cells.CHANNELS)]
        for process in opened:
            process.stdin.write("go\n")
        done = [await process.wait() for process in opened]
        return {"ends": [[each.stdout, each.exit_status] for each in done]}


async def keepalive(road):
    async with login(road, keepalive_interval=0.3, keepalive_count_max=2) as client:
        return {"out": (await run(client, cells.QUIET))[1].decode()}


async def jump(road):
    async with login(road) as outer:
        target = {**road, "host": road["jump_host"], "port": road["jump_port"]}
        async with login(target, road["login"], tunnel=outer) as client:
            code, out, _, _ = await run(client, "echo jumped; exit 7")
            return {"out": out.decode(), "code": code}


def bounded(cell):
    return lambda road: asyncio.run(asyncio.wait_for(cell(road), road["patience"]))


if __name__ == "__main__":
    table = {"exec": execs, "stderr": stderr, "shell": shell, "resize": functools.partial(shell, resize=True), "bulk": bulk, "sftp": sftp,
             "scp_old": scp_old, "half_close": half_close, "signals": signals, "channels": channels,
             "keepalive": keepalive, "jump": jump}
    cells.main({name: bounded(cell) for name, cell in table.items()})
