# SPDX-License-Identifier: Apache-2.0
"""The side of Twisted's conch in the matrix: its library."""
import functools
import hashlib
import json
import os
import struct

from twisted.conch.ssh import channel, common, connection, filetransfer, keys, session, transport, userauth
from twisted.internet import defer, protocol, reactor
from twisted.python import failure

import cells

STEP = 1 << 15


class Channel(channel.SSHChannel):
    """One command or shell: what it said, and how it ended."""

    name = b"session"

    def __init__(self, start):
        super().__init__(localWindow=1 << 21, localMaxPacket=1 << 15)
        self.start, self.out, self.err, self.code, self.signal = start, bytearray(), b"", None, None
        self.left, self.ending = memoryview(b""), False
        self.done = defer.Deferred()

    def channelOpen(self, _):
        self.start(self)

    def openFailed(self, reason):
        self.done.errback(reason)

    def ask(self, request, data, reply=False):
        return self.conn.sendRequest(self, request, data, wantReply=reply)

    def run(self, command, data=b"", ends=True):
        self.ask(b"exec", common.NS(command.encode()))
        self.left, self.ending = memoryview(data), ends
        self.go_on()

    def go_on(self):
        """Writes no more than the window takes: the library copies all that waits each time."""
        while self.left and not self.buf:
            self.write(bytes(self.left[:STEP]))
            self.left = self.left[STEP:]
        if self.ending and not self.left and not self.buf:
            self.ending = False
            self.conn.sendEOF(self)

    def addWindowBytes(self, count):
        super().addWindowBytes(count)
        self.go_on()

    def dataReceived(self, data):
        self.out += data

    def extReceived(self, _, data):
        self.err += data

    def request_exit_status(self, data):
        self.code = struct.unpack(">L", data)[0]

    def request_exit_signal(self, data):
        self.signal = common.getNS(data)[0].decode()

    def closed(self):
        self.done.callback(self)


class Connection(connection.SSHConnection):
    def __init__(self, ready):
        super().__init__()
        self.ready = ready

    def serviceStarted(self):
        super().serviceStarted()
        self.ready.callback(self)

    def open(self, start):
        opened = Channel(start)
        self.openChannel(opened)
        return opened.done


class Login(userauth.SSHUserAuthClient):
    preferredOrder = [b"publickey"]

    def __init__(self, user, key, connected):
        super().__init__(user, connected)
        self.key = key

    def getPublicKey(self):
        offered, self.key_used = self.key, self.key
        self.key = None
        return offered

    def getPrivateKey(self):
        return defer.succeed(self.key_used)


class Transport(transport.SSHClientTransport):
    def verifyHostKey(self, *_):
        return defer.succeed(True)

    def connectionSecure(self):
        if self.factory.ready.called:
            return  # it is told of each new keys
        key = keys.Key.fromFile(self.factory.road["key"])
        self.requestService(Login(self.factory.road["user"].encode(), key, Connection(self.factory.ready)))

    def connectionLost(self, reason):
        if not self.factory.ready.called:
            self.factory.ready.errback(reason)


def login(road):
    factory = protocol.ClientFactory.forProtocol(Transport)
    factory.road, factory.ready = road, defer.Deferred()
    factory.clientConnectionFailed = lambda _, reason: factory.ready.errback(reason)
    reactor.connectTCP(road["host"], road["port"], factory)
    return factory.ready


async def run(client, command, data=b""):
    return await client.open(lambda opened: opened.run(command, data))


async def execs(client, _):
    codes = [(await run(client, f"exit {code}")).code for code in cells.CODES]
    return {"codes": codes, "signal": (await run(client, "kill -TERM $$")).signal}


async def stderr(client, _):
    done = await run(client, "echo out; echo err >&2")
    return {"out": done.out.decode(), "err": done.err.decode()}


async def shell(client, _, resize=False):
    def start(opened):
        opened.ask(b"pty-req", session.packRequest_pty_req(b"xterm", (30, 100, 0, 0), b""))
        opened.ask(b"shell", b"")
        if resize:
            opened.ask(b"window-change", session.packRequest_window_change((20, 70, 0, 0)))
        opened.write(b"stty size; exit 5\n")

    done = await client.open(start)
    return {"size": (b"20 70" if resize else b"30 100") in done.out, "code": done.code}


async def bulk(client, road):
    with open(road["big"], "rb") as file:
        up = (await run(client, "sha256sum | cut -c1-64", file.read())).out.decode().strip()
    return {"up": up, "down": hashlib.sha256((await run(client, f"cat {road['big']}")).out).hexdigest()}


