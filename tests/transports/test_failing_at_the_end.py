"""What fails while a transport is being left, or is used in an odd way: the block stays whole, the words right."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio.transports import (
    HandshakeFailed,
    Transport,
    byte_streams,
    file_descriptors,
    in_process,
    lines,
    memory_pair,
    process,
    record_jsonl,
    tap,
)
from acp_trio.transports._thread_ends import ThreadReader


async def nothing(_line: str) -> None:
    await trio.lowlevel.checkpoint()


async def never() -> AsyncIterator[str]:
    await trio.sleep_forever()
    yield ""


async def fails_when_cancelled() -> None:
    try:
        await trio.sleep_forever()
    finally:
        raise ConnectionError("mine")


async def test_a_source_of_lines_that_fails_when_it_is_closed_changes_nothing_for_the_block(autojump_clock) -> None:
    async def received() -> AsyncGenerator[str]:
        try:
            while True:
                await trio.lowlevel.checkpoint()
                yield "one"
        finally:
            raise ConnectionError("mine")

    async with lines(nothing, received()).open() as link:
        assert await link.receive() == b"one\n"
        await trio.testing.wait_all_tasks_blocked()  # the next line waits: the generator is at its yield


async def test_a_source_of_lines_that_cannot_be_iterated_is_a_broken_transport(autojump_clock) -> None:
    class Source:
        def __aiter__(self) -> AsyncIterator[str]:
            raise ConnectionError("mine")

    async with lines(nothing, Source()).open() as link:
        with pytest.raises(trio.BrokenResourceError, match="mine"):
            await link.receive()


async def test_a_source_of_lines_that_fails_while_it_is_cancelled_changes_nothing_for_the_block(autojump_clock) -> None:
    class Source:
        def __aiter__(self) -> AsyncIterator[str]:
            return self

        async def __anext__(self) -> str:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(fails_when_cancelled)
                await trio.sleep_forever()
            raise StopAsyncIteration

    async with lines(nothing, Source()).open():
        await trio.testing.wait_all_tasks_blocked()


async def test_leaving_wakes_who_waits_for_a_line_to_be_sent(autojump_clock) -> None:
    async def write() -> None:
        with pytest.raises(trio.ClosedResourceError):
            await link.write(b"one\n")

    async def send(_line: str) -> None:
        await trio.sleep_forever()

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery, lines(send, never()).open() as link:
            nursery.start_soon(write)
            await trio.testing.wait_all_tasks_blocked()


async def test_a_long_line_is_not_copied_once_for_each_of_its_chunks(autojump_clock) -> None:
    copied = 0

    class Counting(bytes):
        def __getitem__(self, index: Any) -> Any:
            nonlocal copied
            part = super().__getitem__(index)
            copied += len(part)
            return Counting(part)

    size = 100 * 65536

    async def received() -> AsyncIterator[str]:
        await trio.lowlevel.checkpoint()
        yield "x" * size

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("acp_trio.transports._lines._framed", lambda line: Counting(line.encode() + b"\n"))
        async with lines(nothing, received()).open() as link:
            taken = 0
            while taken <= size:
                taken += len(await link.receive())
    assert copied < 2 * size


async def test_a_component_that_fails_while_it_is_cancelled_changes_nothing_for_the_block(
    autojump_clock, caplog
) -> None:
    class Failing:
        async def serve(self, _transport: Transport, /) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(fails_when_cancelled)
                await trio.sleep_forever()

    async with in_process(Failing()).open() as link:
        await trio.testing.wait_all_tasks_blocked()
        link.close_by(trio.current_time() + 1)
    assert "mine" in caplog.text


async def test_last_words_that_are_not_unicode_are_last_words_all_the_same(autojump_clock) -> None:
    class Failing:
        async def serve(self, _transport: Transport, /) -> None:
            raise ValueError("caf\udce9")

    async with in_process(Failing()).open() as link:
        assert await link.receive() == b""
        assert (await link.last_words()).stderr == b"ValueError: caf\\udce9"


async def test_a_default_timeout_for_sockets_is_none_for_a_socket_that_is_the_wire() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        socket.setdefaulttimeout(0.1)
        try:
            async with file_descriptors(ours.fileno(), ours.fileno()).open() as link:
                socket.setdefaulttimeout(None)
                assert os.get_blocking(ours.fileno())
                while link.write_nowait(b"x" * 65536):
                    pass
                with trio.move_on_after(0.01) as scope:
                    await link.receive()
                assert scope.cancelled_caught
        finally:
            socket.setdefaulttimeout(None)
        assert os.get_blocking(ours.fileno())


async def test_a_reader_that_is_closed_when_it_has_just_become_readable_reads_nothing() -> None:
    class Closing(trio.abc.Instrument):
        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            if task.name == "reading" and readable:
                reader.close()

    readable = False
    outcome: list[object] = []

    async def read() -> None:
        try:
            outcome.append(await reader.receive())
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            outcome.append(type(error))

    source, sink = os.pipe()
    reader = ThreadReader(source)
    instrument = Closing()
    trio.lowlevel.add_instrument(instrument)
    try:
        with trio.fail_after(10):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(read, name="reading")
                await trio.testing.wait_all_tasks_blocked(0.01)
                readable = True
                os.write(sink, b"x")
    finally:
        trio.lowlevel.remove_instrument(instrument)
        os.close(sink)
    assert outcome == [trio.ClosedResourceError]


async def test_a_relative_command_is_looked_for_in_its_working_directory_when_it_failed(tmp_path: Path) -> None:
    script = tmp_path / "agent"
    script.write_text("#!/nonexistent/interpreter\n")
    script.chmod(0o755)
    with pytest.raises(HandshakeFailed, match="the interpreter that its first line names does not exist"):
        async with process(["./agent"], cwd=tmp_path).open():
            pass


def test_a_command_of_bytes_is_refused_before_anything_runs() -> None:
    with pytest.raises(TypeError, match="sequence of strings"):
        process([b"sleep", b"60"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


async def test_streams_have_the_time_that_was_given_for_leaving(autojump_clock) -> None:
    polite = False

    class Slow(trio.abc.SendStream):
        async def send_all(self, data: object) -> None: ...

        async def wait_send_all_might_not_block(self) -> None: ...

        async def aclose(self) -> None:
            nonlocal polite
            await trio.sleep(8)
            polite = True

    _, receive_stream = trio.testing.memory_stream_one_way_pair()
    async with byte_streams(Slow(), receive_stream).open() as link:
        link.close_by(trio.current_time() + 10)
    assert polite


async def test_a_message_with_a_carriage_return_between_its_tokens_is_one_line_of_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    ours, theirs = memory_pair()
    with record_jsonl(path) as observer:
        async with tap(ours, observer).open() as link, theirs.open() as other:
            await other.write(b'{"id":\r1}\n')
            await link.receive()
    assert len(path.read_text().splitlines()) == 1
