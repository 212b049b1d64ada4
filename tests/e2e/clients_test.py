# SPDX-License-Identifier: Apache-2.0
"""Every library gives through the bastion what it gives without: bytes, exit codes, file times (docs/clients.md has the table)."""
import gate
from clients import matrix
from clients.roads import Client


class Paramiko(Client, gate.GateTest):
    driver = matrix.Paramiko()


class Asyncssh(Client, gate.GateTest):
    driver = matrix.Asyncssh()


class Go(Client, gate.GateTest):
    driver = matrix.Go()


class Node(Client, gate.GateTest):
    driver = matrix.Node()


class Conch(Client, gate.GateTest):
    driver = matrix.Conch()
    config = "plain_macs: true"


if __name__ == "__main__":
    gate.main()
