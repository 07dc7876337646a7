"""The public operations that reach outside of this process, each in the scene that it is cancelled in.

Processes, pipes, sockets, threads: on the real clock, cancelled only where the operation's own task waits, because what
the system does in between differs from run to run. Whatever leaves a descriptor or a child is found by the harness.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import trio

from acp_trio import Client, Turn
from acp_trio.testing import Scene, open_pair
from acp_trio.transports import (
    Link,
    Transport,
    byte_streams,
    file_descriptors,
    lines,
    process,
    record_jsonl,
    run_command,
    tap,
)

from .ends import Turns, make_agent

PATIENCE = 30
"""Seconds, more than one run of any of these takes on a busy machine."""

Operation: TypeAlias = Callable[[], Awaitable[object]]
Playing: TypeAlias = AsyncGenerator[Operation]

PROGRAMS = Path(__file__).with_name("programs")
ECHO = ["cat"]
STUBBORN = ["sh", "-c", "trap '' TERM; cat; sleep 1000"]
AGENT = [sys.executable, "-IS", str(PROGRAMS / "agent.py")]


# Transports


async def use(transport: Transport) -> None:
    """Everything a link can do. What is read back is what was written, and nothing else."""
    async with transport.open() as link:
        link.close_by(trio.current_time() + 0.2)
        await link.write(b"hello\n")
        await read_back(link, b"hello\n")
        await link.last_words()


async def read_back(link: Link, expected: bytes) -> None:
    heard = b""
    while len(heard) < len(expected):
        heard += await link.receive()
    assert heard == expected


def of_program(command: list[str]) -> Scene:
    """A child process: started, used, and made to leave. A second one then does what the first could not."""

    @asynccontextmanager
    async def scene() -> Playing:
        with trio.fail_after(PATIENCE):
            yield partial(use, process(command, exit_patience=0.01))

    return scene


@asynccontextmanager
async def command() -> Playing:
    said: list[bytes] = []

    async def operation() -> None:
        async with run_command(["sh", "-c", "echo hello"], take=said.append) as running:
            await running.wait()
            await running.terminate(0.1)

    with trio.fail_after(PATIENCE):
        yield operation
        assert b"".join(said) in {b"", b"hello\n"}


@asynccontextmanager
async def descriptors() -> Playing:
    ours, theirs = socket.socketpair()
    with ours, theirs, trio.fail_after(PATIENCE):
        theirs.sendall(b"hello\n")
        yield partial(use, file_descriptors(ours.fileno(), ours.fileno()))
        assert os.get_blocking(ours.fileno())


@asynccontextmanager
async def regular_files() -> Playing:
    """Threads read and write them."""
    with tempfile.TemporaryDirectory() as directory, trio.fail_after(PATIENCE):
        path = Path(directory) / "in"
        path.write_bytes(b"hello\n")
        with path.open("rb") as read, (Path(directory) / "out").open("wb") as written:
            yield partial(use, file_descriptors(read.fileno(), written.fileno()))
        assert (Path(directory) / "out").read_bytes() in {b"", b"hello\n"}


@asynccontextmanager
async def sockets() -> Playing:
    ours, theirs = trio.socket.socketpair()
    with theirs, trio.fail_after(PATIENCE):
        await theirs.send(b"hello\n")
        stream = trio.SocketStream(ours)
        yield partial(use, byte_streams(stream, stream))
        await stream.aclose()


@asynccontextmanager
async def lines_of_text() -> Playing:
    async def source() -> AsyncGenerator[str]:
        yield "hello"
        await trio.sleep_forever()

    async def send(_line: str) -> None:
        await trio.lowlevel.checkpoint()

    with trio.fail_after(PATIENCE):
        yield partial(use, lines(send, source()))


@asynccontextmanager
async def recorder() -> Playing:
    with tempfile.TemporaryDirectory() as directory, trio.fail_after(PATIENCE):
        path = Path(directory) / "record"

        async def operation() -> None:
            with record_jsonl(path) as record:
                await use(tap(process(ECHO, exit_patience=0.01), record))

        yield operation
        assert path.read_bytes()[-1:] in {b"", b"\n"}


# An agent that is a program


@asynccontextmanager
async def agent_program() -> Playing:
    """From the start of the program to its end, with a session and a turn in between."""

    async def operation() -> None:
        async with (
            Client("real", grace=2).connect(process(AGENT, exit_patience=0.01)) as connection,
            connection.open_session("/") as session,
        ):
            assert await session.ask("hello") == "hello"

    with trio.fail_after(PATIENCE):
        yield operation


# What a client does for an agent


def in_turn(operate: Callable[[Turn, Path], Awaitable[object]]) -> Scene:
    """Files and commands, in a session that goes on afterwards."""

    @asynccontextmanager
    async def scene() -> Playing:
        client = Client("real")
        client.serve_files(write=True)
        client.serve_terminals(grace=0.1)
        turns = Turns()
        with tempfile.TemporaryDirectory() as directory, trio.fail_after(PATIENCE):
            file = Path(directory) / "file"
            file.write_text("old")
            async with (
                open_pair(client, make_agent(turns)) as pair,
                pair.agent.open_session(directory) as session,
                session.prompt("hand out") as turn,
            ):
                agents_turn = await turns.next()
                yield partial(operate, agents_turn, file)
                assert await agents_turn.read_text_file(file) in {"old", "new"}
                turns.end()
                assert (await turn.finish()).stop_reason == "end_turn"
            assert pair.wire.unanswered() == []
            assert [entry.name for entry in Path(directory).iterdir()] == ["file"]

    return scene


async def read_a_file(turn: Turn, file: Path) -> None:
    assert await turn.read_text_file(file) == "old"


async def write_a_file(turn: Turn, file: Path) -> None:
    await turn.write_text_file(file, "new")


async def run_in_a_terminal(turn: Turn, _file: Path) -> None:
    async with turn.terminal("sh", ["-c", "echo hello"]) as terminal:
        assert (await terminal.wait_for_exit()).exit_code == 0
        assert (await terminal.output()).output == "hello\n"


REAL_SCENES: dict[str, Scene] = {
    "`process`: a program that leaves when its input ends": of_program(ECHO),
    "`process`: a program that has to be killed": of_program(STUBBORN),
    "`run_command`": command,
    "`file_descriptors`: a socket": descriptors,
    "`file_descriptors`: regular files": regular_files,
    "`byte_streams`: sockets": sockets,
    "`lines`": lines_of_text,
    "`record_jsonl`, `tap`": recorder,
    "`client.connect`: an agent that is a program": agent_program,
    "`turn.read_text_file`, from the disk": in_turn(read_a_file),
    "`turn.write_text_file`, to the disk": in_turn(write_a_file),
    "`turn.terminal`, a real command": in_turn(run_in_a_terminal),
}
