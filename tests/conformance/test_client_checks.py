"""Every check of a client is proved by clients: one that is right in everything, and others that are wrong in one."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio.testing

from acp_trio.conformance import CLIENT_REQUIREMENTS, Verdict
from acp_trio.conformance._run_client import ClientRun

from .client_mutants import CLIENT_MUTANTS, OffersNothing
from .scripted_client import CleanClient, Play


async def run(client: type[CleanClient], directory: Path) -> tuple[Verdict, ...]:
    return await ClientRun(Play(client, directory), at_once=4, tell=lambda _verdict: None).run()


def told(verdicts: tuple[Verdict, ...], outcome: str) -> list[str]:
    return [verdict.requirement.id for verdict in verdicts if verdict.outcome == outcome]


async def test_a_clean_client_passes_everything(autojump_clock: trio.testing.MockClock, tmp_path: Path) -> None:
    verdicts = await run(CleanClient, tmp_path)
    assert told(verdicts, "fail") == []
    assert told(verdicts, "inconclusive") == []
    assert told(verdicts, "skipped") == ["files.unoffered", "terminal.unoffered"]


async def test_a_client_that_offers_nothing_refuses_it(autojump_clock: trio.testing.MockClock, tmp_path: Path) -> None:
    class Refuses(OffersNothing):
        async def result(self, method: str, params: object) -> object:
            if method.startswith(("fs/", "terminal/")):
                return await self.unknown_method(method)
            return await super().result(method, params)

    verdicts = await run(Refuses, tmp_path)
    assert told(verdicts, "fail") == []
    assert {"files.unoffered", "terminal.unoffered"} <= set(told(verdicts, "pass"))


def test_there_is_a_defective_client_for_every_requirement() -> None:
    assert set(CLIENT_MUTANTS) == {requirement.id for requirement in CLIENT_REQUIREMENTS}


@pytest.mark.parametrize(
    "requirement, mutant",
    [
        pytest.param(broken, mutant, id=f"{broken}-{mutant.__name__}")
        for broken, mutants in CLIENT_MUTANTS.items()
        for mutant in mutants
    ],
)
async def test_a_defect_is_found_by_the_requirement_it_breaks_and_by_no_other(
    autojump_clock: trio.testing.MockClock, tmp_path: Path, requirement: str, mutant: type[CleanClient]
) -> None:
    assert told(await run(mutant, tmp_path), "fail") == [requirement]
