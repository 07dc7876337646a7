"""Any trio stream as a wire."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio.jsonrpc import LocalMisuse
from acp_trio.transports import byte_streams


class SlowToClose(trio.abc.Stream):
    """A stream that wants to say goodbye, for ever."""

    def __init__(self) -> None:
        self.closed: list[str] = []

    async def receive_some(self, max_bytes: int | None = None) -> bytearray:
        await trio.lowlevel.checkpoint()
        return bytearray(b"x" * (max_bytes or 0))

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await trio.sleep_forever()

    async def wait_send_all_might_not_block(self) -> None:
        await trio.sleep_forever()

    async def aclose(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self.closed.append("forcefully")


async def test_bytes_go_both_ways_and_end(autojump_clock) -> None:
    left, right = trio.testing.memory_stream_pair()
    with trio.fail_after(5):
        async with byte_streams(right, right).open() as b:
            async with byte_streams(left, left).open() as a:
                assert a.write_nowait(b"one") == 0
                await a.write(memoryview(b"one"))
                assert await b.receive() == b"one"
                await b.write(b"two")
                assert await a.receive() == b"two"
            assert await b.receive() == b""
            with pytest.raises(trio.BrokenResourceError):
                await b.write(b"three")


async def test_sockets_are_a_wire() -> None:
    with trio.fail_after(10):
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        client = await trio.testing.open_stream_to_socket_listener(listeners[0])
        server = await listeners[0].accept()
        async with listeners[0], byte_streams(client, client).open() as a, byte_streams(server, server).open() as b:
            await a.write(b"ping")
            assert await b.receive() == b"ping"


async def test_it_receives_plain_bytes_of_one_chunk_at_most(autojump_clock) -> None:
    stream = SlowToClose()
    async with byte_streams(stream, stream).open() as link:
        data = await link.receive()
        assert isinstance(data, bytes)
        assert len(data) == 65536
        link.close_by(trio.current_time())


async def test_leaving_is_bounded_even_when_cancelled(autojump_clock) -> None:
    for close_in, expected in ((None, 5), (2, 2), (-1, 0)):
        stream = SlowToClose()
        start = trio.current_time()
        with trio.CancelScope() as scope:
            async with byte_streams(stream, stream).open() as link:
                if close_in is not None:
                    link.close_by(start + close_in)
                scope.cancel()
                await link.receive()
        assert scope.cancelled_caught
        assert trio.current_time() - start == pytest.approx(expected)
        assert stream.closed == ["forcefully"] * 2


async def test_it_opens_once() -> None:
    left, _ = trio.testing.memory_stream_pair()
    transport = byte_streams(left, left)
    async with transport.open():
        pass
    with pytest.raises(LocalMisuse, match="opened once"):
        async with transport.open():
            pytest.fail("it opened")
