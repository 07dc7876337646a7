"""The harness of cancellation: it comes to every point, and says at which one something was wrong."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trio

from acp_trio.testing import CancelPoints, Scene, cancel_everywhere, count_points

pytestmark = [pytest.mark.promise("P16", "P24"), pytest.mark.rule(28)]


def plain(operation: Callable[[], Awaitable[object]]) -> Scene:
    @asynccontextmanager
    async def scene() -> AsyncGenerator[Callable[[], Awaitable[object]]]:
        yield operation

    return scene


async def test_it_cancels_before_the_first_step_and_at_each_checkpoint(autojump_clock):
    reached: list[int] = []

    async def operation() -> None:
        for number in range(4):
            reached.append(number)
            await trio.lowlevel.checkpoint()
        reached.append(4)

    points = await cancel_everywhere(plain(operation))
    assert reached == [0, 0, 0, 1, 0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 4]
    assert points == CancelPoints(own=5, all=5)


async def test_it_cancels_between_the_steps_of_other_tasks_too(autojump_clock):
    async def other() -> None:
        for _ in range(5):
            await trio.lowlevel.checkpoint()

    async def operation() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)

    points = await count_points(plain(operation))
    assert (points.own, points.all) == (2, 8)
    assert await cancel_everywhere(plain(operation)) == points
    assert await cancel_everywhere(plain(operation), own_only=True) == points


async def test_a_cancellation_that_is_swallowed_is_not_the_end(autojump_clock):
    went_on = 0

    async def operation() -> None:
        nonlocal went_on
        with trio.move_on_after(1, shield=True):
            await trio.lowlevel.checkpoint()
        await trio.lowlevel.cancel_shielded_checkpoint()
        went_on += 1

    assert (await cancel_everywhere(plain(operation))).own == 3
    assert went_on == 4


async def test_what_is_left_behind_is_found_where_it_is_left(autojump_clock):
    async with trio.open_nursery() as nursery:

        async def operation() -> None:
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            try:
                await trio.lowlevel.checkpoint()
            except trio.Cancelled:
                nursery.start_soon(trio.sleep_forever, name="straggler")
                raise

        with pytest.raises(AssertionError, match="left behind: task straggler") as caught:
            await cancel_everywhere(plain(operation))
        nursery.cancel_scope.cancel()
    assert caught.value.__notes__ == ["when the operation was cancelled behind step 3"]


async def test_what_does_not_hold_behind_the_operation_is_raised(autojump_clock):
    @asynccontextmanager
    async def scene() -> AsyncGenerator[Callable[[], Awaitable[object]]]:
        done: list[None] = []

        async def operation() -> None:
            await trio.lowlevel.checkpoint()
            done.append(None)

        yield operation
        assert done == []

    with pytest.raises(AssertionError) as caught:
        await cancel_everywhere(scene)
    assert caught.value.__notes__ == ["when the operation was not cancelled, in 1 steps"]


async def test_an_operation_that_fails_when_it_is_cancelled_is_raised(autojump_clock):
    async def operation() -> None:
        try:
            await trio.lowlevel.checkpoint()
        except trio.Cancelled:
            raise ValueError("mine") from None

    with pytest.raises(ValueError, match="mine"):
        await cancel_everywhere(plain(operation))
