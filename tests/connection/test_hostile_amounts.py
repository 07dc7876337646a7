"""Much of what is cheap to send: it takes time in proportion, and memory within bounds."""

from __future__ import annotations

import time
import tracemalloc

import pytest
import trio
import trio.testing

from acp_trio.connection import Limits

from .peer import call, cancel, chunk, connected
from .test_reading_ahead import Held

pytestmark = pytest.mark.promise("P23", "P7")

ENOUGH = 10.0
"""Seconds of computing: many times what is needed, and a small part of what the square of these amounts takes."""

COUNT = 10_000

ONE_CHUNK = 8 * 1024 * 1024
"""Bytes that the smallest lines of one chunk take: it is read before it is known how much it takes."""


@pytest.fixture
def in_time():
    began = time.process_time()
    yield
    assert time.process_time() - began < ENOUGH


@pytest.mark.rule(2)
@pytest.mark.usefixtures("in_time")
async def test_a_cancel_for_each_of_many_requests_behind_a_held_handler_searches_no_queue(autojump_clock) -> None:
    held = Held()
    async with connected(held.hooks) as (_conn, peer), trio.open_nursery() as nursery:
        await peer.send(call("held", "hold"))
        await held.entered.wait()
        nursery.start_soon(peer.write, chunk(*[call(number, "echo", []) for number in range(COUNT)]))
        await trio.testing.wait_all_tasks_blocked()
        await peer.write(chunk(*[cancel(number) for number in range(COUNT)]))
        await trio.testing.wait_all_tasks_blocked()
        held.release.set()
        answers = await peer.answers(COUNT + 1)
    assert {answers[number]["error"]["code"] for number in range(COUNT)} == {-32800}
    assert held.dispatched == []


@pytest.mark.parametrize("line", [b"x", b"{}", b'{"method":"a"}', b'{"id":1,"method":"a"}'])
async def test_many_small_lines_behind_a_held_handler_take_no_more_memory_than_they_may(autojump_clock, line) -> None:
    limits = Limits(maximum_frame=64 * 1024)
    held = Held()
    data = (line + b"\n") * (64 * 1024 // (len(line) + 1))
    async with connected(held.hooks, limits=limits) as (_conn, peer):
        await peer.send(call("held", "hold"))
        await held.entered.wait()
        tracemalloc.start()
        with trio.move_on_after(1):
            while True:
                await peer.write(data)
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        held.release.set()
    assert taken < 2 * limits.received + ONE_CHUNK
