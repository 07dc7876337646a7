"""The part of a client program that is the same for every SDK: arguments, workloads, meter, report.

Owns what one operation of each workload is. Asks of an SDK only the three small protocols below, and awaits nothing
but their methods, so that trio and asyncio clients run the same code. Standard library only.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypedDict

from benchmarks.programs._payloads import AT_ONCE, BURST, CHUNK_BYTES, MEBIBYTE, ROUNDS, long_text, stream_command
from benchmarks.programs._usage import Usage, usage

Params = dict[str, object]


class Session(Protocol):
    """An open session."""

    async def prompt(self, text: str) -> int:
        """Run one turn to its end and return how many characters of agent text its updates brought."""
        ...


class Peer(Protocol):
    """An agent that has answered `initialize`."""

    async def echo(self, params: Params) -> object:
        """Send one `_bench/echo` request and return its result."""
        ...

    async def echo_all(self, many: Sequence[Params]) -> Sequence[object]:
        """Send all of them before the first answer is waited for; return the results in the same order."""
        ...

    async def usage(self) -> Usage:
        """Ask the agent what it has used."""
        ...

    def open_session(self) -> AbstractAsyncContextManager[Session]:
        """Open a session for the time of a block."""
        ...

    def open_sessions(self, count: int) -> AbstractAsyncContextManager[Sequence[Session]]:
        """Open many, one after the other, for the time of a block."""
        ...

    async def prompt_all(self, sessions: Sequence[Session], text: str) -> Sequence[int]:
        """Run a turn in each of these sessions, all at the same time; return what `Session.prompt` does."""
        ...


class Connect(Protocol):
    """How a client program starts an agent: spawned and initialized inside the block, gone after it."""

    def __call__(self, command: Sequence[str], /) -> AbstractAsyncContextManager[Peer]: ...


class WrongAnswer(Exception):
    """The agent did not do what the workload asks: its figures would mean nothing."""


@dataclass(frozen=True)
class Task:
    """What the command line asks for."""

    workload: str
    operations: int
    warm_up: int
    agent: Sequence[str]

    @classmethod
    def from_arguments(cls) -> Task:
        """Read `WORKLOAD OPERATIONS WARM-UP AGENT ARG...` from the command line."""
        _, workload, operations, warm_up, *agent = sys.argv
        return cls(workload, int(operations), int(warm_up), agent)


class Report(TypedDict):
    """The line a client program prints: totals over all measured operations, and memory of both ends after them."""

    operations: int
    wallNs: int
    clientCpuNs: int
    agentCpuNs: int
    clientPeakRssBytes: int
    clientGrowthBytes: int
    agentRssBytes: int
    agentPeakRssBytes: int
    agentGrowthBytes: int


@dataclass
class Meter:
    """Adds up the wall and CPU time between `start` and `stop`."""

    wall_ns: int = 0
    cpu_ns: int = 0

    def start(self) -> None:
        """Begin a measured part."""
        self.wall_ns -= time.perf_counter_ns()
        self.cpu_ns -= time.process_time_ns()

    def stop(self) -> None:
        """End it."""
        self.cpu_ns += time.process_time_ns()
        self.wall_ns += time.perf_counter_ns()


@dataclass(frozen=True)
class Ends:
    """What both ends have used so far."""

    client: Usage
    agent: Usage

    @classmethod
    async def now(cls, peer: Peer) -> Ends:
        """Ask the agent, then look at this process."""
        agent = await peer.usage()
        return cls(client=usage(), agent=agent)


async def measure(task: Task, connect: Connect) -> Report:
    """Run one workload against an agent and return its figures."""
    if task.workload == "e-spawn":
        return await _measure_openings(task, connect)
    operate = operation(task.workload)
    meter = Meter()
    async with connect(task.agent) as peer, peer.open_session() as session:
        await operate(peer, session, task.warm_up)
        before = await Ends.now(peer)
        meter.start()
        await operate(peer, session, task.operations)
        meter.stop()
        after = await Ends.now(peer)
    return _report(task, meter, after.agent["cpuNs"] - before.agent["cpuNs"], before, after)


async def _measure_openings(task: Task, connect: Connect) -> Report:
    for _ in range(task.warm_up):
        async with connect(task.agent):
            pass
    meter = Meter()
    agent_cpu_ns = 0
    for _ in range(task.operations):
        meter.start()
        async with connect(task.agent) as peer:
            meter.stop()
            ends = await Ends.now(peer)
        agent_cpu_ns += ends.agent["cpuNs"]
    return _report(task, meter, agent_cpu_ns, ends, ends)


def _report(task: Task, meter: Meter, agent_cpu_ns: int, before: Ends, after: Ends) -> Report:
    return {
        "operations": task.operations,
        "wallNs": meter.wall_ns,
        "clientCpuNs": meter.cpu_ns,
        "agentCpuNs": agent_cpu_ns,
        "clientPeakRssBytes": after.client["peakRssBytes"],
        "clientGrowthBytes": after.client["peakRssBytes"] - before.client["peakRssBytes"],
        "agentRssBytes": after.agent["rssBytes"],
        "agentPeakRssBytes": after.agent["peakRssBytes"],
        "agentGrowthBytes": after.agent["peakRssBytes"] - before.agent["peakRssBytes"],
    }


def print_report(report: Report) -> None:
    """Print the report as the one line the harness reads."""
    print(json.dumps(report), flush=True)


def _small_params(number: int) -> Params:
    return {"number": number, "text": "hello"}


async def _echo_one_by_one(peer: Peer, session: Session, count: int) -> None:
    for number in range(count):
        params = _small_params(number)
        if await peer.echo(params) != params:
            raise WrongAnswer(f"echo {number}")


def _echo_in_bursts(size: int) -> Operate:
    async def operate(peer: Peer, session: Session, count: int) -> None:
        for start in range(0, count, size):
            burst = [_small_params(number) for number in range(start, min(start + size, count))]
            if list(await peer.echo_all(burst)) != burst:
                raise WrongAnswer(f"burst at {start}")

    return operate


async def _prompt_one_by_one(peer: Peer, session: Session, count: int) -> None:
    for _ in range(count):
        await _prompt(session, AT_ONCE, 0)


async def _stream(peer: Peer, session: Session, count: int) -> None:
    if count:
        await _prompt(session, stream_command(count), count * CHUNK_BYTES)


def _long_prompts(size: int) -> Operate:
    async def operate(peer: Peer, session: Session, count: int) -> None:
        for _ in range(count):
            await _prompt(session, long_text(size), 0)

    return operate


async def _many_sessions(peer: Peer, session: Session, count: int) -> None:
    text, expected = stream_command(ROUNDS), [ROUNDS * CHUNK_BYTES] * count
    async with peer.open_sessions(count) as sessions:
        for number in range(ROUNDS):
            if list(await peer.prompt_all(sessions, text)) != expected:
                raise WrongAnswer(f"round {number} of {count} sessions")


async def _open_and_close(peer: Peer, session: Session, count: int) -> None:
    for _ in range(count):
        async with peer.open_session():
            pass


async def _prompt(session: Session, text: str, expected: int) -> None:
    received = await session.prompt(text)
    if received != expected:
        raise WrongAnswer(f"{received} characters instead of {expected} for {text[:40]!r}")


Operate = Callable[[Peer, Session, int], Awaitable[None]]

OPERATIONS: dict[str, Operate] = {
    "a1": _echo_one_by_one,
    "a2": _prompt_one_by_one,
    "b1": _echo_in_bursts(BURST),
    "c": _stream,
    "c2": _stream,
    "d-1MiB": _long_prompts(MEBIBYTE),
    "d-10MiB": _long_prompts(10 * MEBIBYTE),
    "f": _many_sessions,
    "g": _open_and_close,
    "h": _stream,
}
"""How each workload runs N operations. c2 and h are c: what differs is whom the client talks to."""

_SIZED: dict[str, Callable[[int], Operate]] = {"b1": _echo_in_bursts, "d": _long_prompts}


def operation(workload: str) -> Operate:
    """Return how a workload is run; of b1 and d there is one for each size, such as `b1=10` and `d=100`."""
    name, _, size = workload.partition("=")
    return _SIZED[name](int(size)) if size else OPERATIONS[name]
