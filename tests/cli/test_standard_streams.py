"""Standard streams that are closed, full or read by nobody: one line at most, no traceback, nothing left running."""

from __future__ import annotations

import pytest

from .trial import OUR_AGENT, OUR_COMMAND, Trial

pytestmark = pytest.mark.slow

# Talks until nobody listens, then says in a file whether it was told to stop.
TALKATIVE = """
import threading
prompt = set_up()
def talk():
    while True:
        say("word " * 10 + "\\n")
threading.Thread(target=talk, daemon=True).start()
expect("session/cancel")
open("told", "w").close()
end_turn(prompt)
stay()
"""


@pytest.mark.promise("P2")
@pytest.mark.parametrize("flags, head", [([], "head -c 20"), (["--json"], "head -n 1")], ids=["answer", "json"])
async def test_a_reader_that_goes_away_ends_the_turn_in_silence(trial: Trial, flags: list[str], head: str) -> None:
    command = [*OUR_COMMAND, "prompt", *flags, "hello", "--", *trial.agent(TALKATIVE)]
    done = await trial.shell(f'"$@" | {head}; exit ${{PIPESTATUS[0]}}', *command)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout
    assert (trial.directory / "told").exists()
    trial.assert_nothing_is_left()


async def test_a_reader_that_goes_away_ends_the_demonstration(trial: Trial) -> None:
    done = await trial.shell('"$@" | head -n 1; exit ${PIPESTATUS[0]}', *OUR_COMMAND, "demo")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "acp-trio: " not in done.stderr


@pytest.mark.parametrize("flags", [[], ["--json"]], ids=["answer", "json"])
@pytest.mark.parametrize(
    "redirection, words", [(">&-", "standard output is closed"), (">/dev/full", "No space left on device")]
)
async def test_an_output_that_takes_nothing_is_one_line(
    trial: Trial, flags: list[str], redirection: str, words: str
) -> None:
    done = await trial.shell(f'"$@" {redirection}', *OUR_COMMAND, "prompt", *flags, "hello", "--", *OUR_AGENT)
    assert done.returncode == 1
    assert words in done.error_line()


async def test_an_input_that_is_closed_is_one_line(trial: Trial) -> None:
    done = await trial.shell('"$@" <&-', *OUR_COMMAND, "prompt", "-", "--", *OUR_AGENT)
    assert (done.returncode, done.error_line()) == (1, "acp-trio: standard input is closed\n")


async def test_an_input_that_is_no_text_is_one_line(trial: Trial) -> None:
    done = await trial.run("prompt", "-", "--", *OUR_AGENT, stdin=b"\xff")
    assert done.returncode == 1
    assert "standard input is no text" in done.error_line()


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "<&-", "<&- 2>&-"])
async def test_the_answer_comes_without_the_other_streams(trial: Trial, redirection: str) -> None:
    done = await trial.shell(f'"$@" {redirection}', *OUR_COMMAND, "prompt", "tool", "--", *OUR_AGENT)
    assert (done.returncode, done.stdout) == (0, "counted to three\n")


async def test_a_trace_that_cannot_be_kept_is_said_after_the_turn(trial: Trial) -> None:
    done = await trial.run("prompt", "--trace", "/dev/full", "hello", "--", *OUR_AGENT)
    assert (done.returncode, done.stdout) == (1, "hello\n")
    assert done.error_line() == "acp-trio: --trace: /dev/full is incomplete: No space left on device\n"


async def test_a_failure_with_all_streams_closed_is_an_exit_status(trial: Trial) -> None:
    done = await trial.shell('"$@" <&- >&- 2>&-', *OUR_COMMAND, "prompt", "--json", "hello", "--", *OUR_AGENT)
    assert done.returncode == 1


@pytest.mark.parametrize("redirection, name", [(">&-", "output"), ("<&-", "input")])
async def test_an_agent_without_a_wire_is_one_line(trial: Trial, redirection: str, name: str) -> None:
    done = await trial.shell(f'"$@" {redirection}', *OUR_AGENT)
    assert done.returncode == 1
    assert f"without standard {name}" in done.error_line()


async def test_help_into_a_full_file_is_no_traceback(trial: Trial) -> None:
    done = await trial.shell('"$@" >/dev/full', *OUR_COMMAND, "--help")
    assert done.stderr == ""


@pytest.mark.parametrize(
    "text, answer",
    [(b"tool\n", "counted to three\n"), (b"tool", "counted to three\n"), (b"hi\n\n", "hi\n")],
    ids=["line", "no newline", "only one newline is dropped"],
)
async def test_the_newline_that_ends_standard_input_is_no_part_of_the_prompt(
    trial: Trial, text: bytes, answer: str
) -> None:
    done = await trial.run("prompt", "-", "--", *OUR_AGENT, stdin=text)
    assert (done.returncode, done.stdout) == (0, answer)


async def test_noise_in_place_of_messages_is_one_line(trial: Trial) -> None:
    assert "does not speak ACP" in await trial.failure(["yes"])
