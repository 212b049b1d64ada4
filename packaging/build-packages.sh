# SPDX-License-Identifier: Apache-2.0
# Sourced: the Debian packages that a build needs (docs/dependencies.md says why each).
# shellcheck shell=bash disable=SC2034
build_packages=(g++ cmake ninja-build ccache pkg-config libboost1.81-dev libssh-dev nlohmann-json3-dev
    libcurl4-openssl-dev libspdlog-dev libsystemd-dev libyaml-cpp-dev libcli11-dev libsqlite3-dev libssl-dev
    dpkg-dev debian-archive-keyring ca-certificates)
