"""Order: answers after what was sent before them, and a waiter's next step before the next message.

trio runs tasks in an arbitrary order, so what depends on it is tried in thirty rounds.
"""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from acp_trio.connection import Hooks
from acp_trio.schema import v1

from .peer import answer, call, chunk, connected, connected_pair, note, on_notification, on_request

pytestmark = [pytest.mark.promise("P4")]

ROUNDS = 30
ASK = v1.ListSessionsRequest
EMPTY = {"sessions": []}


@pytest.mark.parametrize("concurrent", [True, False])
async def test_what_a_handler_sent_before_it_returned_precedes_its_answer(autojump_clock, concurrent) -> None:
    hooks = Hooks()

    @on_request(hooks, "go", concurrent=concurrent)
    async def go(params, conn):
        for number in range(params[0]):
            await conn.notify("note", [number])
        return "done"

    async with connected(hooks) as (_conn, peer):
        for count in (0, 1, 2, 63, 64, 65, 200):
            await peer.send(call(1, "go", [count]))
            assert [await peer.read() for _ in range(count)] == [note("note", [number]) for number in range(count)]
            assert await peer.read() == answer(1, "done")


async def test_answers_of_handlers_in_the_loop_come_in_the_order_of_their_requests(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "go")
    async def go(params):
        for _ in range(params[0]):
            await trio.lowlevel.checkpoint()

    async with connected(hooks) as (_conn, peer):
        await peer.send(*(call(number, "go", [number % 3]) for number in range(50)))
        assert [(await peer.read())["id"] for _ in range(50)] == list(range(50))


async def test_a_suspended_handler_does_not_keep_back_earlier_answers(autojump_clock) -> None:
    hooks = Hooks()
    release = trio.Event()

    @on_request(hooks, "fast")
    async def fast(_params):
        return "fast"

    @on_request(hooks, "slow")
    async def slow(_params):
        await release.wait()

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "fast"), call(2, "slow"), call(3, "fast"))
        assert await peer.read() == answer(1, "fast")
        release.set()
        assert [(await peer.read())["id"] for _ in range(2)] == [2, 3]


async def test_a_waiter_runs_before_the_message_behind_its_answer_is_dispatched(autojump_clock) -> None:
    """The barrier: what the waiter installs at once is there for the next notification or request."""
    for _ in range(ROUNDS):
        seen, installed = [], []
        async with connected(watching(seen, installed)) as (conn, peer), trio.open_nursery() as nursery:
            for name in ("a", "b", "c"):
                nursery.start_soon(ask_and_install, conn.request(name), name, installed)
                await peer.read()
            await peer.send(
                note("note"), answer(1, None), note("note"), answer(2, None), answer(3, None), call(1, "go")
            )
            assert await peer.read() == answer(1, ["a", "b", "c"])
        assert seen == [[], ["a"]]


async def test_the_barrier_holds_across_chunks_and_for_handles(autojump_clock) -> None:
    for _ in range(ROUNDS):
        installed = []
        async with connected(watching([], installed)) as (conn, peer), trio.open_nursery() as nursery:
            nursery.start_soon(ask_and_install, conn.send_request(ASK()).wait(), "handle", installed)
            await trio.testing.wait_all_tasks_blocked()
            await peer.read()
            await peer.send(answer(1, EMPTY))
            await peer.send(call(1, "go"))
            assert await peer.read() == answer(1, ["handle"])


def watching(seen, installed) -> Hooks:
    """Handlers that look at what is installed when they are dispatched."""
    hooks = Hooks()

    @on_notification(hooks, "note")
    async def on_note(_params):
        seen.append(sorted(installed))

    @on_request(hooks, "go")
    async def go(_params):
        return sorted(installed)

    return hooks


async def ask_and_install(asking, name, installed) -> None:
    await asking
    installed.append(name)


async def test_an_unwatched_answer_never_stalls_the_loop(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "echo")
    async def echo(params):
        return params

    async with connected(hooks) as (conn, peer):
        sent = conn.send_request(ASK())
        await peer.read()
        await peer.send(answer(1, EMPTY), call(1, "echo"))
        assert await peer.read() == answer(1, None)
        assert await sent.wait() == v1.ListSessionsResponse(sessions=[])


