"""`acp-trio check`, as a user runs it: what it prints, what it writes, and how it exits."""

from __future__ import annotations

import json
import os

import pytest
import trio

from acp_trio.cli import main

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


async def test_a_failure_is_in_every_report_and_in_the_exit_status(trial: Trial) -> None:
    script = """
while True:
    line = sys.stdin.readline()
    if not line:
        break
    if not line.startswith('{"jsonrpc"'):
        continue
    message = json.loads(line)
    if message.get("method") == "initialize":
        write(id=message["id"], result={"protocolVersion": message["params"]["protocolVersion"]})
    elif "id" in message:
        write(id=message["id"], error={"code": -32601, "message": "no"})
"""
    files = {name: trial.directory / f"report.{name}" for name in ("json", "junit", "html")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    done = await trial.run("check", *options, "--", *trial.agent(script))
    assert done.returncode == 1, done
    assert "\nFAIL initialize.unsupported-version (must): " in done.stdout
    assert "     found:    version 65535\n" in done.stdout
    for path in files.values():
        assert "initialize.unsupported-version" in path.read_text()
    trial.assert_nothing_is_left()


async def test_ctrl_c_ends_the_agents_and_says_so(trial: Trial) -> None:
    script = "read()\nopen('gate', 'w').close()\nstay()"
    os.mkfifo(trial.directory / "gate")
    async with trial.start("check", "--", *trial.agent(script)) as running:
        await trio.to_thread.run_sync((trial.directory / "gate").read_bytes)  # until an agent has been asked
        running.interrupt()
    assert running.process.returncode == 130
    assert "leaving" in running.stderr
    trial.assert_nothing_is_left()


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "say what to check"),
        (["--"], "say what to check"),
        (["--client", "--", "client"], "say where the client's agent goes"),
        (["--client", "--auth", "x", "--", "client", "{agent}"], "--auth is for agents"),
        (["--prompt", "longer=x", "--", "true"], "'longer' is none of hello, long, permission"),
        (["--patience", "soon", "--", "true"], "invalid float value"),
        (["--json", "/nosuch/x", "--", "true"], "--json: cannot write /nosuch/x"),
        (["more", "--", "true"], "unrecognized arguments: more"),
    ],
)
def test_usage_errors_exit_2(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["check", *arguments])
    assert left.value.code == 2
    assert words in capsys.readouterr().err
