"""One round over one agent: a fresh process, every figure in turn.

Owns what a figure is measured by. It refuses to invent one: what an agent cannot do is said, in words.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, final

import attrs
import trio

from ..transports import HandshakeFailed, Transport
from ._figures import FIGURES
from ._memory import group_memory
from ._raw_client import CannotMeasure, RawClient

_PING: Final = "_acp_trio/ping"
_PARAMS: Final = {"number": 0, "text": "hello"}
_OUTSTANDING: Final = 100
_WARM_UP: Final = 50
_FEWEST_UPDATES: Final = 50
"""Of fewer updates than these in a turn no rate is told."""


@attrs.frozen(kw_only=True)
class Effort:
    """How much a round does, and how long it may take.

    Attributes:
      trips: round trips of a request.
      turns: turns of a short prompt.
      prompt: the short prompt.
      stream_prompt: what makes the agent send many updates.
      directory: the sessions' directory.
      patience: seconds for one figure.
      startup: seconds until the answer to `initialize`.
    """

    trips: int
    turns: int
    prompt: str
    stream_prompt: str
    directory: str
    patience: float
    startup: float


@final
class Round:
    """The figures of one round, in their units, and the reasons for those that are missing."""

    def __init__(self, effort: Effort) -> None:
        self.values: dict[str, float] = {}
        self.missing: dict[str, str] = {}
        self._effort = effort

    async def run(self, transport: Transport) -> None:
        """Start the agent and measure it."""
        began = trio.current_time()
        try:
            async with transport.open() as link:
                client = RawClient(link)
                started = await self._measure("start", lambda: self._start(client, began), self._effort.startup)
                if started:
                    await self._measure_all(client)
                link.close_by(trio.current_time() + 2.0)
        except HandshakeFailed as failed:
            self._give_up(str(failed))

    async def _measure_all(self, client: RawClient) -> None:
        await self._measure("memory", lambda: self._memory(client, "memory"))
        await self._measure("trip-p50", lambda: self._trips(client))
        await self._measure("turn-p50", lambda: self._turns(client))
        await self._measure("stream", lambda: self._stream(client))
        await self._measure("outstanding", lambda: self._outstanding(client))
        await self._measure("memory-after", lambda: self._memory(client, "memory-after"))

    async def _measure(self, name: str, work: Callable[[], Awaitable[None]], patience: float | None = None) -> bool:
        """Measure one figure; whether it could be had."""
        limit = self._effort.patience if patience is None else patience
        reason = f"not done within {limit:g} s"
        with trio.move_on_after(limit):
            try:
                await work()
            except (CannotMeasure, trio.BrokenResourceError) as failed:
                reason = str(failed)
            else:
                return True
        self.missing[name] = reason
        if name == "start":
            self._give_up(reason)
        return False

    def _give_up(self, reason: str) -> None:
        self.missing = {figure.name: reason for figure in FIGURES}

    # What a figure is measured by

    async def _start(self, client: RawClient, began: float) -> None:
        await client.initialize()
        self.values["start"] = (trio.current_time() - began) * 1e3

    async def _memory(self, client: RawClient, name: str) -> None:
        found = None if client.pid is None else group_memory(client.pid)
        if found is None:
            raise CannotMeasure("this system does not tell")
        self.values[name] = found

    async def _trips(self, client: RawClient) -> None:
        await client.round_trips(_PING, _PARAMS, _WARM_UP)
        times = sorted([await _timed(client.round_trip(_PING, _PARAMS)) for _ in range(self._effort.trips)])
        self.values["trip-p50"] = times[len(times) // 2] * 1e6
        self.values["trip-p99"] = times[int(len(times) * 0.99)] * 1e6

    async def _turns(self, client: RawClient) -> None:
        session_id = await client.new_session(self._effort.directory)
        times = [await _timed(client.prompt(session_id, self._effort.prompt)) for _ in range(self._effort.turns)]
        self.values["turn-p50"] = sorted(times)[len(times) // 2] * 1e6

    async def _stream(self, client: RawClient) -> None:
        session_id = await client.new_session(self._effort.directory)
        before = client.updates
        seconds = await _timed(client.prompt(session_id, self._effort.stream_prompt))
        updates = client.updates - before
        if updates < _FEWEST_UPDATES:
            raise CannotMeasure(f"{self._effort.stream_prompt!r} made it send {updates} updates only")
        self.values["stream"] = updates / seconds

    async def _outstanding(self, client: RawClient) -> None:
        self.values["outstanding"] = await _timed(client.round_trips(_PING, _PARAMS, _OUTSTANDING)) * 1e3


async def _timed(work: Awaitable[object]) -> float:
    began = trio.current_time()
    await work
    return trio.current_time() - began
