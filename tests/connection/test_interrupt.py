"""Ctrl-C, with a real signal to a real process, wherever the main task is when it comes. On the real clock."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio

pytestmark = [pytest.mark.rule(20), pytest.mark.promise("P12")]

PROGRAM = Path(__file__).with_name("programs") / "interrupted.py"


@pytest.mark.parametrize(
    "place, cleaned",
    [
        ("body", []),
        ("request", ["handler"]),
        ("hold", []),
        ("room", []),
        ("handler", ["ConnectionClosed", "handler"]),
        ("task", ["task"]),
        ("leaving", []),
    ],
)
async def test_ctrl_c_closes_every_connection_and_leaves_nothing_pending(place, cleaned) -> None:
    assert (await interrupted(place)).split() == ["interrupted", "closed", "0", *cleaned]


async def interrupted(place: str) -> str:
    """The last line that the program says after it was ready and got a SIGINT."""
    with trio.fail_after(30):
        process = await trio.lowlevel.open_process(
            [sys.executable, str(PROGRAM), place], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert process.stdout is not None
        output = b""
        try:
            while b"ready\n" not in output:
                part = await process.stdout.receive_some()
                assert part, output
                output += part
            process.send_signal(signal.SIGINT)
            output = b""
            async for part in process.stdout:
                output += part
            assert await process.wait() == 0, output
        finally:
            process.kill()
            with trio.CancelScope(shield=True):
                await process.stdout.aclose()
                await process.wait()
        return output.decode().splitlines()[-1]
