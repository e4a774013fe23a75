"""What a process and all that it started cost, from /proc (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01


def tree(root: int) -> list[int]:
    """`root` and its descendants, as far as they live."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += children.get(process, [])
    return found


def processor_seconds(root: int) -> float:
    """Used so far by the tree, and by those of its processes that have ended and were waited for."""
    ticks = 0
    for process in tree(root):
        if fields := _stat(process):
            ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return ticks * _TICK_S


def pss_mb(root: int) -> dict[str, float]:
    """Proportional set size by process ("1234 name"): shared pages are divided among those that share them."""
    sizes = {}
    for process in tree(root):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            name = Path(f"/proc/{process}/comm").read_text().strip()
        except OSError:  # ended meanwhile
            continue
        total = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        sizes[f"{process} {name}"] = total / 1024
    return sizes


def _stat(process: int) -> list[str]:
    """The fields after the name, of which the first is the state; [] where there is no such process."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
