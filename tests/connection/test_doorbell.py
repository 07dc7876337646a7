"""The doorbell: one sleeper, any number of rings, and Ctrl-C between its lines."""

from __future__ import annotations

from typing import Any

import trio
import trio.testing

from acp_trio.connection import Doorbell


async def test_a_ring_that_finds_nobody_is_remembered_once(autojump_clock):
    bell = Doorbell()
    bell.ring()
    bell.ring()
    with trio.fail_after(5), trio.testing.assert_no_checkpoints():
        await bell.wait()
    with trio.move_on_after(1) as scope:
        await bell.wait()
    assert scope.cancelled_caught


async def test_a_sleeper_that_was_cancelled_is_not_woken_and_the_ring_is_kept(autojump_clock):
    bell = Doorbell()
    with trio.move_on_after(1):
        await bell.wait()
    bell.ring()
    with trio.fail_after(5):
        await bell.wait()


async def test_ctrl_c_cannot_come_between_going_to_sleep_and_sleeping(monkeypatch):
    protected: list[bool] = []

    async def sleep(_abort: Any) -> None:
        protected.append(trio.lowlevel.currently_ki_protected())
        await trio.lowlevel.checkpoint()

    monkeypatch.setattr(trio.lowlevel, "wait_task_rescheduled", sleep)
    await Doorbell().wait()
    assert protected == [True]
