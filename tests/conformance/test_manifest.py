"""The manifest: every requirement has exactly one check, and says where it comes from."""

from __future__ import annotations

import pytest

from acp_trio.conformance import AGENT_REQUIREMENTS, CLIENT_REQUIREMENTS, Requirement
from acp_trio.conformance._checks import CHECKS, GROUPS, OBSERVATIONS, TOURS
from acp_trio.conformance._client_run import SCENARIO_CHECKS
from acp_trio.conformance._scenarios import SCENARIOS

PATHS = {
    "authentication",
    "cancellation",
    "content",
    "elicitation",
    "error",
    "extensibility",
    "file-system",
    "initialization",
    "overview",
    "prompt-turn",
    "schema",
    "session-config-options",
    "session-delete",
    "session-list",
    "session-modes",
    "session-setup",
    "terminals",
    "tool-calls",
    "transports",
}


def test_every_requirement_of_an_agent_has_one_check_and_every_check_a_requirement() -> None:
    ids = [requirement.id for requirement in AGENT_REQUIREMENTS]
    assert len(ids) == len(set(ids))
    assert set(ids) == {*CHECKS, *(name for role, name in OBSERVATIONS if role == "agent")}


def test_every_check_has_a_group_that_exists() -> None:
    assert {check.group for check in CHECKS.values()} | set(TOURS) == set(GROUPS)


def test_every_requirement_of_a_client_has_one_check_and_every_check_a_requirement() -> None:
    ids = [requirement.id for requirement in CLIENT_REQUIREMENTS]
    looked_at = [name for role, name in OBSERVATIONS if role == "client"]
    assert sorted(ids) == sorted([*SCENARIO_CHECKS, *looked_at])


def test_every_check_of_a_client_has_a_scenario_that_exists() -> None:
    assert {check.scenario for check in SCENARIO_CHECKS.values()} <= set(SCENARIOS)


@pytest.mark.parametrize(
    "requirement",
    [*AGENT_REQUIREMENTS, *CLIENT_REQUIREMENTS],
    ids=lambda requirement: f"{requirement.role}-{requirement.id}",
)
def test_a_requirement_is_one_sentence_with_a_place_in_a_specification(requirement: Requirement) -> None:
    assert requirement.sentence.endswith(".")
    assert requirement.sentence.count(". ") == 0
    page, _, _section = requirement.citation.partition("#")
    assert page in PATHS or page == "https://www.jsonrpc.org/specification"
    assert requirement.url.startswith("https://")
