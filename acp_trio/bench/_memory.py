"""How much memory an agent has: its process and all that it started, as far as this system tells."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MEBIBYTE: Final = 1 << 20
_PROC: Final = Path("/proc")


def group_memory(group: int) -> float | None:
    """Resident MiB of a process group; None where the system does not tell. What is shared is counted each time."""
    pages = sum(_pages(group))
    return pages * os.sysconf("SC_PAGE_SIZE") / _MEBIBYTE if pages else None


def _pages(group: int) -> Iterator[int]:
    for process in _PROC.iterdir() if _PROC.is_dir() else ():
        if process.name.isdecimal():
            try:
                fields = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            # Behind the name in brackets: state, parent, group, and 19 more until the resident pages.
            if int(fields[2]) == group:
                yield int(fields[21])
