"""Real processes: what only they can show, and that nothing of them stays behind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import trio

from acp_trio.conformance import CouldNotRun, check_client
from acp_trio.conformance._client_process import ClientCommand
from acp_trio.conformance._client_run import SCENARIO_CHECKS
from acp_trio.testing import no_leaks

FULL_CLIENT = Path(__file__).parent / "programs" / "full_client.py"
DEADLINE = 60  # seconds; each takes two on a quiet machine

pytestmark = pytest.mark.slow


def full_client(directory: Path) -> ClientCommand:
    words = [sys.executable, str(FULL_CLIENT), "{prompt}", "{agent}"]
    return ClientCommand(arguments=words, prompt="hello", patience=DEADLINE / 2, directory=directory)


@pytest.mark.parametrize(
    "scenario, requirements",
    [
        ("terminals", ["terminal.output", "terminal.kill", "terminal.release", "terminal.limit"]),
        ("interrupted", ["permission.cancel", "cancel.updates"]),
        ("death", ["process.notices"]),
    ],
)
async def test_our_own_client_meets_what_only_processes_can_show(
    tmp_path: Path, scenario: str, requirements: list[str]
) -> None:
    with trio.fail_after(DEADLINE):
        run = await full_client(tmp_path).play(scenario)
    assert run.prompted
    assert not run.survived
    for requirement in requirements:
        SCENARIO_CHECKS[requirement].judge(run)


async def test_a_client_that_never_ends_is_ended_with_its_agent(tmp_path: Path) -> None:
    stays = "import subprocess, sys, time; subprocess.Popen(['{agent}'], stdin=subprocess.PIPE); time.sleep(600)"
    client = ClientCommand(arguments=[sys.executable, "-c", stays], prompt="", patience=2.0, directory=tmp_path)
    async with no_leaks():
        with trio.fail_after(DEADLINE):
            run = await client.play("plain")
    assert run.exit_status is None
    assert not run.prompted


@pytest.mark.parametrize(
    "command, complaint",
    [
        (["no-such-client", "{agent}"], "command not found: 'no-such-client'"),
        ([sys.executable, "-c", "import sys; sys.exit('no')", "{agent}"], "the client did not talk to its agent"),
    ],
)
async def test_what_is_no_client_cannot_be_checked(command: list[str], complaint: str) -> None:
    with trio.fail_after(DEADLINE), pytest.raises(CouldNotRun, match=complaint):
        await check_client(command)
