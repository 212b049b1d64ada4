#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches Debian's source of libssh, applies patches/, builds a private shared library and prints its prefix.
# A second run finds it in the cache. Nothing of the machine's own apt configuration is changed.
set -euo pipefail

readonly KNOWN=0.12.2
readonly ORIG_SHA256=49560f677d96e3706a904ac2de1116e25f3680937d51e5c92198fcba4a1c1e9f
# Clients and servers send eow@openssh.com to nobody whose version does not begin like this.
readonly VERSION_LINE=SSH-2.0-OpenSSH_compatible_Sallyport
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
readonly EXIT_FAILED=1 EXIT_USAGE=2 EXIT_NO_SOURCE=3

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=~ # known also where HOME is not set
cache=${SALLYPORT_CACHE:-${XDG_CACHE_HOME:-$home/.cache}/sallyport}/libssh
tarball=${SALLYPORT_LIBSSH_TARBALL:-}
print_only=no
without=()
patches=()
applied=0 # bit N stands for patch N

usage() {
    cat <<USAGE
usage: build.sh [--print-prefix] [--without NN]...
  --print-prefix   only say where the built library is (exit 1 where it is not); touches no network
  --without NN     leave out patch NN (to see its test fail)
environment:
  SALLYPORT_LIBSSH_TARBALL   a libssh-$KNOWN.tar.xz of your own, instead of fetching it with apt
  SALLYPORT_CACHE            where built libraries are kept (now $cache)
exit codes: 0 built, $EXIT_FAILED a tool is missing or a patch or the build failed, $EXIT_USAGE usage,
            $EXIT_NO_SOURCE the source cannot be fetched
USAGE
}

say() { printf 'libssh: %s\n' "$*" >&2; }
fail() { local code=$1; shift; say "$*"; exit "$code"; }

read_arguments() {
    while (($#)); do
        case $1 in
            --print-prefix) print_only=yes ;;
            --without) without+=("${2:?--without needs a number}"); shift ;;
            --help | -h) usage; exit 0 ;;
            *) usage >&2; exit $EXIT_USAGE ;;
        esac
        shift
    done
}

