"""Flow control: who waits, in which order, what `Cancelled` means, and what happens above the hard bound."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio.connection import Hooks, Limits, _slice
from acp_trio.jsonrpc import LocalMisuse
from acp_trio.transports import ConnectionLost

from .peer import answer, call, connected, connected_pair, note, on_notification, on_request, outcome_of

pytestmark = [pytest.mark.promise("P10")]

SMALL = Limits(maximum_frame=64 * 1024, outgoing_soft=16 * 1024)
FILLER = "x" * 30_000


async def fill(conn) -> int:
    """Notify until the wire and the queue up to the soft mark are full; how many notifications that took."""
    count = 0
    while conn.statistics().bytes_unwritten <= SMALL.outgoing_soft:
        await conn.notify("filler", [count, FILLER])
        count += 1
        await trio.testing.wait_all_tasks_blocked()
    return count


@pytest.mark.rule(13)
async def test_senders_wait_at_the_soft_mark_first_come_first_served(autojump_clock) -> None:
    async with connected(limits=SMALL) as (conn, peer), trio.open_nursery() as nursery:
        before = await fill(conn)
        for number in range(30):
            nursery.start_soon(conn.notify, "numbered", [number])
            await trio.testing.wait_all_tasks_blocked()
        assert conn.statistics().messages_sent == before
        for _ in range(before):
            assert (await peer.read())["method"] == "filler"
        assert [(await peer.read())["params"] for _ in range(30)] == [[number] for number in range(30)]


@pytest.mark.rule(13)
async def test_requests_and_notifications_wait_in_one_line_and_who_gives_up_leaves_it(autojump_clock) -> None:
    async with connected(limits=SMALL) as (conn, peer), trio.open_nursery() as nursery:
        before = await fill(conn)
        scopes = []
        for number in range(30):
            scope = trio.CancelScope()
            scopes.append(scope)
            send = conn.notify if number % 3 else conn.request
            nursery.start_soon(cancellable, scope, send, number)
            await trio.testing.wait_all_tasks_blocked()
        gone = {0, 1, 10, 12, 29}
        for number in gone:
            scopes[number].cancel()
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(before):
            await peer.read()
        kept = [number for number in range(30) if number not in gone]
        assert [(await peer.read())["params"] for _ in kept] == [[number] for number in kept]
        nursery.cancel_scope.cancel()


async def cancellable(scope: trio.CancelScope, send, number: int) -> None:
    with scope:
        await send("numbered", [number])


@pytest.mark.rule(13)
async def test_what_waits_is_what_was_sent_though_its_object_changes_meanwhile(autojump_clock) -> None:
    async with connected(limits=SMALL) as (conn, peer), trio.open_nursery() as nursery:
        before = await fill(conn)
        params = ["as sent"]
        nursery.start_soon(conn.notify, "changing", params)
        await trio.testing.wait_all_tasks_blocked()
        params[0] = "changed"
        for _ in range(before):
            await peer.read()
        assert (await peer.read())["params"] == ["as sent"]


@pytest.mark.rule(13)
async def test_what_is_too_long_to_be_sent_does_not_wait_to_hear_it(autojump_clock) -> None:
    async with connected(limits=SMALL) as (conn, _peer):
        await fill(conn)
        with pytest.raises(LocalMisuse, match="maximum_frame"):
            await conn.notify("large", ["x" * SMALL.maximum_frame])


@pytest.mark.rule(13)
async def test_many_large_waiting_messages_never_reach_the_hard_bound(autojump_clock) -> None:
    async with connected(limits=SMALL) as (conn, peer), trio.open_nursery() as nursery:
        before = await fill(conn)
        for number in range(40):
            nursery.start_soon(conn.notify, "large", [number, FILLER])
        for _ in range(before + 40):
            await peer.read()
            assert conn.statistics().bytes_unwritten < SMALL.outgoing_hard


@pytest.mark.rule(13)
@pytest.mark.promise("P21")
@pytest.mark.parametrize("kind", ["notification", "request"])
async def test_a_sender_that_is_cancelled_while_it_waits_sent_nothing(autojump_clock, kind) -> None:
    async with connected(limits=SMALL) as (conn, peer), trio.open_nursery() as nursery:
        before = await fill(conn)
        send = conn.notify if kind == "notification" else conn.request
        for place in range(3):  # the first in the queue, one in its middle, the last
            with trio.move_on_after(1) as scope:
                await send("cancelled", [place])
            assert scope.cancelled_caught
            nursery.start_soon(conn.notify, "kept", [place])
            await trio.testing.wait_all_tasks_blocked()
        assert conn.statistics().requests_waiting == 0
        methods = [(await peer.read())["method"] for _ in range(before + 3)]
        assert methods == ["filler"] * before + ["kept"] * 3
        assert conn.statistics().messages_sent == before + 3


@pytest.mark.rule(13)
@pytest.mark.promise("P21")
async def test_a_request_that_is_cancelled_after_it_was_queued_sends_a_cancel(autojump_clock) -> None:
    async with connected() as (conn, peer):
        with trio.move_on_after(1):
            await conn.request("ours")
        assert (await peer.read())["method"] == "ours"
        assert (await peer.read())["params"] == {"requestId": 1}
        assert conn.statistics().requests_waiting == 0
        await peer.send(answer(1, "late"))
        await trio.testing.wait_all_tasks_blocked()
        assert conn.statistics().answers_late == 1


@pytest.mark.rule(13)
async def test_replies_and_what_a_holder_sends_pass_the_mark(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "go")
    async def go(_params, conn):
        await conn.notify("from the holder")
        return "reply"

    async with connected(hooks, SMALL) as (conn, peer), trio.open_nursery() as nursery:
        before = await fill(conn)
        nursery.start_soon(conn.notify, "waits")
        await trio.testing.wait_all_tasks_blocked()
        await peer.send(call(1, "go"))
        await trio.testing.wait_all_tasks_blocked()
        assert conn.statistics().messages_sent == before + 2
        rest = [await peer.read() for _ in range(before + 3)][before:]
        assert [message.get("method") for message in rest] == ["from the holder", None, "waits"]


@pytest.mark.rule(13)
async def test_a_sender_whose_message_cannot_be_encoded_gives_its_turn_to_the_next(autojump_clock) -> None:
    async with connected(limits=SMALL) as (conn, peer), trio.open_nursery() as nursery:
        before = await fill(conn)

        async def bad() -> None:
            with pytest.raises(TypeError):
                await conn.request("bad", [object()])

        for _ in range(3):
            nursery.start_soon(bad)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(conn.notify, "good")
            await trio.testing.wait_all_tasks_blocked()
        assert [(await peer.read())["method"] for _ in range(before + 3)][before:] == ["good"] * 3


@pytest.mark.rule(13)
@pytest.mark.promise("P1")
async def test_above_the_hard_bound_the_peer_counts_as_gone(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "go", concurrent=True)
    async def go(_params):
        return FILLER

    async with connected(hooks, SMALL) as (conn, peer), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await trio.testing.wait_all_tasks_blocked()
        for number in range(30):  # replies pass the soft mark, and nobody reads them
            await peer.send(call(number, "go"))
        await trio.sleep(1)
        assert isinstance(results[0], ConnectionLost)
        assert "stopped reading" in str(results[0])
        assert conn.is_closed
        assert conn.statistics().bytes_unwritten == 0
        with pytest.raises(ConnectionLost):
            await conn.notify("more")
        with pytest.raises(ConnectionLost):
            await conn.request("more")


@pytest.mark.rule(13)
@pytest.mark.promise("P1")
async def test_senders_that_wait_for_room_learn_that_the_peer_is_gone(autojump_clock) -> None:
    async with connected(limits=SMALL) as (conn, peer), trio.open_nursery() as nursery:
        await fill(conn)
        results = []
        for _ in range(5):
            nursery.start_soon(outcome_of, conn.notify("note"), results)
            nursery.start_soon(outcome_of, conn.request("ours"), results)
        await trio.testing.wait_all_tasks_blocked()
        peer.vanish()
        await trio.testing.wait_all_tasks_blocked()
        assert [type(result) for result in results] == [ConnectionLost] * 10


@pytest.mark.rule(13)
async def test_a_request_above_those_in_flight_is_refused_unrun(autojump_clock) -> None:
    hooks = Hooks()
    release = trio.Event()
    ran = []

    @on_request(hooks, "go", concurrent=True)
    async def go(params):
        ran.append(params)
        await release.wait()

    async with connected(hooks, Limits(requests_in_flight=3)) as (conn, peer):
        await peer.send(*(call(number, "go", [number]) for number in range(5)))
        for number in (3, 4):
            message = await peer.read()
            assert (message["id"], message["error"]["code"]) == (number, -32603)
        await trio.testing.wait_all_tasks_blocked()
        assert conn.statistics().requests_in_flight == len(ran) == 3
        release.set()
        await peer.answers(3)
        await peer.send(call(9, "go"))
        assert await peer.read() == answer(9, None)


@pytest.mark.promise("P7")
async def test_a_message_above_the_maximum_raises_at_its_sender_and_sends_nothing(autojump_clock) -> None:
    async with connected(limits=SMALL) as (conn, peer):
        with pytest.raises(LocalMisuse, match="maximum_frame"):
            await conn.notify("note", ["x" * 70_000])
        with pytest.raises(LocalMisuse, match="maximum_frame"):
            await conn.request("ours", ["x" * 70_000])
        assert conn.statistics().requests_waiting == 0
        await conn.notify("fine")
        assert (await peer.read())["method"] == "fine"


@pytest.mark.promise("P21")
async def test_params_that_are_not_json_raise_at_their_sender_and_send_nothing(autojump_clock) -> None:
    async with connected() as (conn, peer):
        for send in (conn.notify, conn.request):
            with pytest.raises(TypeError):
                await send("m", [object()])
        assert conn.statistics().requests_waiting == conn.statistics().messages_sent == 0
        await conn.notify("fine")
        assert (await peer.read())["method"] == "fine"


@pytest.mark.rule(29)
@pytest.mark.promise("P21")
async def test_notify_checks_for_cancellation_at_every_call_and_sends_nothing_then(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = 0
        with trio.CancelScope() as scope:
            for _ in range(10):
                await conn.notify("note", [sent])
                sent += 1
            scope.cancel()
            await conn.notify("never")
        assert scope.cancelled_caught
        assert conn.statistics().messages_sent == sent == 10
        assert [(await peer.read())["params"] for _ in range(10)] == [[number] for number in range(10)]


class Steps(trio.abc.Instrument):
    """Counts the steps of the task that made it."""

    def __init__(self) -> None:
        self.task = trio.lowlevel.current_task()
        self.count = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.count += task is self.task


@pytest.mark.rule(13)
@pytest.mark.promise("P21", "P24")
async def test_a_sender_that_is_cancelled_as_its_turn_comes_was_heard_or_was_cancelled(autojump_clock) -> None:
    """In every step around that in which room comes, twice, since tasks of one step run in either order."""
    for pause in [pause for pause in range(40) for _ in range(2)]:
        async with connected(limits=SMALL) as (conn, peer), trio.open_nursery() as nursery:
            before = await fill(conn)
            scope = trio.CancelScope()
            nursery.start_soon(cancellable, scope, conn.notify, 0)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(cancel_after, scope, pause)
            for _ in range(before):
                await peer.read()
            await trio.testing.wait_all_tasks_blocked()
            await conn.notify("the end")
            heard = (await peer.read())["method"]
            assert heard == ("the end" if scope.cancelled_caught else "numbered")


async def cancel_after(scope: trio.CancelScope, steps: int) -> None:
    for _ in range(steps):
        await trio.lowlevel.checkpoint()
    scope.cancel()


@pytest.mark.rule(13)
@pytest.mark.promise("P21")
async def test_nothing_that_waits_in_line_is_lost_when_somebody_waits_for_all_to_be_written(autojump_clock) -> None:
    async with connected(limits=SMALL) as (conn, peer), trio.open_nursery() as nursery:
        before = await fill(conn)
        for number in range(4):
            nursery.start_soon(conn.notify if number % 2 else conn.request, "numbered", [number])
            await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(conn.flush)
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(before):
            await peer.read()
        with trio.fail_after(5):
            assert [(await peer.read())["params"] for _ in range(4)] == [[number] for number in range(4)]
        nursery.cancel_scope.cancel()


@pytest.mark.rule(29)
@pytest.mark.parametrize(
    "slice_, where",
    [(1000.0, [64, 128, 192, 256]), (-1.0, list(range(64, 257, 8)))],
    ids=["fast", "longer than its slice"],
)
async def test_notify_lets_others_run_at_every_sixty_fourth_call_or_when_its_time_is_over(
    autojump_clock, monkeypatch, slice_, where
) -> None:
    monkeypatch.setattr(_slice, "SLICE", slice_)
    async with connected() as (conn, _peer):
        steps = Steps()
        trio.lowlevel.add_instrument(steps)
        seen = []
        for number in range(1, 64 * 4 + 1):
            await conn.notify("note")
            if len(seen) < steps.count:
                seen.append(number)
        trio.lowlevel.remove_instrument(steps)
        assert seen == where


@pytest.mark.rule(29)
@pytest.mark.promise("P21")
async def test_a_notification_that_was_sent_is_not_reported_as_cancelled(autojump_clock) -> None:
    async with connected() as (conn, _peer), trio.open_nursery() as nursery:
        returned = []

        async def send() -> None:
            for number in range(64):
                await conn.notify("note", [number])
                returned.append(number)
                if number == 62:
                    nursery.cancel_scope.deadline = trio.current_time()  # noticed at the checkpoint of the 64th

        nursery.start_soon(send)
    assert nursery.cancel_scope.cancel_called
    assert conn.statistics().messages_sent == len(returned) == 64


async def test_a_hundred_thousand_notifications_through_small_bounds_lose_nothing(autojump_clock) -> None:
    count = 100_000
    hooks = Hooks()
    seen = []

    @on_notification(hooks, "note")
    async def on_note(params):
        seen.append(params)

    async with connected_pair(None, hooks, SMALL) as (conn, _other):
        most = 0
        for number in range(count):
            await conn.notify("note", [number])
            most = max(most, conn.statistics().bytes_unwritten) if not number % 100 else most
        await conn.flush()
        await trio.testing.wait_all_tasks_blocked()
        assert most <= SMALL.outgoing_soft + 200
    assert seen == [[number] for number in range(count)]


async def test_two_sides_that_flood_each_other_from_their_handlers_do_not_stop_each_other(autojump_clock) -> None:
    """The deadlock of two dispatch loops that both wait for room: a holder never waits."""
    left, right = Hooks(), Hooks()
    counts = {"left": 0, "right": 0}

    for name, hooks in (("left", left), ("right", right)):

        @on_notification(hooks, "ball")
        async def on_ball(params, conn, name=name):
            counts[name] += 1
            if params[0]:
                await conn.notify("ball", [params[0] - 1, "x" * 2000])

    async with (
        connected_pair(left, right, Limits(outgoing_soft=4096)) as (left_conn, right_conn),
        trio.open_nursery() as nursery,
    ):

        async def serve(conn) -> None:
            for _ in range(100):
                await conn.notify("ball", [10, "x" * 2000])

        nursery.start_soon(serve, left_conn)
        nursery.start_soon(serve, right_conn)
        while sum(counts.values()) < 2 * 100 * 11:
            await trio.testing.wait_all_tasks_blocked()


@pytest.mark.parametrize("maximum_frame", [64 * 1024, 200 * 1024])
async def test_senders_wait_before_the_peer_counts_as_gone_however_short_the_longest_message(
    autojump_clock, maximum_frame
) -> None:
    async with connected(limits=Limits(maximum_frame=maximum_frame)) as (conn, _peer):
        with trio.move_on_after(1) as patience:
            while True:
                await conn.notify("note", [FILLER])
        assert patience.cancelled_caught
        assert not conn.is_closed


async def test_a_message_may_be_as_long_as_the_longest_that_is_taken(autojump_clock) -> None:
    async with connected_pair(limits=Limits(maximum_frame=1000)) as (left, right):
        shell = len('{"jsonrpc":"2.0","method":"n","params":[""]}')
        with pytest.raises(LocalMisuse, match="1001 bytes is longer"):
            await left.notify("n", ["x" * (1001 - shell)])
        await left.notify("n", ["x" * (1000 - shell)])
        await trio.testing.wait_all_tasks_blocked()
        statistics = right.statistics()
        assert (statistics.messages_received, statistics.malformed) == (1, 0)


async def test_flush_waits_for_what_was_sent_before_it_and_not_for_what_others_go_on_sending(autojump_clock) -> None:
    async def chatter(conn) -> None:
        while True:
            await conn.notify("chatter", [FILLER])

    async def flush(conn) -> None:
        await conn.flush()
        flushed.append(conn.statistics().messages_sent)

    flushed: list[int] = []
    async with connected(limits=SMALL) as (conn, peer), trio.open_nursery() as nursery:
        nursery.start_soon(chatter, conn)
        await trio.testing.wait_all_tasks_blocked()
        sent = conn.statistics().messages_sent
        nursery.start_soon(flush, conn)
        await trio.testing.wait_all_tasks_blocked()
        assert flushed == []
        while not flushed:
            await peer.read()
            await trio.testing.wait_all_tasks_blocked()
        assert sent <= flushed[0] < 3 * sent
        nursery.cancel_scope.cancel()


async def test_what_was_read_ahead_lets_other_tasks_run_in_between(autojump_clock, monkeypatch) -> None:
    ticks = iter(range(10**9))
    monkeypatch.setattr(_slice.time, "perf_counter", lambda: next(ticks) / 1000)  # each look is a millisecond later
    hooks, release, seen = Hooks(), trio.Event(), []

    @on_notification(hooks, "hold")
    async def hold(_params):
        await release.wait()

    @on_notification(hooks, "n")
    async def take(_params):
        seen.append(True)

    async with connected(hooks) as (_conn, peer):
        await peer.send(note("hold"))
        for _ in range(1000):
            await peer.send(note("n"))  # a chunk each
        await trio.testing.wait_all_tasks_blocked()
        release.set()
        looks = 0
        while len(seen) < 1000:
            await trio.lowlevel.checkpoint()
            looks += 1
        assert looks > 50
