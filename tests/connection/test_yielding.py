"""What arrives while the dispatch loop lets other tasks run in the middle of a batch is neither lost nor late.

The order in which trio runs tasks of one tick is random, so each of these is a number of rounds: a message that can be
lost is lost in some of them.
"""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio.connection import Hooks, _incoming

from .peer import (
    answer,
    call,
    cancel,
    connected,
    leaving_nothing,
    maker,
    note,
    on_notification,
    on_request,
    open_to_raw_peer,
    outcome_of,
)

ROUNDS = 20
FILLERS = [note("filler")] * 6
"""With a held request in front, the next message is the eighth: the one before which the loop looks at the clock."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock says that the loop has run for too long."""
    monkeypatch.setattr(_incoming, "SLICE", -1.0)


def make_hooks(log: list[str]) -> Hooks:
    hooks = Hooks()

    @on_request(hooks, "hold")
    async def hold(_params):
        await trio.sleep(1)
        return {}

    @on_request(hooks, "step")
    async def step(_params):
        await trio.lowlevel.checkpoint()
        return {}

    @on_notification(hooks, "filler")
    async def filler(_params):
        pass

    @on_request(hooks, "work", concurrent=True)
    async def work(_params):
        await trio.sleep(50)
        log.append("finished")
        return {}

    return hooks


@pytest.mark.promise("P3")
@pytest.mark.rule(2)
async def test_a_cancel_that_comes_while_the_loop_yields_before_its_request_is_not_lost(
    autojump_clock, impatient
) -> None:
    log: list[str] = []
    for _ in range(ROUNDS):
        async with connected(make_hooks(log)) as (_conn, peer):
            await peer.send(call(1, "hold"), *FILLERS, call(2, "work"))
            await trio.sleep(1)  # the tick in which the loop goes on, and yields
            await peer.send(cancel(2))
            assert (await peer.answers(2))[2]["error"]["code"] == -32800
    assert log == []


@pytest.mark.promise("P3")
@pytest.mark.rule(2)
async def test_a_cancel_that_comes_while_the_loop_waits_for_a_woken_task_is_not_lost(autojump_clock) -> None:
    log: list[str] = []
    for _ in range(ROUNDS):
        async with connected(make_hooks(log)) as (conn, peer), trio.open_nursery() as nursery:

            async def ask(conn=conn, peer=peer) -> None:
                await conn.request("question")
                await peer.send(cancel(2))

            nursery.start_soon(ask)
            question = await peer.read()
            await peer.send(call(1, "step"), answer(question["id"], {}), call(2, "work"))
            assert (await peer.answers(2))[2]["error"]["code"] == -32800
    assert log == []


@pytest.mark.promise("P1")
async def test_an_answer_that_was_received_wins_over_the_end_of_the_stream_while_the_loop_yields(
    autojump_clock, impatient
) -> None:
    results: list[object] = []
    for _ in range(ROUNDS):
        with leaving_nothing():
            async with open_to_raw_peer(maker(make_hooks([]))) as (conn, peer), trio.open_nursery() as nursery:
                nursery.start_soon(outcome_of, conn.request("question"), results)
                question = await peer.read()
                await peer.send(call(1, "hold"), *FILLERS, answer(question["id"], {"won": True}))
                await trio.sleep(1)
                peer.vanish()
    assert results == [{"won": True}] * ROUNDS


@pytest.mark.promise("P3")
@pytest.mark.rule(25)
async def test_a_cancel_reaches_both_of_two_requests_with_one_id_one_running_and_one_still_to_come(
    autojump_clock,
) -> None:
    log: list[str] = []
    async with connected(make_hooks(log)) as (_conn, peer):
        await peer.send(call(5, "work"), call(6, "hold"), call(5, "work"))
        await trio.testing.wait_all_tasks_blocked()
        await peer.send(cancel(5))
        answers = [await peer.read() for _ in range(3)]
    assert [(line["id"], line.get("error", {}).get("code")) for line in answers] == [
        (5, -32800),
        (6, None),
        (5, -32800),
    ]
    assert log == []
