"""Cancellation at every point: an operation is run again and again, each time cancelled one step later.

Owns counting the steps and delivering the cancellation. What the operation is, and what must still work when it was
cancelled, the scene says that is played for each of them. It sets no deadline: put one around it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from itertools import count
from typing import TypeAlias

import attrs
import trio

from ._leaks import no_leaks

Scene: TypeAlias = Callable[[], AbstractAsyncContextManager[Callable[[], Awaitable[object]]]]


@attrs.frozen(kw_only=True)
class CancelPoints:
    """At how many points an operation can be cancelled."""

    own: int
    """Before it begins, and each time its own task lets others run."""
    all: int
    """Before it begins, and behind each step that any task takes before it is over."""


async def cancel_everywhere(scene: Scene, *, own_only: bool = False) -> CancelPoints:
    """Play a scene once for each point at which its operation can be cancelled, and cancel it there.

    A scene is made anew for each run: an async context manager that sets everything up, yields the operation (called
    without arguments), and behind its `yield` checks what must hold however far the operation came. Each run is inside
    `no_leaks`. The operation is first cancelled before its first step, then behind the first step that any task takes,
    and so on until it is over before its cancellation comes; that last run is cancelled nowhere.

    Steps are the same in every run where trio schedules deterministically, as it does under pytest-trio, with a
    MockClock and without real descriptors.

    Args:
      scene: makes the context manager, such as a function decorated with `asynccontextmanager`.
      own_only: cancel only behind the steps of the task that calls the operation. For operations on processes and
        sockets, where what other tasks do differs from run to run.

    Raises whatever the operation or the scene raises, with a note on where it was cancelled. Checkpoints.

    Example:
        @asynccontextmanager
        async def asking():
            async with open_pair(client, agent) as pair, pair.agent.open_session("/") as session:
                yield partial(session.ask, "hello")
                assert await session.ask("still there?") == "yes"

        points = await cancel_everywhere(asking)
    """
    for at in count():
        canceller = await _play(scene, at, own_only=own_only)
        if not canceller.fired:
            return canceller.points
    raise AssertionError  # it counts for ever


async def count_points(scene: Scene) -> CancelPoints:
    """Play a scene once without a cancellation, and count the points that `cancel_everywhere` would cancel at."""
    return (await _play(scene, None, own_only=False)).points


async def _play(scene: Scene, at: int | None, *, own_only: bool) -> _Canceller:
    _repeat_schedule()
    canceller = _Canceller(at, own_only=own_only)
    try:
        async with no_leaks(), scene() as operation:
            await canceller.run(operation)
    except BaseException as exc:
        exc.add_note(f"when the operation {canceller.what_happened}")
        raise
    return canceller


class _Canceller(trio.abc.Instrument):
    """Runs an operation, counts steps, and cancels it behind one of them: the task that took that is parked then."""

    def __init__(self, at: int | None, *, own_only: bool) -> None:
        self._at = at
        self._own_only = own_only
        self._scope = trio.CancelScope()
        self._task: trio.lowlevel.Task | None = None
        self._own = 0
        self._all = 0

    async def run(self, operation: Callable[[], Awaitable[object]]) -> None:
        self._task = trio.lowlevel.current_task()  # whose steps count
        with self._scope:
            self._look()
            trio.lowlevel.add_instrument(self)
            try:
                await operation()
            finally:
                trio.lowlevel.remove_instrument(self)

    @property
    def fired(self) -> bool:
        return self._scope.cancel_called

    @property
    def points(self) -> CancelPoints:
        return CancelPoints(own=self._own + 1, all=self._all + 1)

    @property
    def what_happened(self) -> str:
        return f"was cancelled behind step {self._at}" if self.fired else f"was not cancelled, in {self._all} steps"

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self._all += 1
        self._own += task is self._task
        self._look()

    def _look(self) -> None:
        if self._at == (self._own if self._own_only else self._all):
            self._scope.cancel(f"the operation is cancelled behind step {self._at}")


def _repeat_schedule() -> None:
    """Have trio choose among tasks that are ready as it did in the run before.

    It offers no way to say so. Hypothesis and pytest-trio reach for the same object.
    """
    trio._core._run._r.seed(0)
