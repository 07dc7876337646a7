"""The task actor: the nursery of everything that runs beside the dispatch loop.

Owns handler tasks and what the application gives to `start_soon`, and the warning about a handler that holds the loop
for long. A handler's failure is answered and never gets here; a failed task of the application ends the connection,
as it would end a nursery.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager

import trio

from ._doorbell import Doorbell
from ._hold import Hold

logger = logging.getLogger("acp_trio.connection")

LONG_HOLD = 5.0
"""Seconds after which a hold is logged."""


class Tasks:
    """One connection's tasks."""

    nursery: trio.Nursery

    def __init__(self) -> None:
        self._starting: set[trio.CancelScope] = set()
        self.opened = trio.Event()
        self.finished = trio.Event()
        self.stopped = False
        """Whether the tasks are being cancelled, because one of them failed or because of `stop`."""
        self._hold: Hold | None = None  # the latest that suspended the loop
        self._watching = False
        self._doorbell = Doorbell()

    async def run(self) -> None:
        """Hold the nursery open until it is stopped."""
        try:
            async with trio.open_nursery(strict_exception_groups=True) as nursery:
                self.nursery = nursery
                self.opened.set()
                try:
                    await self._watch_holds()
                finally:
                    self.stopped = True
                    self._cancel_starting("a task of the connection failed")
        finally:
            self.finished.set()

    @property
    def takes_none(self) -> bool:
        """Whether no task can be started any more: the last one has ended, or is about to be the last that did."""
        return self.finished.is_set() or (self.stopped and not self.nursery.child_tasks)

    def stop(self, reason: str) -> None:
        """Cancel every task."""
        self.stopped = True
        self.nursery.cancel_scope.cancel(reason)
        self._cancel_starting(reason)

    def _cancel_starting(self, reason: str) -> None:
        for scope in self._starting:
            scope.cancel(reason)

    @contextmanager
    def starting(self) -> Generator[None]:
        """Around `nursery.start`: a task that has not started is its caller's, and would keep the nursery open."""
        with trio.CancelScope() as scope:
            self._starting.add(scope)
            if self.stopped:
                scope.cancel("the connection's tasks are ending")
            try:
                yield
            finally:
                self._starting.discard(scope)

    def watch(self, hold: Hold) -> None:
        """The loop is suspended under `hold`: say so in the log if that takes long."""
        self._hold = hold
        if not self._watching:
            self._watching = True
            self._doorbell.ring()

    async def _watch_holds(self) -> None:
        while True:
            await self._doorbell.wait()
            while (hold := self._hold) is not None and hold.active:
                await trio.sleep_until(hold.since + LONG_HOLD)
                if hold.active:
                    logger.warning("%s has held the dispatch loop for %g seconds", hold.what, LONG_HOLD)
                    self._hold = None
            self._watching = False
