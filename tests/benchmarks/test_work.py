"""How much work a message may make: task switches, system calls, instructions. No times.

A limit is what was counted and a little more. Who finds it exceeded has added work to every message: find out why, and
raise the limit only for something that is worth it. Who has made it less lowers the limit.
"""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from typing import Any

import pytest
import trio

import acp_trio
from acp_trio.conductor import Conductor
from acp_trio.runtime import AgentSpec, Runtime, SessionHost
from benchmarks.programs._echo import Echo
from benchmarks.programs.acp_trio_agent import make

from .work import Work, counting, open_over_pipes, work_per_message

pytestmark = pytest.mark.usefixtures("counted")

COUNTED_ON = (3, 11)
"""The instructions are those of one version of the compiler."""


async def echo_one_by_one(connection: acp_trio.ClientConnection, count: int) -> None:
    for number in range(count):
        await connection.request(Echo(number=number, text="hello"))


async def echo_at_once(connection: acp_trio.ClientConnection, count: int) -> None:
    sent = [connection.send_request(Echo(number=number, text="hello")) for number in range(count)]
    for each in sent:
        await each.wait()


async def stream(connection: acp_trio.ClientConnection, count: int) -> None:
    received = 0
    async with connection.open_session("/") as session, session.prompt(f"stream {count} 16") as turn:
        async for _update in turn:
            received += 1
    assert received == count


async def open_and_close(connection: acp_trio.ClientConnection, count: int) -> None:
    for _ in range(count):
        async with connection.open_session("/"):
            pass


WORKLOADS = [
    pytest.param(
        echo_one_by_one, (10, 60), Work(task_steps=3, system_calls=7, instructions=2500), id="a1, one after another"
    ),
    pytest.param(
        echo_at_once, (200, 700), Work(task_steps=0.1, system_calls=0.1, instructions=1700), id="b1, many at once"
    ),
    pytest.param(stream, (200, 700), Work(task_steps=0.2, system_calls=0.2, instructions=1080), id="c, a stream"),
    pytest.param(
        open_and_close, (10, 60), Work(task_steps=10, system_calls=18, instructions=7500), id="g, sessions one by one"
    ),
]


@pytest.mark.parametrize("operate, counts, limit", WORKLOADS)
async def test_a_message_switches_tasks_and_calls_the_system_no_more_often_than_it_did(operate, counts, limit) -> None:
    few, many = counts
    with trio.fail_after(60):
        work = await work_per_message(make(), operate, few=few, many=many)
    assert work.task_steps <= limit.task_steps, work
    assert work.system_calls <= limit.system_calls, work


@pytest.mark.skipif(sys.version_info[:2] != COUNTED_ON, reason="another version compiles to other instructions")
@pytest.mark.parametrize("operate, counts, limit", WORKLOADS)
async def test_a_message_executes_no_more_instructions_than_it_did(operate, counts, limit) -> None:
    few, many = counts
    with trio.fail_after(60):
        work = await work_per_message(make(), operate, few=few, many=many)
    assert work.instructions <= limit.instructions, work


async def test_a_row_passes_updates_on_in_batches() -> None:
    row = Conductor([acp_trio.Proxy("nothing")], make())
    with trio.fail_after(60):
        work = await work_per_message(row, stream, few=200, many=700)
    assert work.task_steps <= 0.5, work
    assert work.system_calls <= 0.2, work
    if sys.version_info[:2] == COUNTED_ON:
        assert work.instructions <= 2740, work


async def test_a_hosts_relay_passes_updates_on_in_batches() -> None:
    async def stream_it(turn: acp_trio.Turn, _runtime: Runtime) -> str:
        _, count, _ = turn.text.split()
        for _ in range(int(count)):
            await turn.say("x")
        return "end_turn"

    agent = acp_trio.Agent("host")
    SessionHost([AgentSpec(name="host", loop=stream_it)]).install(agent)
    with trio.fail_after(60):
        work = await work_per_message(agent, stream, few=200, many=700)
    assert work.task_steps <= 0.5, work
    assert work.system_calls <= 0.2, work
    if sys.version_info[:2] == COUNTED_ON:
        assert work.instructions <= 1520, work


@pytest.mark.slow
async def test_sessions_that_stream_all_at_once_stand_in_one_line_and_go_on_together() -> None:
    with trio.fail_after(60):
        async with open_over_pipes(make()) as connection, AsyncExitStack() as stack:
            sessions = [await stack.enter_async_context(connection.open_session("/")) for _ in range(800)]
            with counting() as counters:
                async with trio.open_nursery() as nursery:
                    for session in sessions:
                        nursery.start_soon(session.ask, "stream 5 16")
    work = counters.work()
    assert work.task_steps / len(sessions) <= 7, work
    assert work.system_calls / len(sessions) <= 0.5, work


async def test_one_more_task_switch_for_each_message_would_be_noticed() -> None:
    agent = acp_trio.Agent("slower")

    @agent.on_request("_bench/echo")
    async def echo(params: Any) -> Any:
        await trio.lowlevel.checkpoint()
        return params

    with trio.fail_after(60):
        plain = await work_per_message(make(), echo_one_by_one, few=10, many=60)
        slower = await work_per_message(agent, echo_one_by_one, few=10, many=60)
    assert slower.task_steps >= plain.task_steps + 1
    assert slower.system_calls > plain.system_calls >= 4  # a write and a read at each end are the least
