"""Counts the work that messages make, both ends in this process over real pipes: no time is looked at.

Owns three counters. Two runs that differ in the number of messages alone are subtracted, so that what is left belongs
to the messages, not to opening and closing. With both ends in one thread and a clock that stands still the kernel says
the same every time, and the counts hardly vary.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import attrs
import trio

import acp_trio
from acp_trio.conductor import Conductor
from acp_trio.transports import file_descriptors

PACKAGE = str(Path(acp_trio.__file__).parent)

Operate = Callable[[acp_trio.ClientConnection, int], Awaitable[None]]


@attrs.frozen(kw_only=True)
class Work:
    """What was done, at both ends together."""

    task_steps: float
    """How often trio has run a task."""
    system_calls: float
    """Reads, writes, and waits for the kernel."""
    instructions: float
    """Bytecode instructions of the package's own code."""

    def beyond(self, other: Work, messages: int) -> Work:
        """What each of so many messages adds."""
        return Work(
            task_steps=(self.task_steps - other.task_steps) / messages,
            system_calls=(self.system_calls - other.system_calls) / messages,
            instructions=(self.instructions - other.instructions) / messages,
        )


async def work_per_message(agent: acp_trio.Agent | Conductor, operate: Operate, *, few: int, many: int) -> Work:
    """What each message of `operate(connection, count)` takes beyond the first `few`."""
    async with open_over_pipes(agent) as connection:
        await operate(connection, few)  # whatever happens the first time only
        with counting() as less:
            await operate(connection, few)
        with counting() as more:
            await operate(connection, many)
    return more.work().beyond(less.work(), many - few)


@asynccontextmanager
async def open_over_pipes(agent: acp_trio.Agent | Conductor) -> AsyncIterator[acp_trio.ClientConnection]:
    """A client's connection to the agent."""
    to_agent, to_client = os.pipe(), os.pipe()
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(agent.serve, file_descriptors(to_agent[0], to_client[1]))
            client = acp_trio.Client("counted")
            async with client.connect(file_descriptors(to_client[0], to_agent[1])) as connection:
                yield connection
            os.close(to_agent[1])  # the transport's own end is closed; this is the end of the stream
            to_agent = (to_agent[0], -1)
    finally:
        for descriptor in (*to_agent, *to_client):
            if descriptor >= 0:
                os.close(descriptor)


class _Steps(trio.abc.Instrument):
    task_steps = 0
    waits = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.task_steps += 1

    def before_io_wait(self, timeout: float) -> None:
        self.waits += 1


class _Calls:
    """The functions of `os` that read and write; replaced before anything is opened."""

    made = 0

    def counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.made += 1
            return function(*args)

        return call


class _Instructions:
    """Counts through the tracing that debuggers use; whoever traces already is asked back in the end."""

    executed = 0

    def __init__(self) -> None:
        self._ours: dict[CodeType, bool] = {}

    def __enter__(self) -> None:
        self._before = sys.gettrace()
        sys.settrace(self._enter)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        ours = self._ours.get(code)
        if ours is None:
            ours = self._ours[code] = code.co_filename.startswith(PACKAGE)
        if not ours:
            return None
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        return self._step

    def _step(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "opcode":
            self.executed += 1
        return self._step


CALLS = _Calls()


@attrs.define
class _Counters:
    steps: _Steps
    instructions: _Instructions
    calls: int

    def work(self) -> Work:
        return Work(
            task_steps=self.steps.task_steps,
            system_calls=self.steps.waits + self.calls,
            instructions=self.instructions.executed,
        )


@contextmanager
def counting() -> Iterator[_Counters]:
    """Count for the time of a block."""
    counters = _Counters(_Steps(), _Instructions(), -CALLS.made)
    trio.lowlevel.add_instrument(counters.steps)
    try:
        with counters.instructions:
            yield counters
    finally:
        trio.lowlevel.remove_instrument(counters.steps)
        counters.calls += CALLS.made


class StandingClock:
    """In place of the module `time`: a slow machine would pause in the middle of a batch."""

    @staticmethod
    def perf_counter() -> float:
        return 0.0
