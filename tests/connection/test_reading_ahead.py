"""While a handler holds the dispatch loop the connection reads on: cancels and the end get through, up to a bound."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio.connection import Hooks, Limits
from acp_trio.transports import ConnectionLost

from .peer import answer, call, cancel, chunk, connected, note, on_notification, on_request, outcome_of

pytestmark = [pytest.mark.promise("P5")]

MIB = 1024 * 1024


class Held:
    """Hooks with a handler `hold` that holds the loop until it is released, and one that notes what is dispatched."""

    def __init__(self) -> None:
        self.hooks = Hooks()
        self.release = trio.Event()
        self.entered = trio.Event()
        self.dispatched = []

        @on_request(self.hooks, "hold")
        async def hold(_params):
            self.entered.set()
            await self.release.wait()
            return "held"

        @on_request(self.hooks, "echo")
        async def echo(params):
            self.dispatched.append(params)
            return params

        @on_notification(self.hooks, "note")
        async def on_note(params):
            self.dispatched.append(params)


@pytest.mark.rule(1)
@pytest.mark.rule(2)
@pytest.mark.promise("P1", "P4")
async def test_two_mebibytes_then_a_cancel_then_the_end_all_arrive_behind_a_held_handler(autojump_clock) -> None:
    held = Held()
    async with connected(held.hooks) as (conn, peer), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await peer.read()
        await peer.send(call(1, "hold"))
        await held.entered.wait()
        for number in range(64):  # 2 MiB
            await peer.send(note("note", [number, "x" * 32 * 1024]))
        await trio.testing.wait_all_tasks_blocked()
        assert held.dispatched == []
        assert conn.statistics().bytes_received > 2 * MIB
        await peer.send(cancel(1))
        peer.end()
        await conn.wait_closed()
        assert not held.release.is_set()
        assert [params[0] for params in held.dispatched] == list(range(64))
        assert (await peer.read())["error"]["code"] == -32800
        assert isinstance(results[0], ConnectionLost)


@pytest.mark.rule(1)
@pytest.mark.promise("P1")
async def test_the_end_fails_our_requests_at_once_though_a_handler_holds_the_loop(autojump_clock) -> None:
    held = Held()
    async with connected(held.hooks) as (conn, peer), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await peer.read()
        await peer.send(call(1, "hold"), note("note", ["before"]))
        await held.entered.wait()
        peer.end()
        await trio.testing.wait_all_tasks_blocked()
        assert isinstance(results[0], ConnectionLost)
        assert held.dispatched == []
        with pytest.raises(ConnectionLost):
            await conn.request("later")
        held.release.set()
        await conn.wait_closed()
        assert held.dispatched == [["before"]]


@pytest.mark.rule(1)
@pytest.mark.promise("P1")
@pytest.mark.parametrize("in_one_chunk", [True, False])
async def test_an_answer_received_before_the_end_still_wins(autojump_clock, in_one_chunk) -> None:
    held = Held()
    async with connected(held.hooks) as (conn, peer), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await peer.read()
        if in_one_chunk:
            await peer.send(call(1, "hold"), answer(1, "fine"))
        else:
            await peer.send(call(1, "hold"))
            await held.entered.wait()
            await peer.send(answer(1, "fine"))
        await held.entered.wait()
        peer.end()
        await trio.testing.wait_all_tasks_blocked()
        assert results == []
        held.release.set()
        await conn.wait_closed()
        assert results == ["fine"]


@pytest.mark.rule(1)
@pytest.mark.promise("P10")
async def test_a_full_queue_stops_the_reading_and_nothing_is_lost(autojump_clock) -> None:
    held = Held()
    limits = Limits(maximum_frame=64 * 1024)
    async with connected(held.hooks, limits) as (conn, peer), trio.open_nursery() as nursery:
        await peer.send(call(1, "hold"))
        await held.entered.wait()
        sent = []

        async def flood() -> None:
            for number in range(200):
                await peer.send(note("note", [number, "x" * 32 * 1024]))
                sent.append(number)

        nursery.start_soon(flood)
        await trio.testing.wait_all_tasks_blocked()
        assert limits.received < conn.statistics().bytes_received <= limits.received + 64 * 1024
        assert len(sent) < 60
        held.release.set()
        while len(held.dispatched) < 200:
            await trio.testing.wait_all_tasks_blocked()
        assert [params[0] for params in held.dispatched] == list(range(200))
        assert conn.statistics().bytes_received == 0


@pytest.mark.rule(1)
async def test_the_loop_takes_turns_between_reading_ahead_and_reading_for_itself(autojump_clock) -> None:
    held = Held()
    async with connected(held.hooks) as (_conn, peer):
        for number in range(5):
            held.release = trio.Event()
            held.entered = trio.Event()
            await peer.send(call(number, "hold"), call("a", "echo", [number]))
            await held.entered.wait()
            await peer.send(call("b", "echo", [number]))
            held.release.set()
            assert [(await peer.read())["id"] for _ in range(3)] == [number, "a", "b"]
            await peer.send(call("c", "echo"))
            assert await peer.read() == answer("c", None)


@pytest.mark.rule(2)
@pytest.mark.promise("P3")
async def test_a_cancel_of_what_waits_behind_a_held_handler_is_answered_unrun(autojump_clock) -> None:
    held = Held()
    async with connected(held.hooks) as (_conn, peer):
        await peer.send(call(1, "hold"), call(2, "echo", ["same chunk"]))
        await held.entered.wait()
        await peer.send(call(3, "echo", ["later"]), call(4, "echo", ["kept"]))
        await peer.send(cancel(2), cancel(3))
        await trio.testing.wait_all_tasks_blocked()
        held.release.set()
        messages = [await peer.read() for _ in range(4)]
        assert [message["id"] for message in messages] == [1, 2, 3, 4]
        assert [message.get("error", {}).get("code") for message in messages] == [None, -32800, -32800, None]
        assert held.dispatched == [["kept"]]


@pytest.mark.rule(2)
@pytest.mark.promise("P3")
async def test_a_cancel_of_the_handler_that_holds_the_loop_frees_it(autojump_clock) -> None:
    held = Held()
    async with connected(held.hooks) as (_conn, peer):
        await peer.send(call(1, "hold"), call(2, "echo"))
        await held.entered.wait()
        await peer.send(cancel(1))
        assert (await peer.read())["error"]["code"] == -32800
        assert await peer.read() == answer(2, None)


@pytest.mark.rule(2)
@pytest.mark.promise("P3")
async def test_a_cancel_in_the_chunk_of_its_request_stops_it_before_it_runs(autojump_clock) -> None:
    held = Held()
    async with connected(held.hooks) as (_conn, peer):
        await peer.send(call(1, "echo", ["no"]), cancel(1), call(2, "echo", ["yes"]))
        assert (await peer.read())["error"]["code"] == -32800
        assert await peer.read() == answer(2, ["yes"])
        assert held.dispatched == [["yes"]]


@pytest.mark.rule(2)
@pytest.mark.promise("P3")
async def test_a_cancel_before_its_request_is_not_remembered(autojump_clock) -> None:
    held = Held()
    async with connected(held.hooks) as (_conn, peer):
        await peer.send(cancel(1), call(1, "echo", ["yes"]))
        assert await peer.read() == answer(1, ["yes"])


@pytest.mark.rule(2)
@pytest.mark.promise("P3")
async def test_a_cancel_after_the_answer_does_not_touch_the_next_request_of_that_id(autojump_clock) -> None:
    held = Held()
    async with connected(held.hooks) as (_conn, peer):
        await peer.send(call(1, "echo"))
        await peer.read()
        await peer.send(cancel(1))
        await peer.send(call(1, "echo", ["again"]))
        assert await peer.read() == answer(1, ["again"])


@pytest.mark.rule(2)
async def test_a_second_cancel_is_nothing(autojump_clock) -> None:
    hooks = Hooks()
    cancelled = []

    @on_request(hooks, "slow", concurrent=True)
    async def slow(_params):
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            cancelled.append(1)
            raise

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "slow"))
        await trio.testing.wait_all_tasks_blocked()
        await peer.send(cancel(1), cancel(1))
        await peer.send(cancel(1))
        assert (await peer.read())["error"]["code"] == -32800
        assert cancelled == [1]


@pytest.mark.rule(2)
@pytest.mark.parametrize("split", range(1, 60, 7))
async def test_a_cancel_that_is_cut_in_two_chunks_overtakes_all_the_same(autojump_clock, split) -> None:
    held = Held()
    async with connected(held.hooks) as (_conn, peer):
        await peer.send(call(1, "hold"))
        await held.entered.wait()
        data = chunk(cancel(1))
        await peer.write(data[:split])
        await trio.testing.wait_all_tasks_blocked()
        await peer.write(data[split:])
        assert (await peer.read())["error"]["code"] == -32800


@pytest.mark.rule(2)
async def test_a_cancel_passes_the_handlers_as_a_notification_too(autojump_clock) -> None:
    held = Held()
    seen = []

    @on_notification(held.hooks, "$/cancel_request")
    async def on_cancel(params):
        seen.append(params)

    async with connected(held.hooks) as (_conn, peer):
        await peer.send(cancel(77), call(1, "echo"))
        await peer.read()
        assert seen == [{"requestId": 77}]


@pytest.mark.rule(3)
async def test_urgent_notifications_are_told_when_received_and_again_in_their_turn(autojump_clock) -> None:
    held = Held()
    told = []
    held.hooks.urgent["session/cancel"] = lambda params: told.append(("at once", params))

    @on_notification(held.hooks, "session/cancel")
    async def on_cancel(params):
        told.append(("in turn", params))

    async with connected(held.hooks) as (_conn, peer):
        await peer.send(call(1, "hold"))
        await held.entered.wait()
        await peer.send(note("note"), note("session/cancel", {"sessionId": "s"}))
        await trio.testing.wait_all_tasks_blocked()
        assert told == [("at once", {"sessionId": "s"})]
        held.release.set()
        await peer.read()
        await trio.testing.wait_all_tasks_blocked()
        assert told == [("at once", {"sessionId": "s"}), ("in turn", {"sessionId": "s"})]


@pytest.mark.rule(19)
@pytest.mark.promise("P3")
@pytest.mark.parametrize("running", [True, False])
async def test_a_cancelled_request_answers_the_result_that_its_method_has_for_it(autojump_clock, running) -> None:
    held = Held()
    held.hooks.cancelled_results["hold"] = {"stopReason": "cancelled"}
    async with connected(held.hooks) as (_conn, peer):
        await peer.send(call(1, "hold"), call(2, "hold"))
        await held.entered.wait()
        await peer.send(cancel(1 if running else 2))
        await trio.testing.wait_all_tasks_blocked()
        held.release.set()
        results = {1: (await peer.read())["result"], 2: (await peer.read())["result"]}
        assert (
            results == {1: {"stopReason": "cancelled"}, 2: "held"}
            if running
            else {1: "held", 2: {"stopReason": "cancelled"}}
        )


@pytest.mark.rule(19)
@pytest.mark.promise("P3")
async def test_a_cancelled_handler_that_raises_still_answers_the_cancelled_result(autojump_clock, caplog) -> None:
    hooks = Hooks(cancelled_results={"work": {"stopReason": "cancelled"}})

    @on_request(hooks, "work", concurrent=True)
    async def work(_params):
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError("torn down badly")

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "work"))
        await trio.testing.wait_all_tasks_blocked()
        await peer.send(cancel(1))
        assert await peer.read() == answer(1, {"stopReason": "cancelled"})
    assert "torn down badly" in caplog.text
