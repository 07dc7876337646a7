"""The in-memory pair: order, ends, back pressure and reuse, on the mock clock."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio.transports import memory_pair


async def test_bytes_arrive_in_order_and_chunk_by_chunk(autojump_clock: trio.testing.MockClock) -> None:
    left, right = memory_pair()
    async with left.open() as a, right.open() as b:
        with trio.fail_after(1):
            assert a.write_nowait(b"one") == 3
            await a.write(memoryview(b"two"))
            await b.write(b"three")
            assert [await b.receive(), await b.receive(), await a.receive()] == [b"one", b"two", b"three"]


async def test_leaving_one_end_is_the_end_of_the_stream_at_the_other(autojump_clock: trio.testing.MockClock) -> None:
    left, right = memory_pair()
    with trio.fail_after(1):
        async with right.open() as b:
            async with left.open() as a:
                await a.write(b"last")
            assert await b.receive() == b"last"
            assert await b.receive() == b""
            assert await b.receive() == b""
            with pytest.raises(trio.BrokenResourceError):
                b.write_nowait(b"x")
            with pytest.raises(trio.BrokenResourceError):
                await b.write(b"x")


async def test_a_parked_writer_learns_that_the_other_end_left(autojump_clock: trio.testing.MockClock) -> None:
    left, right = memory_pair()

    async def leave(*, task_status: trio.TaskStatus[None]) -> None:
        async with right.open():
            task_status.started()
            await trio.testing.wait_all_tasks_blocked()

    with trio.fail_after(1):
        async with left.open() as a, trio.open_nursery() as nursery:
            await nursery.start(leave)
            with pytest.raises(trio.BrokenResourceError):
                await a.write(bytes(20 * 65536))


async def test_writes_wait_when_sixteen_chunks_are_in_flight(autojump_clock: trio.testing.MockClock) -> None:
    left, right = memory_pair()
    async with left.open() as a, right.open() as b:
        for _ in range(16):
            assert a.write_nowait(b"x") == 1
        assert a.write_nowait(b"y") == 0
        with trio.move_on_after(1) as scope:
            await a.write(b"y")
        assert scope.cancelled_caught
        with trio.fail_after(1):
            assert [await b.receive() for _ in range(16)] == [b"x"] * 16
            assert a.write_nowait(b"z") == 1
            assert await b.receive() == b"z"


async def test_a_large_write_goes_out_in_chunks_as_far_as_there_is_room(autojump_clock: trio.testing.MockClock) -> None:
    left, right = memory_pair()
    data = bytes(range(256)) * 256 * 20
    async with left.open() as a, right.open() as b:
        written = a.write_nowait(data)
        assert written == 16 * 65536
        received = b""
        with trio.fail_after(1):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(a.write, memoryview(data)[written:])
                while len(received) < len(data):
                    chunk = await b.receive()
                    assert len(chunk) <= 65536
                    received += chunk
        assert received == data


async def test_a_cancelled_receive_loses_nothing(autojump_clock: trio.testing.MockClock) -> None:
    left, right = memory_pair()
    async with left.open() as a, right.open() as b:
        with trio.move_on_after(1) as scope:
            await b.receive()
        assert scope.cancelled_caught
        await a.write(b"kept")
        with trio.CancelScope() as cancelled:
            cancelled.cancel()
            await b.receive()
        with trio.fail_after(1):
            assert await b.receive() == b"kept"


async def test_the_peer_may_open_after_the_first_end_has_left(autojump_clock: trio.testing.MockClock) -> None:
    left, right = memory_pair()
    async with left.open() as a:
        await a.write(b"posted")
    async with right.open() as b:
        with trio.fail_after(1):
            assert await b.receive() == b"posted"
            assert await b.receive() == b""


async def test_both_ends_can_be_opened_again(autojump_clock: trio.testing.MockClock) -> None:
    left, right = memory_pair()
    for word in (b"first", b"second"):
        async with right.open() as b, left.open() as a:
            with trio.fail_after(1):
                await a.write(word)
                assert await b.receive() == word


async def test_writing_nothing_is_a_checkpoint(autojump_clock: trio.testing.MockClock) -> None:
    left, _ = memory_pair()
    async with left.open() as a:
        with trio.testing.assert_checkpoints():
            await a.write(b"")


async def test_the_exception_of_the_block_leaves_as_itself(autojump_clock: trio.testing.MockClock) -> None:
    left, _ = memory_pair()
    with pytest.raises(KeyError, match="mine"):
        async with left.open():
            raise KeyError("mine")
