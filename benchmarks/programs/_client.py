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

from benchmarks.programs._payloads import AT_ONCE, BURST, CHUNK_BYTES, long_text, stream_command
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
    agentRssBytes: int
    agentPeakRssBytes: int


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


async def measure(task: Task, connect: Connect) -> Report:
    """Run one workload against an agent and return its figures."""
    if task.workload == "e-spawn":
        return await _measure_openings(task, connect)
    operate = OPERATIONS[task.workload]
    meter = Meter()
    async with connect(task.agent) as peer, peer.open_session() as session:
        await operate(peer, session, task.warm_up)
        before = await peer.usage()
        meter.start()
        await operate(peer, session, task.operations)
        meter.stop()
        after = await peer.usage()
    return _report(task, meter, after["cpuNs"] - before["cpuNs"], after)


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
            agent = await peer.usage()
        agent_cpu_ns += agent["cpuNs"]
    return _report(task, meter, agent_cpu_ns, agent)


def _report(task: Task, meter: Meter, agent_cpu_ns: int, agent: Usage) -> Report:
    return {
        "operations": task.operations,
        "wallNs": meter.wall_ns,
        "clientCpuNs": meter.cpu_ns,
        "agentCpuNs": agent_cpu_ns,
        "clientPeakRssBytes": usage()["peakRssBytes"],
        "agentRssBytes": agent["rssBytes"],
        "agentPeakRssBytes": agent["peakRssBytes"],
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


async def _echo_in_bursts(peer: Peer, session: Session, count: int) -> None:
    for start in range(0, count, BURST):
        burst = [_small_params(number) for number in range(start, min(start + BURST, count))]
        if list(await peer.echo_all(burst)) != burst:
            raise WrongAnswer(f"burst at {start}")


async def _prompt_one_by_one(peer: Peer, session: Session, count: int) -> None:
    for _ in range(count):
        await _prompt(session, AT_ONCE, 0)


async def _stream(peer: Peer, session: Session, count: int) -> None:
    if count:
        await _prompt(session, stream_command(count), count * CHUNK_BYTES)


def _long_prompts(mebibytes: int) -> Operate:
    async def operate(peer: Peer, session: Session, count: int) -> None:
        for _ in range(count):
            await _prompt(session, long_text(mebibytes), 0)

    return operate


async def _prompt(session: Session, text: str, expected: int) -> None:
    received = await session.prompt(text)
    if received != expected:
        raise WrongAnswer(f"{received} characters instead of {expected} for {text[:40]!r}")


Operate = Callable[[Peer, Session, int], Awaitable[None]]

OPERATIONS: dict[str, Operate] = {
    "a1": _echo_one_by_one,
    "a2": _prompt_one_by_one,
    "b1": _echo_in_bursts,
    "c": _stream,
    "d-1MiB": _long_prompts(1),
    "d-10MiB": _long_prompts(10),
}
"""How each workload runs N operations."""
