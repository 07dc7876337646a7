"""A running turn takes in the prompts that came behind it: they are answered as it is, and none is lost."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, Turn
from acp_trio.schema import v1
from acp_trio.session import text_of
from acp_trio.testing import open_pair

pytestmark = pytest.mark.usefixtures("nothing_leaks")


class Steered:
    """An agent whose turns begin, wait, take in what came meanwhile, and wait again."""

    def __init__(self, second_prompt: str = "steer") -> None:
        self.taken: list[list[str]] = []
        self.begun: list[str] = []
        self.cancels: list[str] = []
        self.fails = False
        self.look = trio.Event()
        self.end = trio.Event()
        self.agent = Agent("steered", second_prompt=second_prompt)
        self.agent.on_prompt(self.prompt)

    async def prompt(self, turn: Turn) -> v1.StopReason:
        self.begun.append(turn.text)
        turn.on_cancel = lambda: self.cancels.append(turn.text)
        await self.look.wait()
        self.taken.append(["\n".join(text_of(block) for block in blocks) for blocks in turn.take_steering()])
        await self.end.wait()
        if self.fails:
            raise RuntimeError("the model is gone")
        return "max_tokens"


async def prompts(session, *texts):
    """Send prompts, and return their requests once all have arrived."""
    sent = []
    for text in texts:
        request = v1.PromptRequest(session_id=session.id, prompt=[v1.TextContent(text=text)])
        sent.append(session.connection.send_request(request))
    await trio.testing.wait_all_tasks_blocked()
    return sent


@pytest.mark.promise("P11")
async def test_prompts_that_wait_become_part_of_the_running_turn_and_are_answered_as_it_is(autojump_clock):
    steered = Steered()
    with trio.fail_after(5):
        async with open_pair(Client("test"), steered.agent) as pair, pair.agent.open_session("/") as session:
            sent = await prompts(session, "first", "second", "third")
            steered.look.set()
            await trio.testing.wait_all_tasks_blocked()
            steered.end.set()
            reasons = [(await one.wait()).stop_reason for one in sent]
    assert steered.begun == ["first"]
    assert steered.taken == [["second", "third"]]
    assert reasons == ["max_tokens"] * 3


@pytest.mark.promise("P1")
async def test_a_turn_that_is_over_takes_nothing_in(autojump_clock):
    agent = Agent("kept", second_prompt="steer")
    turns: list[Turn] = []
    begun: list[str] = []
    end = trio.Event()

    @agent.on_prompt
    async def prompt(turn: Turn) -> v1.StopReason:
        begun.append(turn.text)
        turns.append(turn)
        if turn.text == "second":
            await end.wait()
        return "end_turn"

    with trio.fail_after(5):
        async with open_pair(Client("test"), agent) as pair, pair.agent.open_session("/") as session:
            sent = await prompts(session, "first")
            sent += await prompts(session, "second", "third")
            assert turns[0].take_steering() == []
            end.set()
            reasons = [(await one.wait()).stop_reason for one in sent]
    assert begun == ["first", "second", "third"]
    assert reasons == ["end_turn"] * 3


@pytest.mark.promise("P11")
async def test_a_prompt_that_was_not_taken_in_is_a_turn_of_its_own(autojump_clock):
    steered = Steered()
    with trio.fail_after(5):
        async with open_pair(Client("test"), steered.agent) as pair, pair.agent.open_session("/") as session:
            first = await prompts(session, "first")
            steered.look.set()
            second = await prompts(session, "late")
            steered.end.set()
            await first[0].wait()
            await second[0].wait()
    assert steered.begun == ["first", "late"]
    assert steered.taken == [[], []]


@pytest.mark.promise("P11")
async def test_without_the_policy_nothing_is_taken_in(autojump_clock):
    steered = Steered("queue")
    steered.look.set()
    steered.end.set()
    with trio.fail_after(5):
        async with open_pair(Client("test"), steered.agent) as pair, pair.agent.open_session("/") as session:
            for sent in await prompts(session, "first", "second"):
                await sent.wait()
    assert steered.taken == [[], []]


@pytest.mark.promise("P3")
async def test_cancelling_the_session_cancels_the_turn_and_what_it_took_in(autojump_clock):
    steered = Steered()
    with trio.fail_after(5):
        async with open_pair(Client("test"), steered.agent) as pair, pair.agent.open_session("/") as session:
            sent = await prompts(session, "first", "second")
            steered.look.set()
            await trio.testing.wait_all_tasks_blocked()
            await pair.agent.notify(v1.CancelNotification(session_id=session.id))
            assert [(await one.wait()).stop_reason for one in sent] == ["cancelled", "cancelled"]
    assert steered.cancels == ["first"]


@pytest.mark.promise("P3")
async def test_a_prompt_that_was_taken_in_can_be_cancelled_alone(autojump_clock):
    steered = Steered()
    with trio.fail_after(5):
        async with open_pair(Client("test"), steered.agent) as pair, pair.agent.open_session("/") as session:
            first, second = await prompts(session, "first", "second")
            steered.look.set()
            await trio.testing.wait_all_tasks_blocked()
            second.cancel()
            assert (await second.wait()).stop_reason == "cancelled"
            steered.end.set()
            assert (await first.wait()).stop_reason == "max_tokens"
    assert steered.cancels == []


@pytest.mark.promise("P3")
async def test_what_a_failing_turn_took_in_fails_with_it(autojump_clock, caplog):
    steered = Steered()
    steered.fails = True
    with trio.fail_after(5):
        async with open_pair(Client("test"), steered.agent) as pair, pair.agent.open_session("/") as session:
            first, second = await prompts(session, "first", "second")
            steered.look.set()
            await trio.testing.wait_all_tasks_blocked()
            steered.end.set()
            with pytest.raises(Exception, match="internal error"):
                await first.wait()
            with pytest.raises(Exception, match="took this prompt in failed"):
                await second.wait()
    assert "the model is gone" in caplog.text
