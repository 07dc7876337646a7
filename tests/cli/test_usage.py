"""Usage errors: exit 2, the usage of the very command, and no agent started."""

from __future__ import annotations

import pytest

from acp_trio.cli import main

from .trial import OUR_AGENT, Trial


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"usage: acp-trio {arguments[0]} ")
    return shown


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["hi", "acp-trio", "agent"], "put -- before the agent's command"),
        (["hi", "gemini", "--acp"], "put -- before the agent's command"),
        (["hi"], "say which agent to start"),
        (["hi", "--"], "say which agent to start"),
        (["--", "-x", "--"], "say which agent to start"),
        ([], "say what to send"),
        (["--", "true"], "say what to send"),
        (["-x", "--", "true"], "for a TEXT that starts with -, put -- before it too"),
        (["--all", "hi", "--", "true"], "unrecognized arguments: --all"),
        (["--allow", "--deny", "hi", "--", "true"], "not allowed with"),
        (["--trace", "/nosuch/x", "hi", "--", "true"], "--trace: cannot write /nosuch/x: No such file or directory"),
        (["--file", "/nosuch/x", "hi", "--", "true"], "--file: /nosuch/x is no file"),
        (["--cwd", "/nosuch", "hi", "--", "true"], "--cwd: /nosuch is no directory"),
        (["--env", "X", "hi", "--", "true"], "--env: 'X' is not NAME=VALUE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_prompt_says_what_is_wrong(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert words in complaint(capsys, "prompt", *arguments)


@pytest.mark.parametrize("command", ["demo", "agent"])
def test_demo_and_agent_take_nothing(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert "unrecognized arguments: more" in complaint(capsys, command, "more")
    assert "there is no COMMAND to give" in complaint(capsys, command, "--", "true")


@pytest.mark.parametrize("command", ["chat", "tap", "conduct", "view"])
def test_a_command_that_comes_later_says_so_and_is_not_in_the_help(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main([command, "--", "true"]) == 2
    assert capsys.readouterr().err.startswith(f"acp-trio: {command} (")
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    assert f"  {command} " not in capsys.readouterr().out


async def test_a_text_that_starts_with_a_dash_goes_between_two_double_dashes(trial: Trial) -> None:
    done = await trial.run("prompt", "--json", "--", "--version", "--", *OUR_AGENT)
    assert done.returncode == 0, done
    assert '"text":"--version"' in done.stdout
