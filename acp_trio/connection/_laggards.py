"""Readers that are far behind the dispatch loop, and how much longer it lets them run before it goes on.

Owns the balance of receiving and reading, which share one thread: a message takes its reader longer than the loop. It
waits for nobody: a reader that takes nothing although it could run gets no time for it.
"""

from __future__ import annotations

import time
from typing import Protocol

import trio

LONGEST = 0.05
"""Seconds for which a reader whose inbox is full keeps the loop from going on, each time that it lets others run."""
PATIENCE = 8
"""Passes of the scheduler in which no reader takes anything, until the loop goes on all the same."""


class Reader(Protocol):
    """Who takes what the loop has put somewhere.

    Attributes:
      taken: how many messages it has taken so far.
    """

    taken: int

    @property
    def lag(self) -> float:
        """How far it is behind: 0 or less for one that keeps up, 1 for one that has no room left."""
        ...


class Laggards:
    """Those of one connection; empty most of the time."""

    def __init__(self) -> None:
        self._readers: set[Reader] = set()

    def __bool__(self) -> bool:
        return bool(self._readers)

    def add(self, reader: Reader) -> None:
        """This reader is behind."""
        self._readers.add(reader)

    async def catch_up(self) -> None:
        """Let them run: the further behind, the longer. Checkpoints if one is still behind."""
        began = time.perf_counter()
        passes = 0
        while passes < PATIENCE and time.perf_counter() - began < LONGEST * self._worst_lag():
            before = self._taken()
            await trio.lowlevel.checkpoint()
            passes = 0 if self._taken() > before else passes + 1

    def _worst_lag(self) -> float:
        """Of those that are still behind; the others are forgotten."""
        self._readers = {reader for reader in self._readers if reader.lag > 0}
        return max((reader.lag for reader in self._readers), default=0.0)

    def _taken(self) -> int:
        return sum(reader.taken for reader in self._readers)
