"""A watched value: nobody misses the last change, nobody waits for who watches."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio.runtime import Watch


async def test_the_value_is_there_at_once_and_replaced_at_once(autojump_clock) -> None:
    watch = Watch(1)
    assert watch.value == 1
    watch.set(2)
    assert watch.value == 2
    assert watch.update(lambda value: value + 1) == watch.value == 3
    assert repr(watch) == "<Watch 3>"


async def test_a_change_wakes_every_task_that_waits(autojump_clock) -> None:
    watch, seen = Watch("old"), []

    async def wait() -> None:
        seen.append(await watch.wait_change())

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            watch.set("new")
    assert seen == ["new"] * 3


async def test_an_equal_value_counts_as_a_change(autojump_clock) -> None:
    watch = Watch(1)
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch.wait_change)
            await trio.testing.wait_all_tasks_blocked()
            watch.set(1)


async def test_who_waits_for_a_value_gets_it_when_it_comes_or_if_it_is_there(autojump_clock) -> None:
    watch = Watch(0)

    async def count() -> None:
        for number in range(1, 6):
            await trio.sleep(1)
            watch.set(number)

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(count)
            assert await watch.wait_value(lambda value: value >= 3) == 3
            assert trio.current_time() == pytest.approx(3, abs=0.01)
            assert await watch.wait_value(lambda value: value >= 3) == 3


async def test_changes_give_the_value_as_it_is_and_then_each_latest_one(autojump_clock) -> None:
    watch, seen = Watch(0), []

    async def read() -> None:
        async for value in watch.changes():
            seen.append(value)
            await trio.sleep(9)  # meanwhile it changes twice or more
            if value == 6:
                break

    with trio.fail_after(100):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            for number in (1, 2, 3, 4, 5, 6):
                await trio.sleep(4)
                watch.set(number)
    assert seen == [0, 2, 4, 6]


async def test_no_change_is_lost_however_setting_and_waiting_fall_together(autojump_clock) -> None:
    for _ in range(30):
        watch, seen = Watch(0), []

        async def read(watch: Watch[int], seen: list[int]) -> None:
            async for value in watch.changes():
                seen.append(value)
                if value == 3:
                    break

        with trio.fail_after(10):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(read, watch, seen)
                for number in (1, 2, 3):
                    await trio.lowlevel.checkpoint()
                    watch.set(number)
        assert seen[-1] == 3
        assert seen == sorted(set(seen))


@pytest.mark.promise("P24")
async def test_cancelling_who_waits_leaves_the_others(autojump_clock) -> None:
    watch = Watch(0)
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch.wait_value, lambda value: value == 1)
            with trio.move_on_after(1):
                await watch.wait_change()
            watch.set(1)
