"""The services behind a link: how long they run, and what leaves their block."""

from __future__ import annotations

import signal

import pytest
import trio
import trio.testing

from acp_trio.transports._background import background


async def test_a_service_runs_until_the_block_is_left_though_the_block_is_cancelled(autojump_clock) -> None:
    ended: list[float] = []

    async def serve() -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append(trio.current_time())

    start = trio.current_time()
    with trio.move_on_after(1) as scope:
        async with background(serve, serve):
            try:
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True, deadline=start + 3):
                    await trio.sleep_forever()
    assert scope.cancelled_caught
    assert ended == [start + 3] * 2


async def test_a_service_that_ends_is_not_missed(autojump_clock) -> None:
    async with background(trio.lowlevel.checkpoint):
        await trio.sleep(1)


@pytest.mark.promise("P12")
async def test_the_exception_of_the_body_leaves_as_itself_and_with_its_context(autojump_clock) -> None:
    with pytest.raises(KeyError) as caught:  # noqa: PT012 -- it must come out of the block
        async with background(trio.sleep_forever):
            try:
                raise ValueError("context")
            except ValueError:
                raise KeyError("mine")  # noqa: B904 -- its context is what is tested
    assert isinstance(caught.value.__context__, ValueError)


async def test_a_service_that_fails_is_a_defect_that_leaves_in_a_group(autojump_clock) -> None:
    async def fail() -> None:
        await trio.lowlevel.checkpoint()
        raise ValueError("defect")

    with pytest.RaisesGroup(pytest.RaisesGroup(ValueError)):
        async with background(fail):
            await trio.sleep_forever()


@pytest.mark.rule(20)
def test_ctrl_c_while_the_services_are_awaited_is_no_group() -> None:
    @trio.lowlevel.enable_ki_protection
    async def interrupt_when_cancelled() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.testing.wait_all_tasks_blocked()
                signal.raise_signal(signal.SIGINT)

    async def main() -> None:
        with trio.fail_after(10):
            async with background(interrupt_when_cancelled):
                await trio.testing.wait_all_tasks_blocked()

    with pytest.raises(KeyboardInterrupt):
        trio.run(main)
