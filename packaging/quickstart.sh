#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A bastion with a target behind it, to try: packaging/quickstart.sh [--smoke] [FOLDER]
# Everything it makes lies in FOLDER (default ./.sallyport); Ctrl-C ends what it started.
set -euo pipefail

usage() { echo "usage: packaging/quickstart.sh [--smoke] [FOLDER]"; }
smoke=no
folder=
for word in "$@"; do
    case "$word" in
        --smoke) smoke=yes ;;
        -h | --help) usage; exit 0 ;;
        -*) usage >&2; exit 2 ;;
        *) folder=$word ;;
    esac
done
here=$(pwd)
cd "$(dirname "$0")/.."
source_folder=$(pwd)
folder=${folder:-.sallyport}
case "$folder" in /*) ;; *) folder=$here/$folder ;; esac
me=$(id -un)
pids=()

end_what_runs() {
    local code=$?
    trap - EXIT INT TERM
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    exit "$code"
}
trap end_what_runs EXIT INT TERM

build() {
    # shellcheck source=packaging/build-packages.sh
    . packaging/build-packages.sh
    packaging/install-needed.sh "to build Sallyport and to run its target" "${build_packages[@]}" openssh-server openssh-client
    local libssh=${SALLYPORT_LIBSSH:-auto}
    if [ "$libssh" != system ]; then
        packaging/libssh/build.sh >/dev/null || { [ $? -eq 3 ] && [ "$libssh" = auto ]; }
    fi
    cmake --preset release -DBUILD_TESTING=OFF -DSALLYPORT_LIBSSH="$libssh" >"$folder/build.log"
    if ! cmake --build --preset release -j"$(nproc)" >>"$folder/build.log" 2>&1; then
        tail -n 40 "$folder/build.log" >&2
        exit 1
    fi
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

make_key() { [ -e "$1" ] || ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$1"; }

write_files() {
    local secrets=$folder/workspace/artifacts/secrets
    mkdir -p "$secrets" "$folder/target"
    chmod 700 "$folder" "$secrets"
    make_key "$folder/operator_key" "$me"
    make_key "$secrets/id_ed25519" workspace
    make_key "$folder/target/host_key" target
    target_port=$(free_port)
    cat >"$folder/target/sshd_config" <<EOF
# A throw-away target that only the bastion's key opens.
ListenAddress 127.0.0.1
Port $target_port
HostKey $folder/target/host_key
AuthorizedKeysFile $secrets/id_ed25519.pub
StrictModes no
UsePAM no
PidFile none
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxSessions 100
AcceptEnv LANG LC_* GIT_PROTOCOL
Subsystem sftp internal-sftp
EOF
    cat >"$folder/workspace/inventory.yml" <<EOF
# An Ansible inventory, as a team has it.
all:
  children:
    web:
      hosts:
        server01: {ansible_host: 127.0.0.1, ansible_port: $target_port, ansible_user: $me}
EOF
    printf 'name: quickstart\norganization: example\n' >"$folder/workspace/workspace.poly"
    cat >"$folder/sallyport.yml" <<EOF
# What there is to set: docs/configuration.md
node: quickstart
listen: ["127.0.0.1:${SALLYPORT_PORT:-0}"]   # 0: any free port
state: state                 # store and recordings
keys: keys                   # host keys and the node's signing key
anchors: anchors/anchors     # signed heads of the chain, kept apart from the store
http: "127.0.0.1:0"          # /healthz and /metrics
workspaces:
  - {name: demo, path: workspace, host_keys: pin-on-first-use, key: artifacts/secrets/id_ed25519}
banner: "Access is recorded."
EOF
    cat >"$folder/policy.yml" <<EOF
# Who may go where. Default deny; deny rules win.
operators:
  $me: {keys: ["$(cat "$folder/operator_key.pub")"], groups: [ops]}
roles:
  - name: everything-here
    operators: ["@ops"]
    targets: ["demo+@web"]
    logins: ["$me"]
    allow: [shell, exec, sftp, subsystem]
    desk: admin
EOF
}

start() {
    if [ "$(id -u)" -eq 0 ]; then mkdir -p /run/sshd; fi
    /usr/sbin/sshd -D -f "$folder/target/sshd_config" -E "$folder/target/sshd.log" &
    pids+=($!)
    : >"$folder/sallyportd.log"
    "$daemon" --config "$folder/sallyport.yml" 2>>"$folder/sallyportd.log" &
    pids+=($!)
    bastion_pid=$!
    for _ in $(seq 100); do
        port=$(sed -n 's/.*msg=listening address=127\.0\.0\.1:\([0-9]*\).*/\1/p' "$folder/sallyportd.log")
        [ -n "$port" ] && break
        kill -0 "$bastion_pid" 2>/dev/null || break
        read -r -t 0.1 _ <> <(:) || true
    done
    [ -n "${port:-}" ] || { echo "sallyportd did not start:" >&2; cat "$folder/sallyportd.log" >&2; exit 1; }
    "$daemon" --config "$folder/sallyport.yml" fingerprint |
        sed -n "s/^\[BASTION\]:[0-9]* /[127.0.0.1]:$port /p" >"$folder/known_hosts"
    cat >"$folder/ssh_config" <<EOF
