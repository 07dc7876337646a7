"""From measurements to the numbers that are shown.

Owns which numbers those are: a median for each peer, and the first peer's ratio to each other one, pair by pair.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from benchmarks._measurement import Measurement, Results
from benchmarks._statistics import Spread, pairwise, spread
from benchmarks._workloads import FIGURES, Figure


@attrs.frozen(kw_only=True)
class Cost:
    """What one peer takes, in the unit of the figure."""

    wall: Spread
    cpu: Spread | None
    client_peak_rss: float
    agent_peak_rss: float
    """Medians in bytes, 0 where not known."""


@attrs.frozen(kw_only=True)
class Ratio:
    """Ours / theirs: below 1 we are better."""

    value: Spread
    cpu: Spread | None
    target: float | None


@attrs.frozen(kw_only=True)
class Row:
    """One figure of all peers."""

    figure: Figure
    costs: dict[str, Cost]
    ratios: dict[str, Ratio]


def summarize(results: Results) -> list[Row]:
    """Return a row for each figure that somebody was measured in."""
    rows = (_row(results, figure) for figure in FIGURES)
    return [row for row in rows if row.costs]


def _row(results: Results, figure: Figure) -> Row:
    measured = [peer for peer in results.peers if results.rounds(figure.workload, peer)]
    costs = {peer: _cost(results, figure, peer) for peer in measured}
    ratios = {peer: ratio for peer in measured[1:] if (ratio := _ratio(results, figure, peer)) is not None}
    return Row(figure=figure, costs=costs, ratios=ratios)


def _cost(results: Results, figure: Figure, peer: str) -> Cost:
    rounds = results.rounds(figure.workload, peer).values()

    def of(value: Callable[[Measurement], float], scale: float = 1) -> Spread:
        return spread([value(measurement) / scale for measurement in rounds])

    return Cost(
        wall=of(figure.value, figure.scale),
        cpu=of(lambda measurement: measurement.cpu_ns, figure.scale) if figure.is_time else None,
        client_peak_rss=of(lambda measurement: measurement.client_peak_rss).median,
        agent_peak_rss=of(lambda measurement: measurement.agent_peak_rss).median,
    )


def _ratio(results: Results, figure: Figure, peer: str) -> Ratio | None:
    ours = results.rounds(figure.workload, results.peers[0])
    theirs = results.rounds(figure.workload, peer)

    def of(value: Callable[[Measurement], float]) -> list[float]:
        return pairwise(
            {number: value(measurement) for number, measurement in ours.items()},
            {number: value(measurement) for number, measurement in theirs.items()},
        )

    values = of(figure.value)
    if not values:
        return None
    cpu = of(lambda measurement: measurement.cpu_ns) if figure.is_time else []
    return Ratio(
        value=spread(values),
        cpu=spread(cpu) if cpu else None,
        target=figure.targets.get(peer) if results.peers[0] == "acp_trio" else None,
    )
