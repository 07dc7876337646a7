"""Wake one parked task. The actors sleep on it; a channel or an event would cost a hop or an allocation per message."""

from __future__ import annotations

from typing import Any

import trio


class Doorbell:
    """One task waits, anybody rings. A ring that finds nobody waiting is remembered, once."""

    __slots__ = ("_rung", "_sleeper")

    def __init__(self) -> None:
        self._rung = False
        self._sleeper: trio.lowlevel.Task | None = None

    def ring(self) -> None:
        """Wake the waiting task, or let the next `wait` return at once."""
        if self._sleeper is None:
            self._rung = True
        else:
            sleeper, self._sleeper = self._sleeper, None
            # Waking one known task without allocating: trio.Event would be made anew for every message.
            trio.lowlevel.reschedule(sleeper)

    # Ctrl-C between these lines would leave somebody to be woken who does not sleep.
    @trio.lowlevel.enable_ki_protection
    async def wait(self) -> None:
        """Wait for a ring. Checkpoints only if it waits; cancelling it loses no ring."""
        if self._rung:
            self._rung = False
            return
        # The counterpart of `ring`, see there.
        self._sleeper = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._give_up)

    def _give_up(self, _raise_cancel: Any) -> trio.lowlevel.Abort:
        self._sleeper = None
        return trio.lowlevel.Abort.SUCCEEDED
