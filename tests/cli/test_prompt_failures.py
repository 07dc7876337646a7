"""`acp-trio prompt` with agents that fail: exit 1, one line on stderr that names the cause, and nothing left running.

The agents are small scripts on bare JSON lines, so that each breaks the protocol in exactly one way.
"""

from __future__ import annotations

import pytest

from .trial import Trial


@pytest.mark.promise("P8")
async def test_a_command_that_does_not_exist_is_named(trial: Trial) -> None:
    assert "no-such-agent" in await trial.failure(["no-such-agent", "--flag"])


@pytest.mark.promise("P8")
async def test_a_command_that_is_not_executable_is_named(trial: Trial) -> None:
    text = trial.directory / "notes.txt"
    text.write_text("not a program")
    assert "notes.txt" in await trial.failure([str(text)])


@pytest.mark.promise("P8")
async def test_an_agent_that_dies_at_start_is_quoted_with_its_exit_status(trial: Trial) -> None:
    line = await trial.failure(trial.agent("sys.exit(print('cannot read my settings', file=sys.stderr) or 3)"))
    assert "cannot read my settings" in line
    assert "3" in line


@pytest.mark.promise("P8")
async def test_the_signal_that_killed_an_agent_is_named(trial: Trial) -> None:
    line = await trial.failure(trial.agent("os.kill(os.getpid(), signal.SIGKILL)"))
    assert "SIGKILL" in line


@pytest.mark.promise("P6")
async def test_a_banner_before_the_first_message_is_passed_over(trial: Trial) -> None:
    script = "print('Welcome to the agent!', flush=True); prompt = set_up(); say('hi'); end_turn(prompt); stay()"
    done = await trial.prompt(trial.agent(script))
    assert (done.returncode, done.stdout.strip()) == (0, "hi"), done
    trial.assert_nothing_is_left()


@pytest.mark.promise("P6")
async def test_a_program_that_prints_a_banner_and_ends_is_no_agent_and_its_banner_is_shown(trial: Trial) -> None:
    assert "Usage: tool FILE" in await trial.failure(trial.agent("print('Usage: tool FILE')"))


@pytest.mark.promise("P6")
async def test_a_program_that_only_repeats_what_it_is_told_is_no_agent(trial: Trial) -> None:
    await trial.failure(["cat"])


@pytest.mark.promise("P8")
async def test_an_agent_that_refuses_to_initialize_is_quoted(trial: Trial) -> None:
    script = "write(id=expect('initialize'), error={'code': -32603, 'message': 'no licence'}); stay()"
    line = await trial.failure(trial.agent(script))
    assert "initialize" in line
    assert "no licence" in line


@pytest.mark.promise("P8")
async def test_a_version_that_we_do_not_speak_is_named(trial: Trial) -> None:
    script = "write(id=expect('initialize'), result={'protocolVersion': 99}); stay()"
    line = await trial.failure(trial.agent(script))
    assert "99" in line
    assert "version" in line


@pytest.mark.promise("P8")
async def test_an_agent_that_refuses_the_prompt_is_quoted(trial: Trial) -> None:
    script = "write(id=set_up(), error={'code': 1001, 'message': 'the model is overloaded'}); stay()"
    line = await trial.failure(trial.agent(script))
    assert "the model is overloaded" in line
    assert "1001" in line


@pytest.mark.promise("P8")
async def test_a_flood_on_stderr_stops_nothing(trial: Trial) -> None:
    script = "print('noise\\n' * 200_000, file=sys.stderr); prompt = set_up(); say('hi'); end_turn(prompt); stay()"
    done = await trial.prompt(trial.agent(script))
    assert (done.returncode, done.stdout.strip()) == (0, "hi"), done.returncode
    trial.assert_nothing_is_left()


@pytest.mark.promise("P8")
async def test_only_the_end_of_a_flood_on_stderr_is_quoted(trial: Trial) -> None:
    script = "sys.stderr.write('noise\\n' * 200_000 + 'out of memory\\n\\n'); sys.exit(7)"
    line = await trial.failure(trial.agent(script))
    assert "out of memory" in line
    assert "noise" not in line


@pytest.mark.promise("P1")
async def test_an_agent_that_exits_in_the_middle_of_a_turn_keeps_what_it_said(trial: Trial) -> None:
    done = await trial.prompt(trial.agent("set_up(); say('half an ans'); sys.exit(5)"))
    assert (done.returncode, done.stdout.strip()) == (1, "half an ans")
    assert "5" in done.error_line()
    trial.assert_nothing_is_left()


@pytest.mark.promise("P1")
async def test_an_agent_that_closes_its_output_in_the_middle_of_a_turn_has_failed(trial: Trial) -> None:
    line = await trial.failure(trial.agent("set_up(); say('half'); os.close(1); stay()"))
    assert "clos" in line


@pytest.mark.slow  # the child has half of the closing deadline to notice the end of its input
@pytest.mark.promise("P2")
async def test_what_a_failing_agent_started_is_ended_with_it(trial: Trial) -> None:
    script = """
if os.fork() == 0:
    while True:
        signal.pause()
set_up()
os._exit(4)
"""
    assert "4" in await trial.failure(trial.agent(script))
