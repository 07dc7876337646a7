"""What every transport does alike, whatever its wire is made of."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import trio
import trio.testing

from acp_trio.transports import Transport, byte_streams, file_descriptors, lines, memory_pair, process, tap


def over_lines() -> Transport:
    send, receive = trio.open_memory_channel[str](0)
    return lines(_Keeping(send), receive)


class _Keeping:
    """A sender that never sends, and keeps the other end of the incoming channel open."""

    def __init__(self, channel: object) -> None:
        self.channel = channel

    async def __call__(self, _line: str) -> None:
        await trio.sleep_forever()


@pytest.fixture(params=["memory", "byte streams", "descriptors", "process", "lines", "tapped memory"])
def transport(request: pytest.FixtureRequest, script) -> Iterator[Transport]:
    match request.param:
        case "memory":
            yield memory_pair()[0]
        case "byte streams":
            stream, other = trio.testing.memory_stream_pair()
            yield byte_streams(stream, stream)
            del other
        case "descriptors":
            ends = [*os.pipe(), *os.pipe()]
            yield file_descriptors(ends[0], ends[3])
            for end in ends:
                os.close(end)
        case "process":
            yield process(script("import signal; signal.pause()"))
        case "lines":
            yield over_lines()
        case _:
            yield tap(memory_pair()[0], lambda _frame: None)


async def test_leaving_wakes_who_reads_and_nobody_can_use_the_link_after(transport) -> None:
    woken = False

    async def read() -> None:
        nonlocal woken
        with pytest.raises(trio.ClosedResourceError):
            await link.receive()
        woken = True

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery, transport.open() as link:
            nursery.start_soon(read)
            await trio.testing.wait_all_tasks_blocked(0.01)
            link.close_by(trio.current_time() + 0.1)
        assert woken
        with pytest.raises(trio.ClosedResourceError):
            await link.receive()
        with pytest.raises(trio.ClosedResourceError):
            await link.write(b"x\n")


async def test_who_waits_can_be_cancelled_and_waits_again(transport) -> None:
    with trio.fail_after(10):
        async with transport.open() as link:
            for _ in range(2):
                with trio.move_on_after(0.01) as scope:
                    await link.receive()
                assert scope.cancelled_caught
            link.close_by(trio.current_time())


async def test_the_exception_of_the_block_leaves_as_itself(transport) -> None:
    with trio.fail_after(10), pytest.raises(KeyError, match="mine"):  # noqa: PT012 -- it must come out of the block
        async with transport.open() as link:
            link.close_by(trio.current_time())
            raise KeyError("mine")


async def test_a_link_has_a_name_and_last_words(transport) -> None:
    with trio.fail_after(10):
        async with transport.open() as link:
            assert link.name
            assert (await link.last_words()).exit_status is None
            link.close_by(trio.current_time())