list_patches() {
    local patch number
    for patch in "$here"/patches/[0-9][0-9]-*.patch; do
        number=$(basename "$patch"); number=${number%%-*}
        [[ -e $patch && " ${without[*]-} " != *" $number "* ]] || continue
        patches+=("$patch")
        applied=$((applied | 1 << 10#$number))
    done
}

# What shapes the result, but for compiler and source: this script, map, patches, release of the system.
set_recipe() {
    local hash
    hash=$(cat "$here/build.sh" "$here/libssh.map" "$here/probe.c" "${patches[@]}" | sha256sum | cut -c1-12)
    recipe=$(. /etc/os-release && echo "$ID${VERSION_ID:-}")-$(uname -m)-$hash
}

# The newest version that was built with today's recipe.
find_built() {
    local mark
    mark=$(ls -d "$cache"/*-"$recipe"/complete 2>/dev/null | sort -V | tail -n 1) || true
    [[ -n $mark ]] && dirname "$mark"
}

need_tools() {
    local missing=() pair
    for pair in cmake:cmake cc:gcc make:make patch:patch xz:xz-utils pkg-config:pkg-config flock:util-linux \
        dpkg-buildflags:dpkg-dev; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
    done
    pkg-config --exists 'libcrypto >= 3.0' 2>/dev/null || missing+=(libssl-dev)
    ((${#missing[@]} == 0)) || fail $EXIT_FAILED "missing tools; run: apt-get install ${missing[*]}"
}

check_orig() {
    echo "$ORIG_SHA256  $1" | sha256sum --check --status
}

unpack_tarball() {
    [[ -r $tarball ]] || fail $EXIT_NO_SOURCE "cannot read SALLYPORT_LIBSSH_TARBALL=$tarball"
    check_orig "$tarball" || fail $EXIT_FAILED "$tarball is not libssh $KNOWN (its SHA-256 differs)"
    tar -xf "$tarball" --one-top-level="$work/source" --strip-components=1
}

# Where the machine gets its own release from. The keyring turns a third party's archive of that name away.
mirrors() {
    local codename; codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")
    apt-get update --print-uris 2>/dev/null | sed -n "s|^'\(.*\)/dists/$codename/.*|\1|p" | sort -u
}

private_apt() {
    apt-get -q -o Dir::State="$work/apt" -o Dir::State::status="$work/apt/status" -o Dir::Cache="$work/apt/cache" \
        -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::Etc::preferencesparts=- -o APT::Sandbox::User=root -o Acquire::http::Timeout=20 "$@" \
        >>"$log" 2>&1
}

fetch_from() {
    rm -rf "$work/apt" "$work/debian"
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/debian"
    : >"$work/apt/status"
    echo "deb-src [signed-by=$KEYRING] $1 sid main" >"$work/apt/sources.list"
    private_apt --error-on=any update && (cd "$work/debian" && private_apt source libssh)
}

fetch_debian() {
    local mirror
    command -v apt-get >/dev/null || fail $EXIT_NO_SOURCE "no apt-get here: give SALLYPORT_LIBSSH_TARBALL=…"
    [[ -r $KEYRING ]] ||
        fail $EXIT_NO_SOURCE "cannot verify Debian's archive; run: apt-get install debian-archive-keyring"
    while read -r mirror; do
        fetch_from "$mirror" || continue
        mv "$work"/debian/libssh-*/ "$work/source"
        return
    done < <(mirrors)
    tail -n 5 "$log" >&2
    fail $EXIT_NO_SOURCE "cannot fetch Debian's source of libssh (no network?): give SALLYPORT_LIBSSH_TARBALL=…"
}

# A version that we have not seen is taken on the archive's signature; the patches and the probe decide.
check_debian() {
    local orig
    version=$(sed -n 's/^project(libssh VERSION \([0-9.]*\).*/\1/p' "$work/source/CMakeLists.txt")
    if [[ $version != "$KNOWN" ]]; then
        say "the archive has libssh $version, the patches were made for $KNOWN: trying"
        return
    fi
    orig=$(ls "$work"/debian/*.orig.tar.xz)
    check_orig "$orig" || fail $EXIT_FAILED "the archive's libssh $KNOWN is not the one we know (its SHA-256 differs)"
}

get_source() {
    version=$KNOWN
    if [[ -n $tarball ]]; then unpack_tarball; else fetch_debian; check_debian; fi
}

apply_patches() {
    local patch
    for patch in "${patches[@]}"; do
        (cd "$work/source" && patch -p1 --fuzz=0 --forward --no-backup-if-mismatch <"$patch") >>"$log" 2>&1 ||
            fail $EXIT_FAILED "$(basename "$patch") does not apply to libssh $version; see $log"
    done
    cp "$here/libssh.map" "$work/source/src/libssh.map"
}

# The licence wants every changed file to say so, with the date.
mark_changes() {
    local patch file date
    for patch in "${patches[@]}"; do
        date=$(sed -n 's/^Changed: //p' "$patch")
        sed -n 's|^+++ b/||p' "$patch" | while read -r file; do
            sed -i "1i /* Changed for Sallyport, $date: $(basename "$patch") */" "$work/source/$file"
        done
    done
}

compile() {
    local identity=" -DSALLYPORT_PATCHES=$applied -DCLIENT_BANNER_SSH2='\"$VERSION_LINE\"'"
    export DEB_BUILD_MAINT_OPTIONS=hardening=+all
    cd "$work/source"
    cmake -S . -B "$work/build" -G 'Unix Makefiles' -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX="$prefix" \
        -DCMAKE_C_FLAGS="$(dpkg-buildflags --get CFLAGS) $(dpkg-buildflags --get CPPFLAGS)$identity" \
        -DCMAKE_SHARED_LINKER_FLAGS="$(dpkg-buildflags --get LDFLAGS) -Wl,-z,defs" \
        -DCMAKE_INSTALL_LIBDIR=lib/sallyport -DCMAKE_DISABLE_FIND_PACKAGE_ABIMap=ON \
        -DBUILD_STATIC_LIB=OFF -DWITH_SERVER=ON -DWITH_GSSAPI=OFF -DWITH_ZLIB=OFF -DWITH_SFTP=OFF -DWITH_GEX=OFF \
        -DWITH_EXEC=OFF -DWITH_PCAP=OFF -DWITH_NACL=OFF -DWITH_FIDO2=OFF -DWITH_PKCS11_URI=OFF \
        -DWITH_BLOWFISH_CIPHER=OFF -DWITH_DEBUG_CALLTRACE=OFF -DWITH_EXAMPLES=OFF -DUNIT_TESTING=OFF
    cmake --build "$work/build" -j"$(nproc)"
    DESTDIR=$work/stage cmake --install "$work/build"
}

# The same objects as an archive: the tests reach functions in it that the library hides.
archive_objects() {
    find "$work/build/src" -name '*.o' -print0 |
        xargs -0 ar rcs "$work/stage$prefix/lib/sallyport/libssh_objects.a"
}

# The licence asks for the source as it was built, beside the library: one file for packages, and for tests the tree.
ship_source() {
    local share=$work/stage$prefix/share/sallyport/libssh
    mkdir -p "$share/patches"
    rm -rf "$work/source/debian" "$work/source/.pc"
    cp -R "$work/source" "$share/source"
    tar --sort=name --owner=0 --group=0 --numeric-owner -C "$share" -cJf "$share/source.tar.xz" source
    cp "$work/build/config.h" "$share/config.h"
    ((${#patches[@]} == 0)) || cp "${patches[@]}" "$share/patches/"
    cp "$here/build.sh" "$here/libssh.map" "$here/README.md" "$here/probe.c" "$share/"
}

# The library loads, says what it is and needs nothing but libcrypto and libc.
probe() {
    local stage=$work/stage$prefix lib
    lib=$stage/lib/sallyport
    cc -o "$work/probe" "$here/probe.c" -I"$stage/include" -L"$lib" -lssh -Wl,-rpath,"$lib" >>"$log" 2>&1 &&
        "$work/probe" >>"$log" 2>&1 || fail $EXIT_FAILED "the library that was built does not load; see $log"
    if objdump -p "$lib/libssh.so.4" | grep NEEDED | grep -qvE 'libcrypto\.|libc\.|ld-linux'; then
        fail $EXIT_FAILED "the library needs more than libcrypto and libc; see $log"
    fi
}

build() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    log=$cache/build.log
    : >"$log"
    say "fetching the source"
    get_source
    apply_patches
    mark_changes
    prefix=$cache/$version-$recipe
    say "building $version with ${#patches[@]} patches (half a minute)"
    (compile) >>"$log" 2>&1 || { tail -n 20 "$log" >&2; fail $EXIT_FAILED "the build failed; see $log"; }
    archive_objects
    ship_source
    probe
    rm -rf "$prefix"
    mv "$work/stage$prefix" "$prefix"
    touch "$prefix/complete"
}

read_arguments "$@"
list_patches
set_recipe
if built=$(find_built); then
    echo "$built"
    exit 0
fi
[[ $print_only == no ]] || exit $EXIT_FAILED
need_tools
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if ! find_built >/dev/null; then build; fi
find_built
