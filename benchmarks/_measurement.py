"""One figure of one peer in one round, and a whole run of them.

Owns the records the other modules exchange. It neither measures nor judges.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

Round = int


@attrs.frozen(kw_only=True)
class Measurement:
    """What one operation cost, and the memory of both ends. Memory is 0 where it is not known."""

    wall_ns: float
    client_cpu_ns: float
    agent_cpu_ns: float
    client_peak_rss: int = 0
    agent_rss: int = 0
    agent_peak_rss: int = 0
    client_growth: float = 0
    agent_growth: float = 0
    """By how much one operation raised the peak."""

    @property
    def cpu_ns(self) -> float:
        """CPU of both ends."""
        return self.client_cpu_ns + self.agent_cpu_ns


@attrs.frozen(kw_only=True)
class Failure:
    """A program that did not deliver: named in every report, never dropped."""

    peer: str
    workload: str
    round: Round
    reason: str


@attrs.define(kw_only=True)
class Results:
    """All that one run found out."""

    facts: Mapping[str, object] = attrs.field(factory=dict)
    """Where and with what it ran."""
    peers: list[str] = attrs.field(factory=list)
    """The peers measured, in order; the ratios are the first one's against each other one."""
    missing: dict[str, str] = attrs.field(factory=dict)
    """The peers that could not be prepared, with the reason."""
    failures: list[Failure] = attrs.field(factory=list)
    measurements: dict[tuple[str, str], dict[Round, Measurement]] = attrs.field(factory=dict)
    """By workload and peer, then by round."""

    def add(self, workload: str, peer: str, number: Round, measurement: Measurement) -> None:
        """Keep the measurement of one round."""
        self.measurements.setdefault((workload, peer), {})[number] = measurement

    def rounds(self, workload: str, peer: str) -> dict[Round, Measurement]:
        """Return what was measured for a peer, empty if nothing was."""
        return self.measurements.get((workload, peer), {})
