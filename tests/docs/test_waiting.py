"""The waits of the runtime, as its design page has them: following them never leads back."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "design" / "runtime.md"


def waits() -> list[tuple[str, str]]:
    section = PAGE.read_text().split("## Who waits for whom")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [(row[0].strip(), row[1].strip()) for row in rows[2:]]


def order(edges: list[tuple[str, str]]) -> list[str]:
    graph: dict[str, set[str]] = {}
    for waiter, awaited in edges:
        graph.setdefault(waiter, set()).add(awaited)
    return list(TopologicalSorter(graph).static_order())


def test_nobody_waits_in_a_circle() -> None:
    ordered = order(waits())
    assert all(ordered.index(awaited) < ordered.index(waiter) for waiter, awaited in waits())


def test_a_deliverer_that_waited_for_an_agent_would_be_found() -> None:
    with pytest.raises(CycleError):
        order([*waits(), ("deliverer", "agent loop")])


def test_the_deliverer_waits_for_the_client_alone() -> None:
    assert [awaited for waiter, awaited in waits() if waiter == "deliverer"] == ["client"]