Host *
  Port $port
  IdentityFile $folder/operator_key
  IdentitiesOnly yes
  UserKnownHostsFile $folder/known_hosts
EOF
}

show_lines() {
    cat <<EOF

Sallyport listens on 127.0.0.1:$port; the target behind it is server01. Try, in another terminal:

  ssh -F $folder/ssh_config server01@127.0.0.1
  ssh -F $folder/ssh_config server01@127.0.0.1 uptime
  scp -F $folder/ssh_config README.md server01@127.0.0.1:/tmp/
  sftp -F $folder/ssh_config server01@127.0.0.1
  ssh -F $folder/ssh_config sallyport@127.0.0.1 hosts
  ansible -i $folder/workspace/inventory.yml server01 -m ping --ssh-common-args \\
    '-F $folder/ssh_config -o HostName=127.0.0.1 -o Port=$port -o User={{ansible_user}}@{{inventory_hostname}}'

Ask the record, as an auditor would:

  export SALLYPORT_BASTION=127.0.0.1 SALLYPORT_PORT=$port SALLYPORT_SSH_OPTIONS='-F $folder/ssh_config'
  $source_folder/build/release/cli/sallyport sessions ls
  $source_folder/build/release/cli/sallyport audit export
  $source_folder/build/release/cli/sallyport audit verify

The same on the bastion itself, with projections and recordings, also when it does not run:

  $daemon --config $folder/sallyport.yml store verify

The bastion's known_hosts lines:

$(cat "$folder/known_hosts")

Ctrl-C ends both.
EOF
}

# The target's sshd must give a terminal to the group tty: root may, others only where it belongs to it from the start.
can_make_terminals() {
    [ "$(id -u)" -eq 0 ] || grep -q "^devpts .*[ ,]gid=$(getent group tty | cut -d: -f3)[ ,]" /proc/mounts
}

smoke() {
    local ssh=(-F "$folder/ssh_config" -o BatchMode=yes -o LogLevel=ERROR)
    echo "exec:"
    [ "$(ssh "${ssh[@]}" server01@127.0.0.1 'echo through the gate')" = "through the gate" ]
    echo "  came through"
    echo "shell:"
    local terminal=-tt
    can_make_terminals || { terminal=-T; echo "  without a terminal: only root's sshd can make one on this machine"; }
    printf 'echo in $((40 + 2)) a shell\nexit\n' | ssh $terminal "${ssh[@]}" server01@127.0.0.1 2>&1 | grep -q 'in 42 a shell'
    echo "  came through"
    echo "sftp:"
    printf 'put %s %s\n' "$source_folder/README.md" "$folder/sftp-put" | sftp -q -b - "${ssh[@]}" server01@127.0.0.1 >/dev/null
    cmp "$source_folder/README.md" "$folder/sftp-put"
    echo "  came through"
    # Its note that the newest events are not signed yet is of no use here.
    for _ in $(seq 100); do
        [ "$("$daemon" --config "$folder/sallyport.yml" store export 2>/dev/null | grep -c '"type":"ssh_session.end"')" -ge 3 ] && break
        read -r -t 0.1 _ <> <(:) || true
    done
    echo
    export SALLYPORT_BASTION=127.0.0.1 SALLYPORT_PORT=$port
    export SALLYPORT_SSH_OPTIONS="-F $folder/ssh_config -o BatchMode=yes -o LogLevel=ERROR"
    echo "The record:"
    "$source_folder/build/release/cli/sallyport" audit export |
        grep -E '"type":"(ssh_session|channel)\.' | sed -E 's/"(prev|salt)":"[^"]*",//g'
    echo
    "$daemon" --config "$folder/sallyport.yml" store verify
    "$source_folder/build/release/cli/sallyport" audit verify
}

mkdir -p "$folder"
build
daemon=$source_folder/build/release/daemon/sallyportd
write_files
start
if [ "$smoke" = yes ]; then
    smoke
    echo "smoke: everything came through and is on record"
else
    show_lines
    wait -n "${pids[@]}"
fi
