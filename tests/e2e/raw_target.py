# SPDX-License-Identifier: Apache-2.0
"""A hand-made target, for what no sshd would do: its SSH messages are made by paramiko, or byte by byte."""
import contextlib
import threading

import paramiko
from paramiko.message import Message
from paramiko.transport import Transport

import gate
import raw_ssh as ssh
import servers

HOST_KEY = paramiko.ECDSAKey.generate()


def until_hung_up(act, *args):
    """Runs `act`, which the bastion may end at any moment by hanging up."""
    try:
        act(*args)
    except (OSError, EOFError, paramiko.SSHException):
        pass


class AnyoneMayDoAnything(paramiko.ServerInterface):
    """A server that takes every key and every command; `run` is called with the channel and the command."""

    def __init__(self, run):
        self.run = run

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL

    def get_allowed_auths(self, username):
        return "publickey"

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        transport, answered = channel.transport, threading.Event()
        send = transport._send_user_message

        def answer(message):
            transport._send_user_message = send
            send(message)
            answered.set()

        def run():
            answered.wait(gate.PATIENCE)  # else the command's end could overtake the answer to its request
            until_hung_up(self.run, channel, command)

        transport._send_user_message = answer
        threading.Thread(target=run, daemon=True).start()
        return True


class Target(servers.Server):
    """A target on a free port that does with each connection what the test says."""

    act = None

    def serve(self, connection):
        with connection:
            until_hung_up(self.act, connection)

    def speak_ssh(self, run, kind=Transport):
        """From now on it is an SSH server whose commands are `run(channel, command)`."""
        def act(connection):
            transport = kind(connection)
            transport.add_server_key(HOST_KEY)
            transport.start_server(server=AnyoneMayDoAnything(run))
            transport.join()
        self.act = act


class TargetTest(gate.GateTest):
    """One gate before a hand-made target, `bad`, and a real one."""

    @classmethod
    def setUpClass(cls):
        cls.gate = gate.Gate(start=False, **cls.options)
        cls.target = Target()
        cls.gate.write_hosts({"server01": cls.gate.sshds[0].port, "bad": cls.target.port})
        cls.gate.start()

    @classmethod
    def tearDownClass(cls):
        cls.target.close()
        super().tearDownClass()


def reply(channel, kind, *fields):
    channel.transport._send_message(raw(ssh.message(kind, *fields)))


def raw(payload):
    out = Message()
    out.add_bytes(payload)
    return out


def exit_status(channel, code):
    reply(channel, ssh.REQUEST, channel.remote_chanid, "exit-status", False, code)


@contextlib.contextmanager
def in_one_piece(transport):
    """What is sent meanwhile arrives together."""
    write, pieces = transport.packetizer.write_all, []
    transport.packetizer.write_all = pieces.append
    yield
    transport.packetizer.write_all = write
    write(b"".join(pieces))
