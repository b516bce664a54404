"""What the benchmarks share: how they begin and end, wrk, medians and tables.

Everything stands below one temporary directory, and goes with it, also after Ctrl-C.
"""

import contextlib
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BINARY = pathlib.Path(os.environ.get("KEYLEDGER_BINARY", ROOT / "build" / "release" / "keyledger"))

ANSWER_SECONDS = 60
WRK_GRACE_SECONDS = 30  # beyond the duration that it was told

SERVER_CORE = 0
CLIENT_CORE = 1

WORKSPACE = "bench"
SCOPES = ("leads:read", "leads:write")
ASKED_SCOPE = "leads:read"
# A window that counts every check and denies none.
RATE_LIMIT = {"limit": 1_000_000_000, "window": "1m"}


class Failure(Exception):
    """Why there is no result: something did not start, or an answer was wrong."""


def say(text):
    """Progress goes to standard error: standard output is the result's alone."""
    print(text, file=sys.stderr, flush=True)


def run_main(main):
    """Runs main(); an interrupt or SIGTERM unwinds it, so that everything started is ended."""

    def interrupt(_number, _frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    try:
        main()
    except Failure as failure:
        say(f"failed: {failure}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("interrupted")
        sys.exit(130)


@contextlib.contextmanager
def temporary_directory(parent=None):
    """`parent` says on which file system: the ledger's disk is part of what is measured."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="keyledger-bench-", dir=parent))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def need_programs(*names):
    for name in names:
        if shutil.which(name) is None:
            raise Failure(f"{name} is missing: tools/install-packages bench")
    if not BINARY.exists():
        raise Failure(
            f"{BINARY} is missing: cmake --preset release && "
            "cmake --build --preset release --target keyledger (or set KEYLEDGER_BINARY)"
        )


def pinned(core, command):
    """The command held to one core; to none if `core` is None or the machine lacks it."""
    if core is None or core not in os.sched_getaffinity(0):
        return command
    return ["taskset", "--cpu-list", str(core), *command]


def clean_environment():
    """This process's own without KEYLEDGER_ variables: to the program they are settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith("KEYLEDGER_")}


def wrk(url, script, arguments, connections, seconds, core=CLIENT_CORE):
    """One run of wrk with one thread: what result.lua wrote, as a dictionary."""
    command = ["wrk", "--threads", "1", "--connections", str(connections)]
    command += ["--duration", f"{seconds}s", "--timeout", "10s", "--script", script]
    command += [url, "--", *map(str, arguments)]
    child = subprocess.Popen(
        pinned(core, command),
        cwd=HERE,  # the scripts load result.lua from there
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = child.communicate(timeout=seconds + WRK_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failure("wrk did not end in time") from None
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    found = re.search(r"^result (\{.*\})$", output, re.MULTILINE)
    if child.returncode != 0 or not found:
        raise Failure(f"wrk ended with {child.returncode}: {output}{errors}")
    result = json.loads(found.group(1))
    wrong = {kind: result[kind] for kind in ("connect", "read", "write", "status", "timeout")}
    if any(wrong.values()):
        raise Failure(f"wrk against {url} counted errors: {wrong}")
    result["per_second"] = result["requests"] / result["seconds"]
    return result


def summary_of(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def short(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}"


def spread(values, write=short):
    """The median, and the least and the greatest."""
    return f"{write(statistics.median(values))} ({write(min(values))}..{write(max(values))})"


def print_table(head, rows):
    """Rows of text, as a table in Markdown that reads well without being rendered."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def machine():
    """What the figures depend on most."""
    processor = "unknown"
    with contextlib.suppress(OSError):
        text = pathlib.Path("/proc/cpuinfo").read_text()
        found = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
        processor = found.group(1) if found else processor
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "load_1m": os.getloadavg()[0],
    }


def write_json(path, benchmark, results):
    if not path:
        return
    document = {"benchmark": benchmark, "command": sys.argv, "machine": machine(), **results}
    pathlib.Path(path).write_text(json.dumps(document, indent=2) + "\n")
