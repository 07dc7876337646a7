"""What this process has used so far: CPU of all its threads, and memory.

Owns the answer to the extension request `_bench/usage`, by which an agent reports on itself. Resource usage of reaped
children would include the start of the interpreter and, for the peak, the memory of the parent at the fork. Standard
library only.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TypedDict

_STATUS = Path("/proc/self/status")


class Usage(TypedDict):
    """The result of `_bench/usage`. Memory is 0 where the system does not tell (anything but Linux)."""

    cpuNs: int
    rssBytes: int
    peakRssBytes: int


def usage() -> Usage:
    """Return what this process has used since it started."""
    cpu = time.process_time_ns()
    sizes = _memory()
    return {"cpuNs": cpu, "rssBytes": sizes.get("VmRSS", 0), "peakRssBytes": sizes.get("VmHWM", 0)}


def add_own(other: Usage) -> Usage:
    """Return what this process and another one have used together, for a proxy."""
    own = usage()
    return {
        "cpuNs": own["cpuNs"] + other["cpuNs"],
        "rssBytes": own["rssBytes"] + other["rssBytes"],
        "peakRssBytes": own["peakRssBytes"] + other["peakRssBytes"],
    }


def _memory() -> dict[str, int]:
    if not _STATUS.exists():
        return {}
    fields = (line.partition(":") for line in _STATUS.read_text().splitlines())
    return {name: int(value.split()[0]) * 1024 for name, _, value in fields if name in ("VmRSS", "VmHWM")}
