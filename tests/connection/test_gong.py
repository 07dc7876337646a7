"""The gong: whoever waits now is woken, whoever waits later is not."""

from __future__ import annotations

import trio
import trio.testing

from acp_trio.connection import Gong


async def test_all_who_wait_are_woken_and_nobody_who_comes_later(autojump_clock):
    gong, woken = Gong(), []

    async def wait(name: str) -> None:
        await gong.wait()
        woken.append(name)

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            gong.strike()  # for nobody
            nursery.start_soon(wait, "one")
            nursery.start_soon(wait, "two")
            await trio.testing.wait_all_tasks_blocked()
            assert woken == []
            gong.strike()
            nursery.start_soon(wait, "late")
            await trio.testing.wait_all_tasks_blocked()
            assert sorted(woken) == ["one", "two"]
            gong.strike()
    assert woken[2:] == ["late"]


async def test_who_is_cancelled_waits_no_more_and_takes_nothing_from_the_others(autojump_clock):
    gong, woken = Gong(), []

    async def wait() -> None:
        await gong.wait()
        woken.append("woken")

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            with trio.move_on_after(1):
                await gong.wait()
            gong.strike()
    assert woken == ["woken"]


async def test_waiting_is_a_checkpoint(autojump_clock):
    gong = Gong()
    with trio.CancelScope() as scope, trio.testing.assert_checkpoints():
        scope.cancel()
        await gong.wait()
    assert scope.cancelled_caught
