"""When a task that never has to wait lets the others run.

Owns the length of a slice. Whoever sends, or takes what is there, counts its messages and asks every eighth time: to
ask for each would cost more than it is worth.
"""

from __future__ import annotations

import math
import time

SLICE = 0.001
"""Seconds that the dispatch loop, and whoever sends or reads a stream, go on before they let other tasks run."""
LOOK_EVERY = 8
"""Messages between two looks at the clock."""
_LOOKS = 8  # in a slice at most, however fast it goes


class Slice:
    """The slices of one place where messages are handled one after the other."""

    def __init__(self) -> None:
        self._looks = 0
        self._end = math.inf  # nobody has had to wait yet

    def is_over(self) -> bool:
        """Whether other tasks are to run before the next message. To be asked at every `LOOK_EVERY`-th."""
        self._looks += 1
        return not self._looks % _LOOKS or time.perf_counter() > self._end

    def begin(self) -> None:
        """Other tasks have run."""
        self._end = time.perf_counter() + SLICE
