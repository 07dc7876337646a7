"""Ctrl-C: the first in a turn cancels it, any other leaves; 130, no traceback, and nothing left running."""

from __future__ import annotations

import signal

import pytest
import trio

from .trial import Running, Trial

pytestmark = pytest.mark.slow

ENDS_WHEN_TOLD = """
prompt = set_up()
say('busy')
expect('session/cancel')
write(id=prompt, result={'stopReason': 'cancelled'})
stay()
"""

# Neither of these ends with its input or with SIGTERM.
NEVER_CONNECTS = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: signal.pause()"
NEVER_ENDS = "set_up(); say('busy')\n" + NEVER_CONNECTS

LEAVES_WITHIN = 10  # seconds, on a machine with much else to do; the grace is 2


async def ended(running: Running, status: int = 130) -> None:
    with trio.fail_after(LEAVES_WITHIN):
        assert await running.process.wait() == status


@pytest.mark.promise("P3")
async def test_ctrl_c_in_a_turn_cancels_it_and_the_agent_ends_it(trial: Trial) -> None:
    async with trial.start("prompt", "--json", "hello", "--", *trial.agent(ENDS_WHEN_TOLD)) as running:
        await running.says("busy")
        running.interrupt()
        await ended(running)
    assert running.stdout.splitlines()[-1] == '{"stopReason":"cancelled"}'
    assert running.stderr == "cancelling; once more to leave at once\n"
    trial.assert_nothing_is_left()


@pytest.mark.promise("P2")
async def test_a_second_ctrl_c_leaves_an_agent_that_hears_nothing_and_a_third_changes_nothing(trial: Trial) -> None:
    async with trial.start("prompt", "hello", "--", *trial.agent(NEVER_ENDS)) as running:
        await running.says("busy")
        running.interrupt()
        await running.says("cancelling; once more to leave at once\n")
        running.interrupt()
        await running.says("leaving\n")
        running.interrupt()
        running.interrupt()
        await ended(running)
    assert running.stderr == "cancelling; once more to leave at once\nleaving\n"
    trial.assert_nothing_is_left()


@pytest.mark.promise("P2")
async def test_an_agent_that_never_connects_is_named_and_ctrl_c_leaves_it(trial: Trial) -> None:
    agent = trial.agent(NEVER_CONNECTS)
    async with trial.start("prompt", "hello", "--", *agent) as running:
        waiting = f"waiting for {agent[0]} to answer initialize; Ctrl-C to leave\n"
        await running.says(waiting)
        running.interrupt()
        await running.says("leaving\n")
        running.interrupt()
        running.interrupt()
        await ended(running)
    assert running.stderr == waiting + "leaving\n"
    trial.assert_nothing_is_left()


async def test_sigterm_leaves_in_the_middle_of_a_turn(trial: Trial) -> None:
    async with trial.start("prompt", "hello", "--", *trial.agent(ENDS_WHEN_TOLD)) as running:
        await running.says("busy")
        running.process.send_signal(signal.SIGTERM)
        await ended(running, 128 + signal.SIGTERM)
    assert running.stderr == "leaving\n"
    trial.assert_nothing_is_left()


async def test_an_agent_that_dies_of_being_cancelled_does_not_change_the_exit_status(trial: Trial) -> None:
    script = "set_up(); say('busy'); expect('session/cancel'); sys.exit(3)"
    async with trial.start("prompt", "hello", "--", *trial.agent(script)) as running:
        await running.says("busy")
        running.interrupt()
        await ended(running)
    assert "the agent is gone" in running.stderr
    assert "Traceback" not in running.stderr


async def test_ctrl_c_leaves_the_demonstration(trial: Trial) -> None:
    async with trial.start("demo") as running:
        await running.says("starting a process")
        running.interrupt()
        await ended(running)
    assert "leaving\n" in running.stderr
    assert "Traceback" not in running.stderr
