"""What processes cost: seconds of CPU and memory, read from /proc."""

import os
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_s(pid: int | str) -> float:
    """Return the seconds of CPU that a process used so far; 0 when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def memory_mb(pid: int) -> float:
    """Return the memory of a process that it shares with nobody else; 0 when it is gone."""
    try:
        resident, shared = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1:3]
    except OSError:
        return 0.0
    return (int(resident) - int(shared)) * PAGE_MB


def children_of(pid: int) -> list[int]:
    """Return every process below `pid`."""
    below: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        parent = int(text.rpartition(")")[2].split()[1])
        below.setdefault(parent, []).append(int(stat.parent.name))
    found, open_ = [], [pid]
    while open_:
        children = below.get(open_.pop(), [])
        found += children
        open_ += children
    return found


def by_title(pid: int) -> dict[str, float]:
    """Return the CPU of every process below `pid` by its title.

    PostgreSQL names each after the role it serves: `postgres: ioc_dashboards ioc 127.0.0.1 idle`.
    """
    told: dict[str, float] = {}
    for child in children_of(pid):
        try:
            line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        words = line.split()
        title = words[1] if len(words) > 1 and words[0] == "postgres:" else "other"
        told[title] = told.get(title, 0.0) + cpu_s(child)
    return told


def thread_cpu_s(number: int) -> float:
    """Return the seconds of CPU that a thread of this process used so far; 0 when it is gone."""
    return cpu_s(f"self/task/{number}")
