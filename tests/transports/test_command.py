"""Commands run for their output. What becomes of their process groups is in tests/roles/test_terminals.py too."""

from __future__ import annotations

import os

import pytest
import trio

from acp_trio.transports import HandshakeFailed, run_command


async def test_when_the_exit_is_told_all_that_was_written_has_been_handed_over() -> None:
    with trio.fail_after(20):
        for _round in range(20):
            said: list[bytes] = []
            async with run_command(["printf", "%60000d", "1"], take=said.append) as command:
                # Trio learns of the output and the exit at the same time, and takes them in any order.
                os.waitid(os.P_PID, command.pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222
                await command.wait()
                assert sum(map(len, said)) == 60000
                assert command.exit_status == 0


async def test_leaving_ends_the_command_and_tells_who_waits(running) -> None:
    async def wait() -> None:
        await command.wait()
        statuses.append(command.exit_status)

    statuses: list[int | None] = []
    with trio.fail_after(10):
        async with (
            trio.open_nursery() as nursery,
            run_command(["sleep", "1000"], take=lambda _data: None) as command,
        ):
            nursery.start_soon(wait)
            assert running(command.pid)
            assert not command.has_exited
    assert command.has_exited
    assert statuses == [-15]


async def test_a_command_that_stopped_itself_is_ended_by_sigterm(script) -> None:
    source = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"
    with trio.fail_after(10):
        async with run_command(script(source), take=lambda _data: None, grace=1000) as command:
            pass
    assert command.exit_status == -15


async def test_ending_a_command_twice_is_ending_it_once() -> None:
    with trio.fail_after(10):
        async with run_command(["sleep", "1000"], take=lambda _data: None) as command:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(command.terminate, 1.0)
                nursery.start_soon(command.terminate, 1.0)
            await command.terminate(1.0)
            assert command.exit_status == -15


async def test_an_exception_in_the_block_leaves_as_itself(running) -> None:
    with trio.fail_after(10):
        try:
            async with run_command(["sleep", "1000"], take=lambda _data: None) as command:
                raise ZeroDivisionError
        except ZeroDivisionError:
            assert not running(command.pid)


async def test_a_command_that_cannot_be_started_says_why() -> None:
    with pytest.raises(HandshakeFailed, match="command not found: 'no-such-command'"):
        async with run_command(["no-such-command"], take=lambda _data: None):
            pytest.fail("it was started")


async def test_cancelled_before_it_starts_nothing_is_started() -> None:
    with trio.CancelScope() as scope:
        scope.cancel()
        async with run_command(["sleep", "1000"], take=lambda _data: None):
            pytest.fail("it was started")
    assert scope.cancelled_caught
