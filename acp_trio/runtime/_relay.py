"""The way from a session's agents to its client: one bounded queue, taken from by one task.

Owns back pressure (who sends waits for room, so a slow client slows the model's stream), the order of each agent, and
the end of a turn: nothing of a turn that is over is delivered, and a delivery of it that hangs is cancelled. It knows
nothing of what the payloads mean. Who takes from it must never wait for who sends to it.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, final

import attrs
import trio

from ..jsonrpc import LocalMisuse

RELAY_CAPACITY = 50
"""How many events wait between the agents of one session and its client."""


@attrs.frozen
class RuntimeEvent:
    """Something an agent of a session, or a server of it, has to say.

    Attributes:
      agent: the name of the agent.
      turn: the number of the turn it belongs to; None for what happens whether or not a turn runs.
      payload: what happened: a session update, an event of an MCP server, `RuntimeExited`, or what the agent sends.
    """

    agent: str
    turn: int | None
    payload: Any


Taker = Callable[[RuntimeEvent], Awaitable[None]]


@attrs.frozen
class _Mark:
    """Reached when everything before it was delivered."""

    reached: trio.Event


@attrs.define
class _Item:
    event: RuntimeEvent
    has_room: bool


@final
class Relay:
    """The queue. One task delivers; any number send.

    Args:
      capacity: how many events may wait; beyond, `send` does.
      on_drop: gets what will never be delivered, such as a question that somebody waits for.

    Example:
        relay = Relay()
        nursery.start_soon(relay.deliver, show)
        with relay.turn() as turn:
            await relay.send(RuntimeEvent("planner", turn, update))
            await relay.flush(turn)
    """

    def __init__(
        self, capacity: int = RELAY_CAPACITY, *, on_drop: Callable[[RuntimeEvent], None] = lambda _event: None
    ) -> None:
        if capacity < 1:
            raise ValueError(f"a relay has room for one event at least, not {capacity}")
        self.capacity = capacity
        self._on_drop = on_drop
        self._room = trio.Semaphore(capacity)
        self._send, self._receive = trio.open_memory_channel[_Item](math.inf)  # the semaphore bounds it
        self._turns = 0
        self._current: int | None = None
        self._deliveries = trio.CancelScope()
        self._at_work_on_turn = False
        self._closed = False

    def __repr__(self) -> str:
        return f"<Relay, {len(self)} of {self.capacity} waiting>"

    def __len__(self) -> int:
        return self._receive.statistics().current_buffer_used

    # Turns

    @contextmanager
    def turn(self) -> Generator[int]:
        """A turn, for the time of a block; gives its number. What is left of it afterwards is dropped.

        Raises LocalMisuse while another one runs.
        """
        if self._current is not None:
            raise LocalMisuse("one turn at a time")
        self._turns += 1
        self._current = self._turns
        try:
            yield self._current
        finally:
            self._current = None
            if self._at_work_on_turn:
                self._deliveries.cancel("the turn is over")

    def _is_over(self, event: RuntimeEvent) -> bool:
        return event.turn is not None and event.turn != self._current

    # Sending

    async def send(self, event: RuntimeEvent) -> None:
        """Queue an event, and wait for room first.

        Raises trio.BrokenResourceError when nobody delivers any more. Cancelled, it was not sent. Checkpoints when
        it waits.
        """
        await trio.lowlevel.checkpoint_if_cancelled()  # to yield at each event would tear a stream into single writes
        try:
            self._room.acquire_nowait()
        except trio.WouldBlock:
            await self._room.acquire()
        try:
            self._put(event, has_room=True)
        except trio.BrokenResourceError:
            self._room.release()  # for the next one who waits
            raise

    def send_nowait(self, event: RuntimeEvent) -> None:
        """Queue an event past the capacity: only for what ends something and cannot wait. Raises as `send`."""
        self._put(event, has_room=False)

    async def flush(self, turn: int | None, *, agent: str = "") -> None:
        """Wait until everything sent before was delivered. Returns at once when nobody delivers. Checkpoints."""
        mark = _Mark(trio.Event())
        try:
            self.send_nowait(RuntimeEvent(agent, turn, mark))
        except trio.BrokenResourceError:
            mark.reached.set()
        await mark.reached.wait()

    def _put(self, event: RuntimeEvent, *, has_room: bool) -> None:
        if self._closed:
            self._drop(event)
            raise trio.BrokenResourceError("nobody takes from the relay any more")
        self._send.send_nowait(_Item(event, has_room))

    # Delivering

    async def deliver(self, take: Taker) -> None:
        """Give each event to `take`, one after the other, until cancelled. Afterwards the relay is closed.

        Events of a turn that is over are dropped, and a `take` that is at work on one is cancelled. What `take` raises
        ends the delivery.
        """
        try:
            while True:
                # One for all, until a turn ends over a delivery: one for each takes longer than what it delivers.
                with trio.CancelScope() as self._deliveries:
                    while not self._deliveries.cancel_called:
                        await self._deliver(await self._next(), take)
        finally:
            self._close()

    async def _next(self) -> RuntimeEvent:
        try:
            item = self._receive.receive_nowait()  # what is there is delivered in one go, see `send`
        except trio.WouldBlock:
            item = await self._receive.receive()
        if item.has_room:
            self._room.release()
        return item.event

    async def _deliver(self, event: RuntimeEvent, take: Taker) -> None:
        if isinstance(event.payload, _Mark):
            event.payload.reached.set()
        elif self._is_over(event):
            self._drop(event)
        else:
            self._at_work_on_turn = event.turn is not None
            try:
                await take(event)
            finally:
                self._at_work_on_turn = False

    def _drop(self, event: RuntimeEvent) -> None:
        if isinstance(event.payload, _Mark):
            event.payload.reached.set()
        else:
            self._on_drop(event)

    def _close(self) -> None:
        self._closed = True
        while len(self):
            self._drop(self._receive.receive_nowait().event)
        if self._room.statistics().tasks_waiting:
            self._room.release()  # whoever gets it finds the relay closed, and hands it on