async def half_close(client, _):
    done = await run(client, cells.COUNT, b"x" * 100_000)
    return {"out": done.out.decode(), "code": done.code}


async def signals(client, _):
    def start(opened):
        opened.run(cells.SLEEPER, ends=False)
        opened.dataReceived = lambda _: opened.ask(b"signal", common.NS(b"TERM"))

    done = await client.open(start)
    return {"ended": True, "code": done.code, "signal": done.signal}


async def channels(client, _):
    opened = [client.open(lambda each, i=i: each.run(cells.CHANNEL.format(i), b"go\n")) for i in range(cells.CHANNELS)]
    done = [await each for each in opened]
    return {"ends": [[each.out.decode(), each.code] for each in done]}


async def keepalive(client, _):
    quiet = client.open(lambda opened: opened.run(cells.QUIET))
    for _ in range(5):
        client.sendGlobalRequest(b"keepalive@openssh.com", b"", wantReply=0)
    return {"out": (await quiet).out.decode()}


async def rekey(client, road):
    """New keys when the first bytes are back and the others are under way."""
    with open(road["big"], "rb") as file:
        data = file.read()

    def start(opened):
        def first(chunk):
            del opened.dataReceived
            opened.out += chunk
            client.transport.sendKexInit()

        opened.dataReceived = first
        opened.run("cat", data)

    return {"back": hashlib.sha256((await client.open(start)).out).hexdigest()}


class Files(Channel):
    """The subsystem sftp; `ready` gives the library's client of it."""

    def __init__(self):
        super().__init__(self.begin)
        self.ready = defer.Deferred()

    def begin(self, _):
        started = self.ask(b"subsystem", common.NS(b"sftp"), reply=True)
        started.addCallbacks(self.talk, self.ready.errback)

    def talk(self, _):
        client = filetransfer.FileTransferClient()
        client.makeConnection(self)
        self.dataReceived = client.dataReceived
        self.ready.callback(client)


async def put(files, data, path):
    opened = await files.openFile(path, filetransfer.FXF_WRITE | filetransfer.FXF_CREAT | filetransfer.FXF_TRUNC, {})
    for at in range(0, len(data), STEP):
        await opened.writeChunk(at, data[at:at + STEP])
    await opened.close()


async def get(files, path, size):
    opened = await files.openFile(path, filetransfer.FXF_READ, {})
    data = b""
    while len(data) < size:
        data += await opened.readChunk(len(data), STEP)
    await opened.close()
    return data


async def sftp(client, road):
    there, moved, made = (os.path.join(road["folder"], name).encode() for name in ("there", "moved", "made"))
    channel_ = Files()
    client.openChannel(channel_)
    files = await channel_.ready
    with open(road["small"], "rb") as file:
        data = file.read()
    await put(files, data, there)
    await files.setAttrs(there, {"atime": cells.STAMP, "mtime": cells.STAMP, "permissions": 0o640})
    await files.renameFile(there, moved)
    await files.makeDirectory(made, {})
    back = hashlib.sha256(await get(files, moved, len(data))).hexdigest()
    facts = cells.file_facts(moved) | {"back": back, "size": (await files.getAttrs(moved))["size"], "made": os.path.exists(made)}
    await files.removeFile(moved)
    await files.removeDirectory(made)
    try:
        await files.getAttrs(moved)
    except filetransfer.SFTPError as error:
        return facts | {"gone": error.code}
    return facts


def forked(cell):
    """A reactor runs once: each cell has a process of its own."""
    def attempt(road):
        come, go = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(go, json.dumps(cells.attempt(cell, road)).encode())
            os._exit(0)
        os.close(go)
        with os.fdopen(come, "rb") as result:
            text = result.read()
        os.waitpid(child, 0)
        return json.loads(text)
    return attempt


def within_reactor(cell):
    async def take(road):
        client = await login(road)
        result = await cell(client, road)
        client.transport.loseConnection()
        return result

    def attempt(road):
        ends = []
        taken = defer.ensureDeferred(take(road)).addTimeout(road["patience"], reactor)
        taken.addBoth(ends.append).addCallback(lambda _: reactor.stop())
        reactor.run()
        if isinstance(ends[0], failure.Failure):
            ends[0].raiseException()
        return ends[0]
    return attempt


TABLE = {"exec": execs, "sftp": sftp, "stderr": stderr, "shell": shell, "resize": functools.partial(shell, resize=True), "bulk": bulk,
         "half_close": half_close, "signals": signals, "channels": channels, "rekey": rekey, "keepalive": keepalive}

if __name__ == "__main__":
    cells.main({name: forked(within_reactor(cell)) for name, cell in TABLE.items()})
