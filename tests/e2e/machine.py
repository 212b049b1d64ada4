# SPDX-License-Identifier: Apache-2.0
"""A machine of its own for a test: a real systemd as PID 1, on a throw-away copy of this system's files.

`enter` runs the test again in namespaces of its own (processes, mounts, network, control groups), so that whatever it
does ends with it: loopback is its own with every port free, and what PID 1 could do to the clock, to kernel settings or to
hardware is taken from it. Needs root; where it cannot be done, the test is skipped with the reason.
"""
import fcntl
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

import gate

SYSTEMD = "/usr/lib/systemd/systemd"
NAMESPACES = ["unshare", "--net", "--mount", "--uts", "--ipc", "--cgroup", "--pid", "--fork", "--mount-proc", "--kill-child"]
PROBE = """
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work none /mnt/root
"""
PID_1 = f"""
cd "$1"
pivot_root . .old
cd /
mount -t proc none /proc
umount -l /.old
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
exec env -i PATH=/usr/sbin:/usr/bin container=test SYSTEMD_GENERATOR_PATH= SYSTEMD_ENVIRONMENT_GENERATOR_PATH= \
    setpriv --bounding-set -sys_time,-sys_boot,-sys_module,-sys_rawio \
    {SYSTEMD} --system --unit=multi-user.target --log-target=null
"""


def own_group():
    """The folder of the control group (version 2) that this process is in; None where there is none."""
    path = next((line[3:] for line in gate.read("/proc/self/cgroup").splitlines() if line.startswith("0::")), None)
    mounts = (line.split() for line in gate.read("/proc/self/mountinfo").splitlines())
    mounted = next((fields[4] for fields in mounts if fields[fields.index("-") + 1] == "cgroup2"), None)
    return pathlib.Path(mounted + path) if path and mounted else None


def in_namespaces(group, command, **options):
    join = ["sh", "-ec", 'echo $$ >"$0/cgroup.procs"; exec "$@"', str(group)]
    return subprocess.run([*join, "setpriv", "--pdeathsig", "KILL", *NAMESPACES, *command], **options)


def remove_group(group):
    for folder, _, _ in os.walk(group, topdown=False):
        gate.wait_for(lambda: remove_empty(folder), f"{folder} to be left")


def remove_empty(folder):
    try:
        os.rmdir(folder)
        return True
    except OSError:
        return False


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(77)


def enter():
    """Returns within the namespaces alone; outside, the program ends here with what came of it."""
    if os.environ.get("SALLYPORT_TEST_INSIDE"):
        raise_loopback()
        return
    if os.geteuid() != 0:
        skip("a machine of its own needs root")
    if not os.path.exists(SYSTEMD):
        skip("no systemd here")
    parent = own_group()
    if parent is None:
        skip("no control groups of version 2 here")
    group = parent / f"sallyport-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        skip(f"control groups cannot be made: {error}")
    try:
        probe = in_namespaces(group, ["sh", "-ec", PROBE], capture_output=True, text=True)
        if probe.returncode != 0:
            skip("namespaces cannot be made: " + probe.stderr.strip())
        done = in_namespaces(group, [sys.executable, "-B", *sys.argv], env={**os.environ, "SALLYPORT_TEST_INSIDE": "yes"})
    finally:
        remove_group(group)
    sys.exit(done.returncode)


def raise_loopback():
    with socket.socket() as any_socket:
        up_and_running = 0x1 | 0x40
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", up_and_running))  # SIOCSIFFLAGS


class Machine:
    """`root` is its file system, seen from here; `run` starts programs within it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-machine-", dir="/tmp"))
        self.mount("tmpfs", self.folder)
        self.root = self.folder / "root"
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir()
        self.mount("overlay", self.root, f"lowerdir=/,upperdir={self.folder}/upper,workdir={self.folder}/work")
        (self.root / ".old").mkdir()
        for name in ("run", "tmp", "etc/systemd/system", "usr/lib/systemd/system"):
            self.mount("tmpfs", self.root / name)
        self.mount("sysfs", self.root / "sys", "ro")
        self.mount("cgroup2", self.root / "sys/fs/cgroup")
        self.make_devices()
        # The targets order what starts; the services that they would start stay out.
        for target in pathlib.Path("/usr/lib/systemd/system").glob("*.target"):
            shutil.copy(target, self.root / "usr/lib/systemd/system", follow_symlinks=False)

    def mount(self, kind, where, options="rw"):
        subprocess.run(["mount", "-t", kind, "-o", options, "none", str(where)], check=True)

    def make_devices(self):
        devices = self.root / "dev"
        self.mount("tmpfs", devices)
        for name in ("null", "zero", "full", "random", "urandom", "tty"):
            (devices / name).touch()
            subprocess.run(["mount", "--bind", f"/dev/{name}", str(devices / name)], check=True)
        for name in ("shm", "pts"):
            (devices / name).mkdir()
        self.mount("devpts", devices / "pts", "newinstance,ptmxmode=0666")
        (devices / "ptmx").symlink_to("pts/ptmx")

    def boot(self):
        self.process = subprocess.Popen(["unshare", "--pid", "--fork", "--mount", "--kill-child", "sh", "-ec", PID_1, "sh", str(self.root)],
                                        stdin=subprocess.DEVNULL)
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        self.pid = gate.wait_for(lambda: gate.read(children).strip(), "PID 1")
        gate.wait_for(lambda: self.run("systemctl", "is-active", "multi-user.target").returncode == 0, "systemd to be up")

    def run(self, *command, **options):
        """Runs a program within, as root; its output is kept as text unless `options` say otherwise."""
        within = ["nsenter", "--target", self.pid, "--pid", "--mount", "--root", "--wd=/"]
        options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 2 * gate.PATIENCE, **options}
        return subprocess.run([*within, *command], env={"PATH": "/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}, **options)

    def do(self, *command):
        done = self.run(*command)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def close(self):
        self.process.kill()
        self.process.wait()
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
        self.folder.rmdir()
