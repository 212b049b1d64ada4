# SPDX-License-Identifier: Apache-2.0
"""Clients that are not OpenSSH's, each with a driver that does the same cells and says what it saw.

A driver is given a road (host, port, user, key, folder, small, big: files to send) and gives a dictionary for each cell;
the road straight to the target must give the same as the one through the bastion.
"""
