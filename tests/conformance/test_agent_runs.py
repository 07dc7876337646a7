"""A run over an agent as a whole: authentication, agents that end or hang, what is told meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio.conformance import AGENT_REQUIREMENTS, CouldNotRun, Report, Verdict, check_agent
from acp_trio.conformance._conversation import Manner, open_conversation
from acp_trio.conformance._services import Services
from acp_trio.transports import memory_pair

from .scripted_agent import CleanAgent, Refused, Session


class Locked(CleanAgent):
    """Opens sessions for those who have authenticated."""

    authenticated = False

    async def authenticate(self, params: dict[str, Any]) -> Any:
        self.authenticated = True
        return await super().authenticate(params)

    def check_new(self, params: dict[str, Any]) -> None:
        if not self.authenticated:
            raise Refused(-32000)
        super().check_new(params)


class Mute(CleanAgent):
    async def talk(self, link: Any, nursery: trio.Nursery) -> None:
        await trio.sleep_forever()


class OpensNoSession(CleanAgent):
    async def new(self, params: dict[str, Any]) -> Any:
        await trio.sleep_forever()


class DiesOfPlans(CleanAgent):
    async def plan(self, session: Session) -> None:
        self.nursery.cancel_scope.cancel()
        await trio.lowlevel.checkpoint()


class HangsOnModes(CleanAgent):
    async def set_mode(self, params: dict[str, Any]) -> Any:
        await trio.sleep_forever()


def by_id(report: Report) -> dict[str, Verdict]:
    return {verdict.requirement.id: verdict for verdict in report.verdicts}


def failed(report: Report) -> list[str]:
    return [verdict.requirement.id for verdict in report.verdicts if verdict.outcome == "fail"]


async def test_without_authentication_what_needs_a_session_is_skipped_and_says_how(
    autojump_clock: trio.testing.MockClock,
) -> None:
    report = await check_agent(Locked())
    assert failed(report) == []
    verdict = by_id(report)["session.new"]
    assert verdict.outcome == "skipped"
    assert verdict.reason == "the agent wants authentication; use --auth with one of: token, terminal"
    assert by_id(report)["wire.unknown-method"].outcome == "pass"


async def test_with_authentication_everything_is_checked(autojump_clock: trio.testing.MockClock) -> None:
    report = await check_agent(Locked(), auth="token")
    assert [verdict.requirement.id for verdict in report.verdicts if verdict.outcome != "pass"] == []


async def test_authentication_that_is_refused_is_no_verdict(autojump_clock: trio.testing.MockClock) -> None:
    with pytest.raises(CouldNotRun, match="authenticate was refused"):
        await check_agent(Locked(), auth="key")


async def test_an_agent_that_says_nothing_cannot_be_judged(autojump_clock: trio.testing.MockClock) -> None:
    with pytest.raises(CouldNotRun, match="no sign of an answer to request 1 within 7 s"):
        await check_agent(Mute(), patience_for_work=7)


async def test_an_agent_that_dies_in_one_turn_is_judged_by_the_others(autojump_clock: trio.testing.MockClock) -> None:
    report = await check_agent(DiesOfPlans())
    assert failed(report) == []
    assert len(report.verdicts) == len(AGENT_REQUIREMENTS)


async def test_one_answer_that_does_not_come_fails_what_asked_for_it_and_nothing_after_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    report = await check_agent(HangsOnModes(), patience=3)
    assert failed(report) == ["mode.set", "mode.unknown"]
    assert by_id(report)["mode.set"].reason == "no sign of an answer to request 3 within 3 s"
    assert by_id(report)["config.set"].outcome == "pass"


async def test_sessions_that_do_not_open_are_one_failure_and_no_verdict_on_anything_else(
    autojump_clock: trio.testing.MockClock,
) -> None:
    report = await check_agent(OpensNoSession())
    assert failed(report) == ["session.new"]
    assert by_id(report)["mode.set"].outcome == "inconclusive"
    assert by_id(report)["mode.set"].reason.startswith("there is no session: no sign of an answer")


async def test_a_line_that_is_cut_off_when_the_conversation_ends_is_not_held_against_the_agent(
    autojump_clock: trio.testing.MockClock,
) -> None:
    ours, theirs = memory_pair()
    manner = Manner(directory="/", patience=1, patience_for_work=1, grace=1, auth=None, prompts={})
    async with theirs.open() as agent, open_conversation(ours, Services({}), manner) as conversation:
        await agent.write(b'{"jsonrpc":"2.0","method":"_a"}\n{"jsonrpc":"2.0","meth')
        await trio.testing.wait_all_tasks_blocked()
    assert [message.message for message in conversation.messages] == [{"jsonrpc": "2.0", "method": "_a"}]


async def test_every_verdict_is_told_once(autojump_clock: trio.testing.MockClock) -> None:
    told: list[str] = []
    report = await check_agent(CleanAgent(), tell=lambda verdict: told.append(verdict.requirement.id))
    assert sorted(told) == sorted(by_id(report))


async def test_a_run_that_is_cancelled_leaves_nothing(autojump_clock: trio.testing.MockClock) -> None:
    with trio.move_on_after(1) as scope:
        await check_agent(Mute())
    assert scope.cancelled_caught
