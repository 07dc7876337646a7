"""`acp-trio check`, as a user runs it: what it prints, what it writes, and how it exits."""

from __future__ import annotations

import json

import pytest

from .trial import OUR_AGENT, Trial

pytestmark = pytest.mark.slow


async def test_our_agent_meets_every_requirement(trial: Trial) -> None:
    report = trial.directory / "report.json"
    done = await trial.run("check", "--json", str(report), "--", *OUR_AGENT)
    assert done.returncode == 0, done
    verdicts = json.loads(report.read_text())["verdicts"]
    left = {verdict["id"] for verdict in verdicts if verdict["outcome"] != "pass"}
    # It has no way to authenticate, no line to name and no option for the mode.
    assert left == {"initialize.unknown-auth", "schema.line-numbers", "config.mode"}
    assert "acp-trio-example 0: conformant (" in done.stdout
    assert done.stderr == ""


async def test_a_program_that_is_no_agent_cannot_be_checked(trial: Trial) -> None:
    done = await trial.run("check", "--", *trial.agent("sys.exit(3)"))
    assert done.returncode == 3, done
    assert (
        "could not check: this does not speak ACP: where an answer to request 1 was due, the agent ended; exit status 3"
        in done.error_line()
    )
    trial.assert_nothing_is_left()


async def test_a_command_that_does_not_exist_cannot_be_checked(trial: Trial) -> None:
    done = await trial.run("check", "--", "no-such-command")
    assert done.returncode == 3, done
    assert "command not found: 'no-such-command'" in done.error_line()
