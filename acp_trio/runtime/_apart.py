"""Work that goes on when whoever waits for it is gone.

Owns which of the two ends the other: cancelling the wait cancels the work, unless the wait was abandoned.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from ..connection import GRACE

T = TypeVar("T")

logger = logging.getLogger("acp_trio.runtime")


async def run_apart(
    nursery: trio.Nursery, work: Callable[[], Awaitable[T]], *, abandoned: Callable[[], bool], ended: T
) -> T:
    """Run `work` in a task of `nursery`, and return or raise what it does.

    Cancelled, it cancels the work and waits for its end, up to the grace; if `abandoned` says so, the work goes on, and
    how it ends is nobody's but the log's. Returns `ended` if the nursery ends first.
    """
    done = trio.Event()
    scope = trio.CancelScope()
    results: list[T] = []
    failures: list[Exception] = []
    waiting = True

    async def run() -> None:
        try:
            with scope:
                results.append(await work())
        except Exception as exc:  # raised where it is waited for
            failures.append(exc)
            if not waiting:
                logger.exception("a turn failed, and nobody is told")
        finally:
            done.set()

    nursery.start_soon(run)
    try:
        await done.wait()
    finally:
        waiting = False
        if not (done.is_set() or abandoned()):
            scope.cancel("whoever waited was cancelled")
            with trio.move_on_after(GRACE, shield=True):
                await done.wait()
    if failures:
        raise failures[0]
    return results[0] if results else ended
