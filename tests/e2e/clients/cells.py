# SPDX-License-Identifier: Apache-2.0
"""What every driver does, and what a cell must give whichever road it took."""
import hashlib
import json
import os
import signal
import stat
import sys
import time
import traceback

STAMP = 1_700_000_000
CHANNELS = 20
CODES = (0, 7, 255)
READY, SLEEPER = "ready", "echo ready; exec sleep 1000"
COUNT = "wc -c; echo late; exit 3"
QUIET = "sleep 1.5; echo awake"
CHANNEL = "read word; echo $word {0}; exit {0}"

# The columns, in the order of the table in docs/clients.md.
CELLS = {"exec": "exec: 0, 7, 255, signal", "stderr": "stderr apart", "shell": "shell with pty", "resize": "window change",
         "bulk": "bulk both ways", "sftp": "sftp", "scp_old": "scp, old protocol", "scp_new": "scp over sftp",
         "half_close": "half-close", "signals": "signals sent", "channels": "20 channels", "rekey": "rekey",
         "keepalive": "keepalive", "jump": "by `direct-tcpip`"}

# What these must give is known in whole beforehand; the road straight to the target is taken by the long form alone.
KNOWN = ("stderr", "bulk", "half_close", "channels", "rekey", "keepalive", "jump")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def file_facts(there, back=None):
    """What a transfer left behind: bytes, and the time of last change in whole seconds."""
    return {"there": digest(there), "there_time": int(os.stat(there).st_mtime), "there_mode": oct(stat.S_IMODE(os.stat(there).st_mode)),
            **({"back": digest(back), "back_time": int(os.stat(back).st_mtime)} if back else {})}


def expected(cell, small, big):
    """The part of a cell's result that is known beforehand; the rest need only be the same on both roads."""
    transfer = {"there": digest(small), "back": digest(small)}
    return {
        "exec": {"codes": list(CODES)},
        "stderr": {"out": "out\n", "err": "err\n"},
        "shell": {"size": True, "code": 5},
        "resize": {"size": True},
        "bulk": {"up": digest(big), "down": digest(big)},
        "sftp": transfer, "scp_old": transfer, "scp_new": transfer,
        "half_close": {"out": "100000\nlate\n", "code": 3},
        "signals": {"ended": True},
        "channels": {"ends": [[f"go {i}\n", i] for i in range(CHANNELS)]},
        "rekey": {"back": digest(big)},
        "keepalive": {"out": "awake\n"},
        "jump": {"out": "jumped\n", "code": 7},
    }[cell]


def too_late(*_):
    raise TimeoutError("the cell took too long")


def attempt(function, road):
    signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, road["patience"])
    try:
        return function(road)
    except Exception as error:  # pylint: disable=broad-except; what went wrong is the cell's result
        return {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()[-1500:]}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def timed(run):
    before = time.monotonic()
    result = run()
    return {**result, "seconds": round(time.monotonic() - before, 2)}


def main(cells):
    """Runs the cells named on the command line after the road, and prints what each gave."""
    road = json.loads(sys.argv[1])
    print(json.dumps({cell: timed(lambda cell=cell: attempt(cells[cell], road)) for cell in sys.argv[2:]}))
