"""The relay: bounded, in order, and nothing of a turn that is over comes out of it."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import LocalMisuse
from acp_trio.runtime import RELAY_CAPACITY, Relay, RuntimeEvent

pytestmark = pytest.mark.usefixtures("nothing_leaks")


def event(payload: Any, turn: int | None = None, agent: str = "a") -> RuntimeEvent:
    return RuntimeEvent(agent, turn, payload)


class Taken(list[Any]):
    """What was delivered; `gate` holds the delivery."""

    def __init__(self) -> None:
        self.gate = trio.Event()
        self.gate.set()

    async def take(self, delivered: RuntimeEvent) -> None:
        await self.gate.wait()
        self.append(delivered.payload)


async def send_all(relay: Relay, agent: str, count: int) -> None:
    for number in range(count):
        await relay.send(event((agent, number), agent=agent))


async def test_who_sends_waits_for_room_and_the_order_of_each_agent_is_kept(autojump_clock):
    taken, relay = Taken(), Relay()
    most = 0

    async def take_slowly(delivered: RuntimeEvent) -> None:
        nonlocal most
        most = max(most, len(relay))
        await trio.sleep(0.001)
        taken.append(delivered.payload)

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(relay.deliver, take_slowly)
            async with trio.open_nursery() as senders:
                senders.start_soon(send_all, relay, "a", 5000)
                senders.start_soon(send_all, relay, "b", 5000)
            await relay.flush(None)
            nursery.cancel_scope.cancel()
    assert most <= RELAY_CAPACITY
    for agent in "ab":
        assert [number for sender, number in taken if sender == agent] == list(range(5000))


async def test_what_a_turn_left_is_dropped_and_the_rest_is_not(autojump_clock):
    dropped: list[Any] = []
    taken, relay = Taken(), Relay(on_drop=lambda left: dropped.append(left.payload))
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            with relay.turn() as turn:
                await relay.send(event("old", turn))
                await relay.send(event("status"))
                relay.send_nowait(event("late", turn))
            with relay.turn() as turn:
                nursery.start_soon(relay.deliver, taken.take)
                await relay.send(event("new", turn))
                await relay.flush(turn)
            nursery.cancel_scope.cancel()
    assert taken == ["status", "new"]
    assert dropped == ["old", "late"]


async def test_the_end_of_a_turn_cancels_a_delivery_that_hangs_and_the_next_event_is_delivered(autojump_clock):
    taken, relay = Taken(), Relay()
    taken.gate = trio.Event()
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(relay.deliver, taken.take)
            with relay.turn() as turn:
                await relay.send(event("stuck", turn))
                await trio.testing.wait_all_tasks_blocked()
            taken.gate.set()
            await relay.send(event("next"))
            await relay.flush(None)
            nursery.cancel_scope.cancel()
    assert taken == ["next"]


async def test_the_end_of_a_turn_leaves_alone_what_belongs_to_none_and_who_waits_for_the_next(autojump_clock):
    taken, relay = Taken(), Relay()
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(relay.deliver, taken.take)
            for held in (False, True):
                if held:
                    taken.gate = trio.Event()
                    await relay.send(event("of no turn"))
                with relay.turn():
                    await trio.testing.wait_all_tasks_blocked()
                taken.gate.set()
                await relay.send(event("behind"))
                await relay.flush(None)
            nursery.cancel_scope.cancel()
    assert taken == ["behind", "of no turn", "behind"]


async def test_a_delivery_that_notices_no_cancel_is_finished_and_the_next_turn_is_delivered(autojump_clock):
    relay, taken = Relay(), []

    async def take_and_end(delivered: RuntimeEvent) -> None:
        taken.append(delivered.payload)
        ends.set()
        with trio.CancelScope(shield=True):
            await trio.testing.wait_all_tasks_blocked()

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(relay.deliver, take_and_end)
            for number in range(3):
                ends = trio.Event()
                with relay.turn() as turn:
                    await relay.send(event(number, turn))
                    await ends.wait()
            await relay.flush(None)
            nursery.cancel_scope.cancel()
    assert taken == [0, 1, 2]


async def test_cancelling_a_sender_that_waits_for_room_sends_nothing_and_wakes_the_next(autojump_clock):
    taken, relay = Taken(), Relay(1)
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            await relay.send(event("first"))
            with trio.move_on_after(1):
                await relay.send(event("never"))
            nursery.start_soon(relay.send, event("second"))
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(relay.deliver, taken.take)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
    assert taken == ["first", "second"]


async def test_what_ends_something_passes_a_full_relay(autojump_clock):
    taken, relay = Taken(), Relay(1)
    with trio.fail_after(5):
        await relay.send(event("full"))
        relay.send_nowait(event("end"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(relay.deliver, taken.take)
            await relay.flush(None)
            nursery.cancel_scope.cancel()
    assert taken == ["full", "end"]


async def test_when_nobody_delivers_any_more_senders_are_told_and_what_waits_is_dropped(autojump_clock):
    dropped: list[Any] = []
    relay = Relay(1, on_drop=lambda left: dropped.append(left.payload))
    told: list[str] = []

    async def send(payload: str) -> None:
        try:
            await relay.send(event(payload))
        except trio.BrokenResourceError:
            told.append(payload)

    async def hang(_event: RuntimeEvent) -> None:
        await trio.sleep_forever()

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            delivery = await nursery.start(start_delivery, relay, hang)
            for payload in ("taken", "waits", "third", "fourth"):
                nursery.start_soon(send, payload)
                await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(relay.flush, None)
            delivery.cancel()
        with pytest.raises(trio.BrokenResourceError):
            relay.send_nowait(event("after"))
        await relay.flush(None)
    assert sorted(told) == ["fourth", "third"]
    assert dropped == ["waits", "third", "fourth", "after"]


async def start_delivery(relay: Relay, take: Any, *, task_status: trio.TaskStatus[trio.CancelScope]) -> None:
    with trio.CancelScope() as scope:
        task_status.started(scope)
        await relay.deliver(take)


async def test_a_relay_without_room_and_two_turns_at_once_are_refused():
    with pytest.raises(ValueError, match="room"):
        Relay(0)
    relay = Relay()
    with relay.turn(), pytest.raises(LocalMisuse, match="one turn"), relay.turn():
        pass
