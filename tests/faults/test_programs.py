"""Agents that are programs and die, stop, lie or cling to life: who waits is told why, in time, and nobody stays."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from acp_trio import Client, ClientConnection, ConnectionLost, HandshakeFailed, Limits
from acp_trio.testing import no_leaks
from acp_trio.transports import Transport, process, record_jsonl, tap

from .real_scenes import AGENT, PATIENCE

pytestmark = [pytest.mark.promise("P1", "P2", "P22"), pytest.mark.slow]

GRACE = 0.4


@asynccontextmanager
async def connected(
    transport: Transport | None = None, limits: Limits | None = None
) -> AsyncGenerator[ClientConnection]:
    """A connection to the agent program that leaves nothing behind."""
    client = Client("test", grace=GRACE, limits=limits)
    with trio.fail_after(PATIENCE):
        async with no_leaks(), client.connect(transport or program()) as connection:
            yield connection


def program(*arguments: object, exit_patience: float = PATIENCE) -> Transport:
    return process([*AGENT, *map(str, arguments)], exit_patience=exit_patience)


def pid_of(connection: ClientConnection) -> int:
    pid: int = connection._link.pid  # type: ignore[attr-defined]
    return pid


def runs(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


# In the middle of a turn


async def test_a_program_that_is_killed_in_a_turn_fails_it_with_its_signal() -> None:
    async with connected() as connection, connection.open_session("/") as session:
        with pytest.raises(ConnectionLost, match="killed by SIGKILL"):  # noqa: PT012 -- wherever it waits
            async with session.prompt("wait") as turn:
                await anext(turn)
                os.kill(pid_of(connection), signal.SIGKILL)
                async for _ in turn:
                    pass
        with pytest.raises(ConnectionLost):
            await connection.request("_later")


async def test_a_program_that_is_stopped_in_a_turn_delays_leaving_by_the_grace_and_is_killed() -> None:
    async with connected() as connection:
        pid = pid_of(connection)
        async with connection.open_session("/") as session, session.prompt("wait") as turn:
            await anext(turn)
            os.kill(pid, signal.SIGSTOP)
            with trio.move_on_after(0.05) as scope:
                await anext(turn)
            assert scope.cancelled_caught
            began = trio.current_time()
    assert trio.current_time() - began < GRACE + 1.5  # a killed group has a second to be gone
    assert not runs(pid)


async def test_a_program_that_closes_its_output_and_lives_has_ended_the_turn() -> None:
    async with connected(program(exit_patience=0.01)) as connection, connection.open_session("/") as session:
        with pytest.raises(ConnectionLost, match=r"the peer closed the connection$"):
            await session.ask("close standard output")


async def test_a_program_that_closes_its_input_and_lives_is_noticed_by_who_writes() -> None:
    async with connected(program(exit_patience=0.01)) as connection, connection.open_session("/") as session:
        with pytest.raises(ConnectionLost, match="takes no more messages"):  # noqa: PT012 -- wherever it writes
            async with session.prompt("close standard input") as turn:
                assert [await anext(turn), await anext(turn)]  # it says that it has closed it
                while True:
                    await connection.notify("_note")
                    await connection.flush()


async def test_a_program_that_stops_reading_makes_who_sends_wait_and_its_deadline_holds() -> None:
    limits = Limits(maximum_frame=1024 * 1024, outgoing_soft=64 * 1024)
    async with (
        connected(limits=limits) as connection,
        connection.open_session("/") as session,
        session.prompt("stop reading") as turn,
    ):
        await anext(turn)
        sent = 0
        with trio.move_on_after(0.2) as scope:
            while True:
                await connection.notify("_note", {"filling": "x" * 10_000})
                sent += 1
        assert scope.cancelled_caught
        assert connection.statistics().bytes_unwritten <= 64 * 1024 + 11_000
        assert sent < 100
        began = trio.current_time()
    assert trio.current_time() - began < GRACE + 1.5


async def test_a_recorder_on_a_full_disk_is_said_once_and_the_conversation_goes_on(caplog) -> None:
    with record_jsonl("/dev/full") as record, caplog.at_level(logging.ERROR):
        async with connected(tap(program(), record)) as connection, connection.open_session("/") as session:
            for _ in range(3):
                assert await session.ask("hello") == "hello"
    assert len(caplog.records) == 1
    assert "No space left on device" in caplog.text


# From the start


@pytest.mark.promise("P6")
@pytest.mark.parametrize(
    "beginning", ["print_a_banner", "print_a_number", "flood_standard_error", "leave_a_child_with_the_pipe"]
)
async def test_a_program_that_talks_before_it_serves_is_served(beginning, tmp_path) -> None:
    async with connected(program(beginning, tmp_path / "pid")) as connection, connection.open_session("/") as session:
        assert await session.ask("hello") == "hello"
    if (tmp_path / "pid").exists():
        assert not runs(int((tmp_path / "pid").read_text()))


@pytest.mark.promise("P8")
@pytest.mark.parametrize(
    "beginning, reason",
    [("write_half_a_line_and_exit", "exit status 3"), ("need_a_terminal", "stderr: the input device is not a TTY")],
)
async def test_a_program_that_ends_before_it_serves_says_why(beginning, reason) -> None:
    with pytest.raises(HandshakeFailed, match=reason):
        async with connected(program(beginning)):
            pass


@pytest.mark.parametrize("beginning", ["ignore_sigterm", "ignore_sigterm_and_the_end_of_input"])
async def test_a_program_that_does_not_want_to_leave_is_killed(beginning) -> None:
    async with connected(program(beginning)) as connection, connection.open_session("/") as session:
        assert await session.ask("hello") == "hello"
        pid = pid_of(connection)
        began = trio.current_time()
    assert trio.current_time() - began < GRACE + 1.5
    assert not runs(pid)


async def test_a_program_that_writes_half_a_line_and_stops_waits_for_the_deadline_of_the_caller() -> None:
    began = trio.current_time()
    with trio.move_on_after(0.2) as scope:
        async with connected(program("write_half_a_line_and_stop")):
            pass
    assert scope.cancelled_caught
    assert trio.current_time() - began < 0.2 + GRACE + 1.5


async def test_a_program_that_forks_twice_has_ended_and_who_it_forked_is_killed(tmp_path) -> None:
    # Who was started has exited. Its last child may have answered `initialize` by then, but is not who was started.
    with pytest.raises((HandshakeFailed, ConnectionLost), match="exit status 0"):
        async with connected(program("fork_twice", tmp_path / "pid")) as connection:
            await connection.request("_never_answered")
    assert not (tmp_path / "pid").exists() or not runs(int((tmp_path / "pid").read_text()))
