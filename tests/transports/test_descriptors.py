"""Descriptors of every kind as a wire, and that their flags stay as others know them."""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio
import trio.testing

from acp_trio.transports import HandshakeFailed, Link, _private_ends, file_descriptors
from acp_trio.transports._poll_ends import PollReader

LARGE = os.urandom(3000) * 1000


@contextmanager
def closing(*descriptors: int) -> Iterator[None]:
    try:
        yield
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


@contextmanager
def opened(path: str | Path, mode: int) -> Iterator[int]:
    descriptor = os.open(path, mode | os.O_CREAT)
    with closing(descriptor):
        yield descriptor


@contextmanager
def pipes() -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Two wires' ends, each (read, write)."""
    there_read, there_write = os.pipe()
    back_read, back_write = os.pipe()
    with closing(there_read, there_write, back_read, back_write):
        yield (back_read, there_write), (there_read, back_write)


@contextmanager
def sockets() -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    left, right = socket.socketpair()
    with left, right:
        yield (left.fileno(), left.fileno()), (right.fileno(), right.fileno())


@contextmanager
def terminals() -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    controller, terminal = os.openpty()
    tty.setraw(terminal)
    with closing(controller, terminal):
        yield (controller, controller), (terminal, terminal)


KINDS = pytest.mark.parametrize("kind", [pipes, sockets, terminals])


def flags(*ends: tuple[int, int]) -> list[bool]:
    return [os.get_blocking(descriptor) for end in ends for descriptor in end]


@pytest.fixture
def can_reopen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.setattr(_private_ends, "_reopened", lambda _descriptor, _mode: None)
    return bool(request.param)


both_ways = pytest.mark.parametrize("can_reopen", [True, False], indirect=True, ids=["reopened", "shared"])


