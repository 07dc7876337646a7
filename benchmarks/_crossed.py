"""Our client with each peer's agent, and each peer's client with ours: what each side costs by itself.

Owns the pairs and their table. A pair is measured as a peer is, in turns with the others.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from benchmarks import _workloads
from benchmarks._environments import Prepare, Programs
from benchmarks._measurement import Measurement, Results
from benchmarks._peers import Peer
from benchmarks._table import absent, facts_line, number, table
from benchmarks._workloads import MICROSECOND

WORKLOADS = _workloads.select("a1,c")
"""What costs a round trip, and what costs a stream."""
_COLUMNS: tuple[tuple[str, Callable[[Measurement], float]], ...] = (
    ("wall", lambda measurement: measurement.wall_ns),
    ("client's CPU", lambda measurement: measurement.client_cpu_ns),
    ("agent's CPU", lambda measurement: measurement.agent_cpu_ns),
)


def pairs(peers: Sequence[Peer]) -> list[Peer]:
    """Return the first peer with itself, its client with every other agent, and every other client with its agent."""
    ours, *others = peers
    return [
        _pair(ours, ours),
        *(_pair(ours, other) for other in others),
        *(_pair(other, ours) for other in others),
    ]


def _pair(client: Peer, agent: Peer) -> Peer:
    return Peer(
        name=f"{client.name}>{agent.name}",
        title=f"{client.title} | {agent.title}",
        prepare=_prepared(client.prepare, agent.prepare),
    )


def _prepared(client: Prepare, agent: Prepare) -> Prepare:
    def prepare(cache: Path) -> Programs:
        return attrs.evolve(client(cache), agent=agent(cache).agent)

    return prepare


def render(results: Results, peers: Sequence[Peer]) -> str:
    """Return the table: a line for each pair, medians in µs."""
    titles = {peer.name: peer.title for peer in pairs(peers)}
    header = ["client | agent", *(f"{workload.name} {name}" for workload in WORKLOADS for name, _ in _COLUMNS)]
    body = ([titles[pair], *_cells(results, pair)] for pair in results.peers)
    lines = table(header, body).replace("| --- |", "| --- | --- |", 1)  # two names in the first cell
    return "\n".join(part for part in (facts_line(results), lines, absent(results, titles)) if part)


def _cells(results: Results, pair: str) -> list[str]:
    cells = []
    for workload in WORKLOADS:
        measured = results.rounds(workload.name, pair).values()
        for _, value in _COLUMNS:
            median = statistics.median(value(each) for each in measured) / MICROSECOND if measured else None
            cells.append("-" if median is None else number(median))
    return cells
