"""What a person at a terminal is asked and shown."""

from __future__ import annotations

import pytest

from .terminal import Terminal
from .trial import OUR_AGENT, Trial

QUESTION = "or nothing to cancel: "

ASKS_TWICE = """
prompt = set_up()
ask(1, ["yes-1", "no-1"])
ask(2, ["yes-2", "no-2"])
answers = dict((message["id"], message["result"]["outcome"]["optionId"]) for message in (read(), read()))
say(f"{answers[1]} {answers[2]}")
end_turn(prompt)
stay()
"""

ASKS_WITHOUT_OPTIONS = """
prompt = set_up()
ask(1, [])
say(read()["result"]["outcome"]["outcome"])
end_turn(prompt)
stay()
"""


async def test_two_questions_at_once_are_asked_one_after_the_other(trial: Trial) -> None:
    with Terminal() as terminal:
        at_terminal = {"stdin": terminal.descriptor, "stderr": terminal.descriptor}
        async with trial.start("prompt", "hello", "--", *trial.agent(ASKS_TWICE), **at_terminal) as running:
            await terminal.sees(QUESTION)
            assert terminal.seen.count("Permission: ") == 1
            terminal.types("1\n")
            await terminal.sees(QUESTION, times=2)
            terminal.types("2\n")
            assert await running.process.wait() == 0
    first, second = sorted(running.stdout.split())
    assert {first[:-1], second[:-1]} == {"no-", "yes-"}, running.stdout
    trial.assert_nothing_is_left()


async def test_a_question_without_options_is_cancelled_and_not_asked(trial: Trial) -> None:
    with Terminal() as terminal:
        at_terminal = {"stdin": terminal.descriptor, "stderr": terminal.descriptor}
        async with trial.start("prompt", "hello", "--", *trial.agent(ASKS_WITHOUT_OPTIONS), **at_terminal) as running:
            await terminal.sees("no options to choose from: cancelled")
            assert await running.process.wait() == 0
        assert QUESTION not in terminal.seen
    assert running.stdout == "cancelled\n"


@pytest.mark.parametrize("keys", ["\n", "\x04"], ids=["Enter", "Ctrl-D"])
async def test_no_answer_is_cancelled_and_what_follows_is_on_its_own_line(trial: Trial, keys: str) -> None:
    with Terminal() as terminal:
        at_terminal = {"stdin": terminal.descriptor, "stderr": terminal.descriptor, "stdout": terminal.descriptor}
        async with trial.start("prompt", "permission", "--", *OUR_AGENT, **at_terminal) as running:
            await terminal.sees(QUESTION)
            terminal.types(keys)
            assert await running.process.wait() == 0
            await terminal.sees("\ncancelled\r\n")


async def test_ctrl_c_at_a_question_cancels_it_with_the_turn(trial: Trial) -> None:
    with Terminal() as terminal:
        at_terminal = {"stdin": terminal.descriptor, "stderr": terminal.descriptor}
        async with trial.start("prompt", "permission", "--", *OUR_AGENT, **at_terminal) as running:
            await terminal.sees(QUESTION)
            running.interrupt()
            assert await running.process.wait() == 130
            await terminal.sees("cancelling; once more")
    question_line = next(line for line in terminal.seen.splitlines() if QUESTION in line)
    assert "cancelling" not in question_line


# A colour, the bell, a carriage return, the 8-bit form of an escape, and half of a surrogate pair.
RUDE = r"prompt = set_up(); say('a\x1b[31mb\x07c\rd\x9be\ud800f\r\ng\th\u3000i'); end_turn(prompt); stay()"


async def test_control_characters_of_an_answer_do_not_reach_a_terminal(trial: Trial) -> None:
    with Terminal() as terminal:
        agent = trial.agent(RUDE)
        async with trial.start("prompt", "hello", "--", *agent, stdout=terminal.descriptor) as running:
            assert await running.process.wait() == 0
            await terminal.sees("i\r\n")
    gone = "\N{REPLACEMENT CHARACTER}"
    shown = terminal.seen.replace("        ", "\t")  # a terminal may expand tabs
    assert shown == f"a{gone}[31mb{gone}c{gone}d{gone}e{gone}f\r\ng\th\u3000i\r\n"


async def test_a_pipe_gets_the_answer_as_it_is(trial: Trial) -> None:
    done = await trial.prompt(trial.agent(RUDE))
    assert (done.returncode, done.stdout) == (0, "a\x1b[31mb\x07c\rd\x9be?f\r\ng\th\u3000i\n")
