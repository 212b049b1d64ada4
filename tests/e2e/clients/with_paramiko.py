# SPDX-License-Identifier: Apache-2.0
"""paramiko's side of the matrix."""
import contextlib
import hashlib
import os
import time

import paramiko

import cells


@contextlib.contextmanager
def login(road, user=None, sock=None):
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(road["host"], road["port"], user or road["user"], key_filename=road["key"], allow_agent=False,
                       look_for_keys=False, sock=sock, timeout=30)
        yield client


def run(client, command, data=b""):
    stdin, stdout, stderr = client.exec_command(command)
    stdin.write(data)
    stdin.channel.shutdown_write()
    out, err = stdout.read(), stderr.read()
    return stdout.channel.recv_exit_status(), out, err


def execs(road):
    with login(road) as client:
        return {"codes": [run(client, f"exit {code}")[0] for code in cells.CODES], "signal": run(client, "kill -TERM $$")[0]}


def stderr(road):
    with login(road) as client:
        _, out, err = run(client, "echo out; echo err >&2")
        return {"out": out.decode(), "err": err.decode()}


def wait_shown(channel, text):
    shown = b""
    while text not in shown:
        chunk = channel.recv(65536)
        if not chunk:
            raise EOFError(f"no {text!r} in {shown!r}")
        shown += chunk
    return True


def shell(road, resize=False):
    with login(road) as client:
        channel = client.invoke_shell("xterm", 100, 30)
        if resize:
            channel.resize_pty(70, 20)
        channel.sendall(b"stty size; exit 5\n")
        seen = wait_shown(channel, b"20 70" if resize else b"30 100")
        return {"size": seen, "code": channel.recv_exit_status()}


def bulk(road):
    with login(road) as client, open(road["big"], "rb") as file:
        up = run(client, "sha256sum | cut -c1-64", file.read())[1].decode().strip()
        return {"up": up, "down": hashlib.sha256(run(client, f"cat {road['big']}")[1]).hexdigest()}


def sftp(road):
    there, moved, back = (os.path.join(road["folder"], name) for name in ("there", "moved", "back"))
    with login(road) as client, client.open_sftp() as files:
        files.put(road["small"], there)
        files.utime(there, (cells.STAMP, cells.STAMP))
        files.chmod(there, 0o640)
        files.posix_rename(there, moved)
        files.mkdir(os.path.join(road["folder"], "made"))
        names = sorted(files.listdir(road["folder"]))
        files.get(moved, back)
        facts = cells.file_facts(moved) | {"back": cells.digest(back), "names": names, "size": files.stat(moved).st_size}
        files.remove(moved)
        files.rmdir(os.path.join(road["folder"], "made"))
        try:
            files.stat(moved)
        except FileNotFoundError as error:
            return facts | {"gone": str(error)}
        return facts


def half_close(road):
    with login(road) as client:
        code, out, _ = run(client, cells.COUNT, b"x" * 100_000)
        return {"out": out.decode(), "code": code}


def channels(road):
    with login(road) as client:
        opened = [client.exec_command(cells.CHANNEL.format(i)) for i in range(cells.CHANNELS)]
        for stdin, _, _ in opened:
            stdin.write("go\n")
        return {"ends": [[out.read().decode(), out.channel.recv_exit_status()] for _, out, _ in opened]}


def read_whole(channel, size):
    data = b""
    while len(data) < size:
        chunk = channel.recv(size - len(data))
        if not chunk:
            raise EOFError(f"{len(data)} of {size} bytes")
        data += chunk
    return data


def echo(channel, part):
    """Sends in steps that both windows hold, so that nothing is under way when it returns."""
    step = 1 << 16
    back = b""
    for at in range(0, len(part), step):
        channel.sendall(part[at:at + step])
        back += read_whole(channel, len(part[at:at + step]))
    return back


def rekey(road):
    """New keys amid a channel, between its bytes: where they meet bytes under way paramiko 2.12 waits for itself for ever,
    before OpenSSH's server as well."""
    with login(road) as client, open(road["big"], "rb") as file:
        data = file.read()
        channel = client.get_transport().open_session()
        channel.exec_command("cat")
        half = len(data) // 2
        back = echo(channel, data[:half])
        client.get_transport().renegotiate_keys()
        back += echo(channel, data[half:])
        return {"back": hashlib.sha256(back).hexdigest()}


def keepalive(road):
    with login(road) as client:
        client.get_transport().set_keepalive(1)
        out = run(client, cells.QUIET)[1].decode()
        before = time.monotonic()
        client.get_transport().global_request("keepalive@openssh.com", wait=True)
        return {"out": out, "answered": time.monotonic() - before < 20}


def jump(road):
    with login(road) as outer:
        target = (road["jump_host"], road["jump_port"])
        inner = outer.get_transport().open_channel("direct-tcpip", target, ("127.0.0.1", 1))
        with login(road, road["login"], inner) as client:
            code, out, _ = run(client, "echo jumped; exit 7")
            return {"out": out.decode(), "code": code}


if __name__ == "__main__":
    cells.main({"exec": execs, "stderr": stderr, "shell": shell, "resize": lambda road: shell(road, True), "bulk": bulk, "sftp": sftp,
                "half_close": half_close, "channels": channels, "rekey": rekey, "keepalive": keepalive, "jump": jump})
