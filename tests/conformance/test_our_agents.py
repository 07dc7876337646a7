"""Our own agents meet every requirement: alone, behind a proxy, and the same again however often one asks."""

from __future__ import annotations

import trio.testing

from acp_trio import Proxy
from acp_trio.cli._example_agent import make_example_agent
from acp_trio.conductor import Conductor
from acp_trio.conformance import Report, check_agent

# It has no way to authenticate, no line to name and no option for the mode.
NOTHING_TO_JUDGE = {"initialize.unknown-auth", "schema.line-numbers", "config.mode"}


def outcomes(report: Report) -> dict[str, str]:
    return {verdict.requirement.id: verdict.outcome for verdict in report.verdicts}


async def test_the_example_agent_behind_a_proxy_passes_everything(autojump_clock: trio.testing.MockClock) -> None:
    conductor = Conductor([Proxy("quiet")], make_example_agent())
    found = outcomes(await check_agent(conductor))
    assert {name for name, outcome in found.items() if outcome != "pass"} == NOTHING_TO_JUDGE


async def test_the_verdicts_are_the_same_each_time_and_for_any_number_at_once(
    autojump_clock: trio.testing.MockClock,
) -> None:
    runs = [outcomes(await check_agent(make_example_agent(), at_once=number)) for number in (1, 2, 3, 20)]
    assert all(run == runs[0] for run in runs)
