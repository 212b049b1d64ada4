#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the suite tries for a moment, tried for long: tests/soak.sh [MINUTES], on a tree that tests/run.sh has built.
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-60}
SALLYPORT_BUILD=$(realpath "${SALLYPORT_BUILD:-build/dev}")
export SALLYPORT_BUILD PYTHONPATH=$PWD/tests/e2e

# Half of the time; the kills take about the other half.
SALLYPORT_TEST_SOAK=$((minutes * 30)) /usr/bin/python3 -B tests/e2e/soak_test.py
SALLYPORT_TEST_KILLS=$((minutes * 16)) /usr/bin/python3 -B tests/e2e/crash_test.py
SALLYPORT_INVENTORIES=10000 /usr/bin/python3 -B tests/property/inventory_test.py
