# SPDX-License-Identifier: Apache-2.0
"""An SSH peer whose messages are made by hand: paramiko does key exchange and encryption, the test says all else."""
import itertools
import logging
import queue
import socket
import threading

import paramiko
from paramiko.common import MSG_EXT_INFO, MSG_KEXINIT, MSG_NEWKEYS
from paramiko.message import Message
from paramiko.transport import Transport

import gate

logging.getLogger("paramiko").addHandler(logging.NullHandler())

DISCONNECT, IGNORE, UNIMPLEMENTED = 1, 2, 3
SERVICE_REQUEST, SERVICE_ACCEPT = 5, 6
KEXINIT, NEWKEYS = 20, 21
USERAUTH_REQUEST, USERAUTH_FAILURE, USERAUTH_SUCCESS, USERAUTH_PK_OK = 50, 51, 52, 60
GLOBAL_REQUEST, REQUEST_SUCCESS, REQUEST_FAILURE = 80, 81, 82
OPEN, OPEN_CONFIRMATION, OPEN_FAILURE, WINDOW_ADJUST = 90, 91, 92, 93
DATA, EXTENDED_DATA, EOF, CLOSE, REQUEST, SUCCESS, FAILURE = 94, 95, 96, 97, 98, 99, 100

WINDOW, PACKET = 1 << 21, 32768
PEERS = itertools.count(1)


def message(kind, *fields):
    """An SSH message: bytes and text are strings, numbers are uint32, bools are bytes (RFC 4251 §5)."""
    out = Message()
    out.add_byte(bytes([kind]))
    for field in fields:
        if isinstance(field, bool):
            out.add_boolean(field)
        elif isinstance(field, int):
            out.add_int(field)
        else:
            out.add_string(field)
    return out.asbytes()


def plain_packet(payload):
    """A packet as it is before the first key exchange (RFC 4253 §6)."""
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    return (1 + len(payload) + padding).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)


class Peer(Transport):
    """What the bastion says lands in `said`; what is sent to it is the test's."""

    def __init__(self, port, software="peer"):
        self.said = queue.Queue()
        self.listens = threading.Event()
        self.listens.set()
        self.next_channel = 0
        own = (MSG_EXT_INFO, MSG_KEXINIT, MSG_NEWKEYS)
        kept = {kind: Transport._handler_table[kind] for kind in own}
        spoken = (SERVICE_ACCEPT, *range(USERAUTH_REQUEST, 61), *range(GLOBAL_REQUEST, FAILURE + 1))
        self._handler_table = {**kept, **{kind: self._keeper(kind) for kind in spoken}}
        super().__init__(socket.create_connection(("127.0.0.1", port), 20))
        self.local_version = f"SSH-2.0-{software}_{next(PEERS)}"  # by which the record tells it from all others
        self.packetizer.REKEY_BYTES = self.packetizer.REKEY_PACKETS = 1 << 40
        self.start_client(timeout=gate.PATIENCE)

    @staticmethod
    def _keeper(kind):
        def keep(self, message):
            self.listens.wait()  # cleared: the peer reads nothing any more
            self.said.put((kind, message))
        return keep

    def send(self, kind, *fields):
        """Sends a message; that the bastion may have hung up already is no error here."""
        self.send_raw(message(kind, *fields))

    def send_raw(self, payload):
        self.flood([payload])

    def flood(self, payloads):
        """Sends many messages in few writes; True if the bastion took them all."""
        write, out = self.packetizer.write_all, []
        self.packetizer.write_all = out.append
        try:
            for payload in payloads:
                self.packetizer.send_message(payload)
        finally:
            self.packetizer.write_all = write
        try:
            self.sock.settimeout(gate.PATIENCE)
            self.sock.sendall(b"".join(out))
            self.sock.settimeout(0.1)
            return True
        except OSError:
            return False

    def hear(self, *kinds, patience=gate.PATIENCE):
        """The next message of one of `kinds`; what is said before it is passed over. None once it hung up."""
        def heard():
            try:
                kind, message = self.said.get(timeout=0.05)
            except queue.Empty:
                return None if self.is_active() else ("gone", None)
            return (kind, message) if kind in kinds else None
        kind, message = gate.wait_for(heard, f"one of the messages {kinds}", patience)
        return None if kind == "gone" else (kind, message)

    def hung_up(self):
        """Waits until the bastion has ended the connection."""
        gate.wait_for(lambda: not self.is_active(), "the bastion to hang up")

    def prove(self, name, key, signed_name=None):
        """Logs in by public key (RFC 4252 §7); the signature may be over another name than is claimed."""
        self.send(SERVICE_REQUEST, "ssh-userauth")
        self.hear(SERVICE_ACCEPT)
        key = paramiko.Ed25519Key.from_private_key_file(key)
        fields = ("ssh-connection", "publickey", True, key.get_name(), key.asbytes())
        signed = Message()
        signed.add_string(self.session_id)
        signed.add_bytes(message(USERAUTH_REQUEST, signed_name or name, *fields))
        signature = key.sign_ssh_data(signed.asbytes(), key.get_name())
        self.send(USERAUTH_REQUEST, name, *fields, signature.asbytes())
        return self.hear(USERAUTH_SUCCESS, USERAUTH_FAILURE)

    def open(self, window=WINDOW, packet=PACKET, kind="session"):
        """Opens a channel and gives the bastion's number for it; None if it is refused."""
        own, self.next_channel = self.next_channel, self.next_channel + 1
        self.send(OPEN, kind, own, window, packet)
        heard = self.hear(OPEN_CONFIRMATION, OPEN_FAILURE)
        if heard is None or heard[0] == OPEN_FAILURE:
            return None
        heard[1].get_int()
        return heard[1].get_int()

    def ask(self, channel, request, *fields):
        """A channel request that wants its answer; True if it was granted."""
        self.send(REQUEST, channel, request, True, *fields)
        heard = self.hear(SUCCESS, FAILURE)
        return heard is not None and heard[0] == SUCCESS

    def is_served(self):
        """True once the bastion has taken all that was sent so far; False if it hung up over it."""
        self.send(GLOBAL_REQUEST, "nonsense@example", True)
        return self.hear(REQUEST_FAILURE) is not None

    def output(self, most=1 << 30):
        """All that channel sends until it is closed, or `most` bytes."""
        out = b""
        while len(out) < most:
            heard = self.hear(DATA, EXTENDED_DATA, CLOSE)
            if heard is None or heard[0] == CLOSE:
                break
            heard[1].get_int()
            if heard[0] == EXTENDED_DATA:
                heard[1].get_int()
            out += heard[1].get_string()
        return out

    def run_command(self, command):
        channel = self.open()
        self.ask(channel, "exec", command)
        return self.output()


def proven(port, key, name="server01", signed_name=None, software="peer"):
    peer = Peer(port, software)
    heard = peer.prove(name, key, signed_name)
    if heard is None or heard[0] != USERAUTH_SUCCESS:
        raise AssertionError("the bastion does not take the key")
    return peer
