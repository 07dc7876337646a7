"""Lines of text as a wire."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing

from acp_trio.transports import lines


async def nothing(_line: str) -> None:
    await trio.lowlevel.checkpoint()


async def several(*words: str) -> AsyncIterator[str]:
    for word in words:
        await trio.lowlevel.checkpoint()
        yield word


async def test_lines_come_in_as_lines_of_bytes(autojump_clock) -> None:
    with trio.fail_after(5):
        async with lines(nothing, several('{"a":1}', "é\n", "carriage\r\n", '{\n"b": 2\n}')).open() as link:
            received = [await link.receive() for _ in range(5)]
    assert received == [b'{"a":1}\n', "é\n".encode(), b"carriage\n", b'{ "b": 2 }\n', b""]


async def test_a_long_line_comes_in_chunks(autojump_clock) -> None:
    with trio.fail_after(5):
        async with lines(nothing, several("x" * 150_000, "y")).open() as link:
            chunks = [await link.receive() for _ in range(4)]
    assert [len(chunk) for chunk in chunks] == [65536, 65536, 150_001 - 2 * 65536, 2]
    assert b"".join(chunks) == b"x" * 150_000 + b"\ny\n"


async def test_a_lone_surrogate_does_not_end_the_wire(autojump_clock) -> None:
    with trio.fail_after(5):
        async with lines(nothing, several('"\ud800"', "next")).open() as link:
            assert (await link.receive()).endswith(b'"\n')
            assert await link.receive() == b"next\n"


async def test_bytes_go_out_as_whole_lines(autojump_clock) -> None:
    sent: list[str] = []

    async def send(line: str) -> None:
        await trio.lowlevel.checkpoint()
        sent.append(line)

    with trio.fail_after(5):
        async with lines(send, several()).open() as link:
            assert link.write_nowait(b"x\n") == 0
            await link.write(b"one\ntwo\nth")
            assert sent == ["one", "two"]
            await link.write(memoryview("reé".encode()[:-1]))
            await link.write("é".encode()[-1:] + b"\n")
            assert sent == ["one", "two", "threé"]


@pytest.mark.promise("P1")
async def test_a_source_that_fails_is_a_broken_transport_after_what_it_gave(autojump_clock) -> None:
    async def failing() -> AsyncIterator[str]:
        yield "one"
        raise OSError("reset")

    with trio.fail_after(5):
        async with lines(nothing, failing()).open() as link:
            assert await link.receive() == b"one\n"
            for _ in range(2):
                with pytest.raises(trio.BrokenResourceError, match="reset") as caught:
                    await link.receive()
                assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.promise("P1")
async def test_a_sender_that_fails_is_a_broken_transport(autojump_clock) -> None:
    async def fail(_line: str) -> None:
        await trio.lowlevel.checkpoint()
        raise RuntimeError("closed")

    with trio.fail_after(5):
        async with lines(fail, several()).open() as link:
            with pytest.raises(trio.BrokenResourceError, match="closed"):
                await link.write(b"x\n")


async def test_a_cancelled_receive_does_not_end_an_async_generator(autojump_clock) -> None:
    async def slow() -> AsyncIterator[str]:
        await trio.sleep(5)
        yield "late"

    with trio.fail_after(10):
        async with lines(nothing, slow()).open() as link:
            with trio.move_on_after(1) as scope:
                await link.receive()
            assert scope.cancelled_caught
            assert await link.receive() == b"late\n"


async def test_leaving_closes_an_async_generator_and_gives_it_a_second(autojump_clock) -> None:
    ended: list[float] = []

    async def source() -> AsyncIterator[str]:
        try:
            while True:
                yield "line"
        finally:
            with trio.CancelScope(shield=True) as scope:
                scope.deadline = trio.current_time() + 0.5
                await trio.sleep_forever()
            ended.append(trio.current_time())

    with trio.CancelScope() as scope:
        async with lines(nothing, source()).open() as link:
            assert await link.receive() == b"line\n"
            start = trio.current_time()
            scope.cancel()
            await link.receive()
    assert ended == [start + 0.5]


async def test_a_channel_is_left_open(autojump_clock) -> None:
    send, receive = trio.open_memory_channel[str](5)
    transport = lines(nothing, receive)
    with trio.fail_after(5):
        for word in ("first", "second"):
            await send.send(word)
            async with transport.open() as link:
                assert await link.receive() == f"{word}\n".encode()


async def test_the_exception_of_the_block_leaves_as_itself(autojump_clock) -> None:
    with pytest.raises(KeyError, match="mine"):
        async with lines(nothing, several("x")).open():
            raise KeyError("mine")
