"""Ctrl-C that comes while the package is at work in a function of its own, not while it waits. On the real clock.

The process sends itself a real SIGINT at the call of that function by the main task, so the moment is always the same.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio
import trio.testing

from .peer import maker, open_to_raw_peer

pytestmark = [pytest.mark.rule(20), pytest.mark.promise("P12")]

PROGRAM = Path(__file__).with_name("programs") / "interrupted_inside.py"


@pytest.mark.parametrize(
    "module, function, calls",
    [
        ("_open.py", "open_connection", 1),
        ("_connection.py", "run_actors", 1),
        ("_sent_request.py", "_park", 1),
        ("_sent_requests.py", "acknowledge", 1),
        ("_client_session.py", "_end_turn", 1),
        ("_client_sessions.py", "end", 1),
        ("_body.py", "__exit__", 3),  # of the connection, behind those of the turn and the session
        ("_connection.py", "close", 1),
        ("_grace.py", "deadline", 2),  # of the connection, behind that of the session
        ("_actors.py", "stop", 1),
        ("_body.py", "release", 3),
    ],
)
async def test_ctrl_c_inside_of_the_package_closes_every_connection(module, function, calls) -> None:
    with trio.fail_after(30):
        done = await trio.run_process(
            [sys.executable, str(PROGRAM), module, function, str(calls)],
            capture_stdout=True,
            stderr=subprocess.STDOUT,
            check=False,
        )
    lines = done.stdout.decode().splitlines()
    assert lines[:1] == [f"interrupted in {function}"], lines
    assert lines[-1] == "left closed 0", lines
    assert done.returncode == 0


def test_ctrl_c_as_a_sender_joins_the_line_leaves_nobody_in_it() -> None:
    def interrupt(frame, event, _argument) -> None:
        names = (frame.f_code.co_name, frame.f_back and frame.f_back.f_code.co_name)
        if event == "call" and names == ("wait_task_rescheduled", "_stand_in_line"):
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    async def main() -> None:
        async with open_to_raw_peer(maker(grace=1)) as (conn, _peer):
            while conn.statistics().bytes_unwritten <= 256 * 1024:
                await conn.notify("n", ["x" * 60_000])
            sys.setprofile(interrupt)
            await conn.notify("n", ["last"])

    try:
        with pytest.raises(KeyboardInterrupt):
            trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    finally:
        sys.setprofile(None)