async def receive_exactly(link: Link, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        chunk = await link.receive()
        assert 0 < len(chunk) <= 65536
        received += chunk
    return bytes(received)


async def expect(link: Link, data: bytes) -> None:
    assert await receive_exactly(link, len(data)) == data


@KINDS
@both_ways
async def test_bytes_go_both_ways(kind, can_reopen) -> None:
    with kind() as (left, right), trio.fail_after(20):
        async with file_descriptors(*left).open() as a, file_descriptors(*right).open() as b:
            await a.write(b"one")
            written = a.write_nowait(b"two")
            assert await receive_exactly(b, 3 + written) == b"onetwo"[: 3 + written]
            await b.write(memoryview(b"three"))
            assert await receive_exactly(a, 5) == b"three"


@KINDS
@both_ways
@pytest.mark.promise("P6")
async def test_large_writes_arrive_whole_in_both_directions_at_once(kind, can_reopen) -> None:
    size = 50_000 if kind is terminals else len(LARGE)
    data = LARGE[:size]
    with kind() as (left, right), trio.fail_after(30):
        async with (
            file_descriptors(*left).open() as a,
            file_descriptors(*right).open() as b,
            trio.open_nursery() as nursery,
        ):
            for link in (a, b):
                nursery.start_soon(link.write, data)
                nursery.start_soon(expect, link, data)


@KINDS
@pytest.mark.rule(30)
async def test_flags_that_others_share_are_not_touched(kind) -> None:
    with kind() as (left, right), trio.fail_after(10):
        before = flags(left, right)
        async with file_descriptors(*left).open() as a, file_descriptors(*right).open() as b:
            assert flags(left, right) == before == [True] * 4
            await a.write(b"x")
            await receive_exactly(b, 1)
            assert flags(left, right) == before
        assert flags(left, right) == before


@KINDS
@pytest.mark.rule(30)
@pytest.mark.parametrize("can_reopen", [False], indirect=True)
async def test_flags_that_had_to_be_changed_are_put_back(kind, can_reopen) -> None:
    with kind() as (left, right), trio.fail_after(10):
        async with file_descriptors(*left).open():
            assert flags(left) == [kind is not pipes] * 2
        assert flags(left, right) == [True] * 4


async def test_a_pipe_that_was_non_blocking_stays_so() -> None:
    with pipes() as (left, _right):
        os.set_blocking(left[0], False)
        async with file_descriptors(*left).open():
            pass
        assert flags(left) == [False, True]


async def test_the_end_of_a_pipe_is_the_end_of_the_stream() -> None:
    read, write = os.pipe()
    with closing(read), opened(os.devnull, os.O_WRONLY) as null, trio.fail_after(10):
        async with file_descriptors(read, null).open() as link:
            os.write(write, b"last")
            os.close(write)
            assert await link.receive() == b"last"
            assert await link.receive() == b""


async def test_writing_to_a_pipe_that_nobody_reads_is_broken() -> None:
    read, write = os.pipe()
    os.close(read)
    with closing(write), opened(os.devnull, os.O_RDONLY) as null, trio.fail_after(10):
        async with file_descriptors(null, write).open() as link:
            with pytest.raises(trio.BrokenResourceError):
                link.write_nowait(b"x")
            with pytest.raises(trio.BrokenResourceError):
                await link.write(b"x")
        assert os.get_blocking(write)


@both_ways
async def test_a_terminal_that_hung_up_has_ended(can_reopen) -> None:
    controller, terminal = os.openpty()
    with closing(terminal), trio.fail_after(10):
        async with file_descriptors(terminal, terminal).open() as link, trio.open_nursery() as nursery:

            async def read() -> None:
                assert await link.receive() == b""

            nursery.start_soon(read)
            await trio.testing.wait_all_tasks_blocked()
            os.close(controller)


@both_ways
async def test_the_controlling_side_of_a_terminal_sees_its_end_too(can_reopen) -> None:
    controller, terminal = os.openpty()
    with closing(controller), trio.fail_after(10):
        async with file_descriptors(controller, controller).open() as link:
            os.close(terminal)
            assert await link.receive() == b""


@pytest.mark.promise("P6")
async def test_regular_files_are_read_to_their_end_and_written(tmp_path) -> None:
    (tmp_path / "in").write_bytes(LARGE)
    with (
        opened(tmp_path / "in", os.O_RDONLY) as source,
        opened(tmp_path / "out", os.O_WRONLY) as sink,
        trio.fail_after(20),
    ):
        async with file_descriptors(source, sink).open() as link:
            assert link.write_nowait(b"x") == 0
            while data := await link.receive():
                assert len(data) <= 65536
                await link.write(data)
            assert await link.receive() == b""
    assert (tmp_path / "out").read_bytes() == LARGE


async def test_the_null_device_is_at_its_end_and_takes_everything() -> None:
    with opened(os.devnull, os.O_RDWR) as null, trio.fail_after(10):
        async with file_descriptors(null, null).open() as link:
            assert await link.receive() == b""
            await link.write(LARGE)


async def test_a_full_disk_is_a_broken_transport() -> None:
    with opened("/dev/full", os.O_WRONLY) as full, opened(os.devnull, os.O_RDONLY) as null, trio.fail_after(10):
        async with file_descriptors(null, full).open() as link:
            with pytest.raises(trio.BrokenResourceError, match="No space left"):
                await link.write(b"x")


async def test_what_cannot_be_read_is_a_broken_transport(tmp_path) -> None:
    directory = os.open(tmp_path, os.O_RDONLY)
    with closing(directory), opened(os.devnull, os.O_WRONLY) as null, trio.fail_after(10):
        async with file_descriptors(directory, null).open() as link:
            with pytest.raises(trio.BrokenResourceError, match="Is a directory"):
                await link.receive()


async def test_a_connection_that_was_reset_is_a_broken_transport() -> None:
    with (
        trio.fail_after(10),
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as ours,
        server.accept()[0] as theirs,
    ):
        async with file_descriptors(ours.fileno(), ours.fileno()).open() as link:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            theirs.close()
            with pytest.raises(trio.BrokenResourceError, match="reset"):
                await link.receive()


async def test_a_terminal_that_says_so_by_an_error_has_ended() -> None:
    def read() -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    readable, writable = os.pipe()
    with closing(readable):
        os.close(writable)
        assert await PollReader(readable, read, lambda: None).receive() == b""


@pytest.mark.parametrize("closed", ["read", "write"])
async def test_a_closed_descriptor_is_a_failed_handshake(closed) -> None:
    read, write = os.pipe()
    os.close(read if closed == "read" else write)
    with closing(write if closed == "read" else read), pytest.raises(HandshakeFailed, match="Bad file descriptor"):
        async with file_descriptors(read, write).open():
            pytest.fail("it opened")


@KINDS
@both_ways
@pytest.mark.parametrize("operation", ["receive", "write"])
async def test_cancelling_frees_who_waits(kind, can_reopen, operation) -> None:
    with kind() as (left, _right), trio.fail_after(10):
        async with file_descriptors(*left).open() as link:
            with trio.move_on_after(0.05) as scope:
                await (link.receive() if operation == "receive" else link.write(LARGE))
            assert scope.cancelled_caught


@KINDS
@both_ways
async def test_leaving_wakes_who_waits(kind, can_reopen) -> None:
    woken: list[str] = []

    async def expect_closed(name: str, wait: Callable[[], object]) -> None:
        with pytest.raises(trio.ClosedResourceError):
            await wait()  # type: ignore[misc]
        woken.append(name)

    with kind() as (left, _right), trio.fail_after(10):
        async with trio.open_nursery() as nursery, file_descriptors(*left).open() as link:
            nursery.start_soon(expect_closed, "reader", link.receive)
            nursery.start_soon(expect_closed, "writer", lambda: link.write(LARGE))
            await trio.testing.wait_all_tasks_blocked(0.05)
    assert sorted(woken) == ["reader", "writer"]


async def test_a_descriptor_is_not_closed_under_a_thread_that_reads_it(tmp_path, monkeypatch) -> None:
    """Another file could get its number."""
    (tmp_path / "in").write_bytes(b"text")
    order: list[str] = []
    real_read, real_close = os.read, os.close
    in_thread, go_on = trio.Event(), threading.Event()
    watched: set[int] = set()

    def read(descriptor: int, size: int) -> bytes:
        watched.add(descriptor)
        trio.from_thread.run_sync(in_thread.set)
        go_on.wait(5)
        order.append("read")
        return real_read(descriptor, size)

    def close(descriptor: int) -> None:
        if descriptor in watched:
            order.append("close")
        real_close(descriptor)

    with opened(tmp_path / "in", os.O_RDONLY) as source, opened(os.devnull, os.O_WRONLY) as null, trio.fail_after(10):
        monkeypatch.setattr(os, "read", read)
        monkeypatch.setattr(os, "close", close)
        async with trio.open_nursery() as nursery:
            async with file_descriptors(source, null).open() as link:
                nursery.start_soon(link.receive)
                await in_thread.wait()
            go_on.set()
    assert order == ["read", "close"]


@pytest.mark.promise("P2")
def test_draining_does_not_go_on_for_as_long_as_someone_writes() -> None:
    pieces = iter([b"piece"] * 1000)
    taken: list[bytes] = []
    PollReader(0, lambda: next(pieces), lambda: None).drain_nowait(taken.append)
    assert 0 < len(taken) < 1000
