"""Holding a dispatch loop: who does, and the refusal to wait for a peer meanwhile.

Owns `DispatchLoopHeld`. A handler that holds the loop keeps every later message waiting, the answer it would wait for
included; so waiting is refused at once instead of never ending. It is refused for every connection: a wait on another
one can close the same circle through a proxy.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token, copy_context
from typing import Any, final

import attrs
import trio

from ..jsonrpc import LocalMisuse

_LET_GO = (
    "Register the handler with concurrent=True, call task_status.started() before waiting, "
    "or move the wait into conn.start_soon(...)."
)
_LEAVE = "Leave the block before waiting, or move the wait into conn.start_soon(...)."


@final
class DispatchLoopHeld(LocalMisuse):
    """A handler that holds a dispatch loop tried to wait for a peer; the message names the handler and the ways out."""


@attrs.define(eq=False)
class Hold:
    """One message's hold on a dispatch loop, active until its handler returns or lets go."""

    what: str
    """Who holds, for the error and `statistics()`."""
    task: trio.lowlevel.Task | None = None
    since: float = 0.0
    """When the loop was suspended under it, on trio's clock."""
    active: bool = True
    is_block: bool = False
    """Whether a block of the user's own holds it, and no handler."""


_holding: ContextVar[Hold | None] = ContextVar("acp_trio_holding", default=None)


def begin_hold(hold: Hold) -> Token[Hold | None]:
    """Say that the current task, and the children it will start, run under `hold`."""
    # A hold belongs to a task: the context alone would follow into tasks that the handler started elsewhere.
    hold.task = trio.lowlevel.current_task()
    return _holding.set(hold)


def end_hold(hold: Hold, token: Token[Hold | None]) -> None:
    """The current task no longer runs under `hold`."""
    hold.active = False
    _holding.reset(token)


def current_hold() -> Hold | None:
    """The hold that the current task runs under, or None."""
    hold = _holding.get()
    if hold is None or not hold.active or not _is_inside(hold):
        return None
    return hold


def check_may_wait(waiting_for: str) -> None:
    """Raise DispatchLoopHeld if the current task holds a dispatch loop; `waiting_for` goes into its sentence."""
    hold = current_hold()
    if hold is not None:
        advice = _LEAVE if hold.is_block else _LET_GO
        raise DispatchLoopHeld(
            f"{hold.what} holds the dispatch loop, so waiting for {waiting_for} could never end. {advice}"
        )


def outside_holds(start_soon: Callable[..., None], *args: Any, name: object = None) -> None:
    """Start a task that is not part of the hold that its starter is under."""
    copy_context().run(_start_outside, start_soon, args, name)


def _start_outside(start_soon: Callable[..., None], args: tuple[Any, ...], name: object) -> None:
    _holding.set(None)
    start_soon(*args, name=name)


def _is_inside(hold: Hold) -> bool:
    """Whether the current task is the holder or was started by it, directly, in its nurseries or through a thread."""
    holder = hold.task
    if holder is None:
        return False
    lineage = _lineage(trio.lowlevel.current_task())  # ancestry is only visible on trio's task objects
    if holder in lineage:
        return True
    # A call that trio.from_thread.run brought from the holder's thread runs in a system task: with the holder's
    # context, not among its descendants, and under another of trio's root nurseries than all application tasks.
    return _root_nursery(lineage) is not _root_nursery(_lineage(holder))


def _lineage(task: trio.lowlevel.Task) -> list[trio.lowlevel.Task]:
    """The task and its ancestors, trio's own root task left out."""
    lineage = [task]
    while (nursery := lineage[-1].parent_nursery) is not None:
        lineage.append(nursery.parent_task)
    return lineage[:-1] or lineage


def _root_nursery(lineage: list[trio.lowlevel.Task]) -> trio.Nursery | None:
    return lineage[-1].parent_nursery