async def test_a_waiter_that_is_cancelled_as_its_answer_comes_never_stalls_the_loop(autojump_clock) -> None:
    for _ in range(ROUNDS):
        async with connected(watching([], [])) as (conn, peer):
            async with trio.open_nursery() as nursery:
                for _waiter in range(3):
                    nursery.start_soon(conn.request, "ours")
                    await peer.read()
                await peer.send(*(answer(number, None) for number in (1, 2, 3)), call("x", "go"))
                nursery.cancel_scope.cancel()
            messages = [await peer.read()]
            while "id" not in messages[-1]:
                messages.append(await peer.read())
            assert messages[-1] == answer("x", [])


async def test_callbacks_on_answers_run_in_the_loop_in_the_order_of_the_wire(autojump_clock) -> None:
    hooks = Hooks()
    seen = []

    @on_notification(hooks, "note")
    async def on_note(params):
        seen.append(params[0])

    async with connected(hooks) as (conn, peer):
        for name in ("first", "second"):
            conn.send_request(ASK()).call_on_answer(lambda _sent, name=name: seen.append(name))
            await peer.read()
        await peer.send(note("note", [1]), answer(2, EMPTY), note("note", [2]), answer(1, EMPTY), note("note", [3]))
        await trio.testing.wait_all_tasks_blocked()
        assert seen == [1, "second", 2, "first", 3]


async def test_answers_out_of_order_reach_whoever_asked(autojump_clock) -> None:
    left = Hooks()

    @on_request(left, "later", concurrent=True)
    async def later(params):
        await trio.sleep(params[0])
        return params

    async with connected_pair(left) as (_left_conn, right_conn), trio.open_nursery() as nursery:
        results = {}

        async def ask(seconds) -> None:
            results[seconds] = await right_conn.request("later", [seconds])

        for seconds in (3, 1, 2):
            nursery.start_soon(ask, seconds)
        await trio.sleep(10)
        assert results == {3: [3], 1: [1], 2: [2]}
        assert list(results) == [1, 2, 3]


async def test_a_long_batch_lets_other_tasks_run(autojump_clock) -> None:
    hooks = Hooks()
    seen = []
    waits = []

    @on_notification(hooks, "note")
    async def on_note(_params):
        seen.append(1)
        busy_until = time.perf_counter() + 0.0002
        while time.perf_counter() < busy_until:
            pass

    async with connected(hooks) as (_conn, peer), trio.open_nursery() as nursery:

        async def tick() -> None:
            while True:
                waits.append(len(seen))
                await trio.lowlevel.checkpoint()

        await peer.send(*(note("note") for _ in range(400)))
        nursery.start_soon(tick)
        while len(seen) < 400:
            await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    longest = max(later - earlier for earlier, later in pairwise(waits))
    assert longest <= 32  # a turn lasts a millisecond, and the clock is looked at every 8 messages


@settings(max_examples=60)
@given(sizes=st.lists(st.integers(1, 80), min_size=1, max_size=5), slow=st.sets(st.integers(0, 11)))
def test_messages_are_handled_in_the_order_received_at_any_chunk_boundary(sizes, slow) -> None:
    seen = trio.run(handled, sizes, slow, clock=trio.testing.MockClock(autojump_threshold=0))
    assert seen == list(range(12))


async def handled(sizes, slow):
    hooks = Hooks()
    seen = []

    async def handle(params):
        if params[0] in slow:
            await trio.sleep(1)
        seen.append(params[0])

    on_notification(hooks, "note")(handle)
    on_request(hooks, "go")(handle)
    data = chunk(*(note("note", [number]) if number % 2 else call(number, "go", [number]) for number in range(12)))
    async with connected(hooks) as (conn, peer):
        start = turn = 0
        while start < len(data):
            size = sizes[turn % len(sizes)]
            await peer.write(data[start : start + size])
            start, turn = start + size, turn + 1
        peer.end()
        await conn.wait_closed()
    return seen
