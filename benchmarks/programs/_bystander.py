"""A task that only wants to run once a millisecond: how late it is, is how long others keep it waiting.

Owns the greatest wait so far.
"""

from __future__ import annotations

import time

import trio

_PERIOD = 0.001  # seconds


class Bystander:
    """Start `watch` in a nursery beside what is to be watched."""

    def __init__(self) -> None:
        self.longest_ns = 0

    async def watch(self) -> None:
        """Run until cancelled."""
        while True:
            start = time.perf_counter_ns()
            try:
                await trio.sleep(_PERIOD)
            finally:  # the wait in which it is cancelled counts too
                late = time.perf_counter_ns() - start - int(_PERIOD * 1e9)
                self.longest_ns = max(self.longest_ns, late)


def work(microseconds: int) -> None:
    """Keep the processor busy, as a handler does that computes something."""
    end = time.perf_counter_ns() + microseconds * 1000
    while time.perf_counter_ns() < end:
        pass
