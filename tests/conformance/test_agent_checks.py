"""Every check is proved by agents: one that is right in everything, and for each requirement one that is not."""

from __future__ import annotations

import pytest
import trio.testing

from acp_trio.conformance import AGENT_REQUIREMENTS, Report, check_agent

from .mutants import MUTANTS
from .scripted_agent import CleanAgent


async def run(agent: CleanAgent) -> Report:
    return await check_agent(agent, patience=5, patience_for_work=5)


def failed(report: Report) -> list[str]:
    return [verdict.requirement.id for verdict in report.verdicts if verdict.outcome == "fail"]


async def test_a_clean_agent_passes_everything(autojump_clock: trio.testing.MockClock) -> None:
    report = await run(CleanAgent())
    assert [(verdict.requirement.id, verdict.reason) for verdict in report.verdicts if verdict.outcome != "pass"] == []
    assert report.conformant


def test_there_is_a_defective_agent_for_every_requirement() -> None:
    assert set(MUTANTS) == {requirement.id for requirement in AGENT_REQUIREMENTS}


@pytest.mark.parametrize(
    "requirement, mutant",
    [
        pytest.param(broken, mutant, id=f"{broken}-{mutant.__name__}")
        for broken, mutants in MUTANTS.items()
        for mutant in mutants
    ],
)
async def test_a_defect_is_found_by_the_requirement_it_breaks_and_by_no_other(
    autojump_clock: trio.testing.MockClock, requirement: str, mutant: type[CleanAgent]
) -> None:
    report = await run(mutant())
    assert failed(report) == [requirement]
    (verdict,) = (verdict for verdict in report.verdicts if verdict.outcome == "fail")
    assert verdict.expected
    assert verdict.reason
    assert report.conformant is (verdict.requirement.level != "must")
