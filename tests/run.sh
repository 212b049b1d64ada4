#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs every test: tests/run.sh, or tests/run.sh --sanitize for ASan and UBSan with the fuzzers.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=dev
case "${1:-}" in
    "") ;;
    --sanitize) preset=asan ;;
    *) echo "usage: tests/run.sh [--sanitize]" >&2; exit 2 ;;
esac

# shellcheck source=packaging/build-packages.sh
. packaging/build-packages.sh
test_packages=(libgtest-dev clang-16 libclang-rt-16-dev llvm-16 clang-format clang-tidy openssh-server openssh-client jq
    rsync git python3 python3-paramiko ansible-core tmux sudo systemd mmdebstrap mandoc bash zsh fish putty-tools ssh-audit
    dropbear-bin curl python3-asyncssh python3-jsonschema python3-twisted golang-go golang-golang-x-crypto-dev golang-github-pkg-sftp-dev)
packaging/install-needed.sh "to build and test Sallyport" "${build_packages[@]}" "${test_packages[@]}"

libssh=${SALLYPORT_LIBSSH:-auto}
if [ "$libssh" != system ]; then
    packaging/libssh/build.sh || { [ $? -eq 3 ] && [ "$libssh" = auto ]; } ||
        { echo "The private libssh cannot be built; SALLYPORT_LIBSSH=system tests with Debian's." >&2; exit 1; }
fi

options=(-DSALLYPORT_LIBSSH="$libssh" -DSALLYPORT_FUZZ_SECONDS="${SALLYPORT_FUZZ_SECONDS:-30}")
[ "$preset" = dev ] || options+=(-DSALLYPORT_FUZZ=ON)
cmake --preset "$preset" "${options[@]}"
cmake --build --preset "$preset" -j2

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
# More at once than cores: most of them wait for programs and clocks.
exec ctest --preset "$preset" -j4 --no-tests=error
