#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures direct ssh, `ssh -J` through a second OpenSSH, and Sallyport in turn: medians and ratios, as a table and JSON.
#   tests/bench/run.sh [--rounds N] [--bulk MiB] [--only PART,…] [--json FILE]
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=packaging/build-packages.sh
. packaging/build-packages.sh
packaging/install-needed.sh "to build and to measure" "${build_packages[@]}" openssh-server openssh-client ansible python3
[ "${SALLYPORT_LIBSSH:-auto}" = system ] || packaging/libssh/build.sh >/dev/null || [ $? -eq 3 ]
cmake --preset release -DBUILD_TESTING=OFF -DSALLYPORT_BENCH=ON >/dev/null
cmake --build --preset release -j2 >/dev/null
SALLYPORT_BUILD=$(pwd)/build/release PYTHONPATH=$(pwd)/tests/e2e exec /usr/bin/python3 -B tests/bench/bench.py "$@"
