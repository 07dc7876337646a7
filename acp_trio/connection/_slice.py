"""When a task that never has to wait lets the others run.

Owns the length of a slice. Whoever sends, or takes what is there, asks for each message whether the slice is over. The
clock is looked at every eighth time alone: to look for each would cost more than it is worth.
"""

from __future__ import annotations

import math
import time

SLICE = 0.001
"""Seconds that the dispatch loop, and whoever sends or reads a stream, go on before they let other tasks run."""
MOST = 64
"""Messages after which a sender or a reader lets other tasks run, however fast it is."""
LOOK_EVERY = 8
"""Messages between two looks at the clock."""


class Slice:
    """The slices of one place where messages are handled one after the other."""

    def __init__(self) -> None:
        self._messages = 0
        self._end = math.inf  # nobody has had to wait yet

    def is_over(self) -> bool:
        """Count a message, and say whether other tasks are to run first."""
        self._messages += 1
        if self._messages % LOOK_EVERY:
            return False
        return not self._messages % MOST or time.perf_counter() > self._end

    def begin(self) -> None:
        """Other tasks have run."""
        self._end = time.perf_counter() + SLICE
