"""What a session has received and its reader has not taken: how much fits, and who is told that it caught up."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio import LocalMisuse
from acp_trio.connection import Laggards
from acp_trio.session._inbox import Inbox

pytestmark = [pytest.mark.usefixtures("nothing_leaks"), pytest.mark.promise("P10")]


def inbox_of(size: int) -> Inbox[str]:
    return Inbox(size, Laggards())


async def test_as_many_bytes_fit_as_there_is_room_for_and_not_one_more():
    inbox = inbox_of(10)
    assert inbox.put(b"12345")
    assert inbox.put(b"67890")
    assert not inbox.put(b"1")


async def test_what_was_taken_makes_room_again(autojump_clock):
    inbox = inbox_of(10)
    with trio.fail_after(5):
        for _ in range(100):
            assert inbox.put(b"123456")
            assert await inbox.take() == b"123456"
        for _ in range(100):
            assert inbox.put(b"123456")
            assert (inbox.take_nowait() or await inbox.take()) == b"123456"


async def test_nothing_fits_when_the_reader_is_gone(autojump_clock):
    inbox = inbox_of(10)
    assert inbox.put(b"1")
    inbox.close("the block")
    assert not inbox.put(b"2")
    with trio.fail_after(5), pytest.raises(LocalMisuse, match="the block has been left"):
        await inbox.take()


async def test_a_reader_has_caught_up_when_it_took_all_that_had_come_by_then(autojump_clock):
    inbox = inbox_of(10)
    log: list[str] = []

    async def note() -> None:
        await inbox.caught_up()
        log.append("caught up")

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            assert inbox.put(b"1")
            assert inbox.put(b"2")
            nursery.start_soon(note)
            await trio.testing.wait_all_tasks_blocked()
            assert inbox.put(b"3")
            assert await inbox.take() == b"1"
            await trio.testing.wait_all_tasks_blocked()
            assert log == []
            assert await inbox.take() == b"2"
            await trio.testing.wait_all_tasks_blocked()
            assert log == ["caught up"]


async def test_whoever_waits_for_the_reader_goes_on_when_that_is_gone(autojump_clock):
    inbox = inbox_of(10)
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            assert inbox.put(b"1")
            nursery.start_soon(inbox.caught_up)
            await trio.testing.wait_all_tasks_blocked()
            inbox.close("the block")
        await inbox.caught_up()
