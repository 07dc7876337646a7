"""Ctrl-C, SIGTERM and SIGHUP for the time of a command: none of them is an exception in the middle of a step."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import trio


class Interrupts:
    """Runs a command that may be interrupted.

    Attributes:
      status: the exit status that the first signal asks for; 0 without one.
    """

    def __init__(self, on_signal: Callable[[int], Awaitable[bool]], on_leaving: Callable[[], None]) -> None:
        """`on_signal` says whether the command goes on for now; if not, `on_leaving` is called and it is cancelled."""
        self.status = 0
        self._on_signal = on_signal
        self._on_leaving = on_leaving
        self._command = trio.CancelScope()

    async def run(self, command: Callable[[], Awaitable[None]]) -> None:
        """Run the command; return also if a signal cancelled it."""
        # The receiver is open until the last step of the command's clean-up: a signal more must not break that.
        with trio.open_signal_receiver(*_heeded()) as signals:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch, signals)
                try:
                    with self._command:
                        await command()
                finally:
                    nursery.cancel_scope.cancel("the command is over")

    async def _watch(self, signals: AsyncIterator[int]) -> None:
        async for number in signals:
            self.status = self.status or 128 + number
            if self._command.cancel_called or await self._on_signal(number):
                continue
            self._on_leaving()
            self._command.cancel("interrupted")


def _heeded() -> list[signal.Signals]:
    """All but those that whoever started us wants ignored, as nohup does."""
    others = (signal.SIGINT, signal.SIGHUP)
    return [signal.SIGTERM, *(number for number in others if signal.getsignal(number) != signal.SIG_IGN)]
