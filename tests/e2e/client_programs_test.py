# SPDX-License-Identifier: Apache-2.0
"""Every program gives through the bastion what it gives without: bytes, exit codes, file times (docs/clients.md has the table)."""
import gate
from clients import matrix
from clients.roads import Client


class Openssh(Client, gate.GateTest):
    driver = matrix.Openssh()


class Dbclient(Client, gate.GateTest):
    driver = matrix.Dbclient()


class Putty(Client, gate.GateTest):
    driver = matrix.Putty()


class Curl(Client, gate.GateTest):
    driver = matrix.Curl()
    config = "plain_macs: true"


if __name__ == "__main__":
    gate.main()
