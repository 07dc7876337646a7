"""The figures of a comparison, and what several rounds of them come to."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Final, final

import attrs


@final
@attrs.frozen(kw_only=True)
class Figure:
    """One thing that is measured.

    Attributes:
      name: its key in the JSON.
      title: what it is, in words.
      unit: of the value.
      more_is_better: whether an agent is better for a greater value.
    """

    name: str
    title: str
    unit: str
    more_is_better: bool = False


FIGURES: Final[tuple[Figure, ...]] = (
    Figure(name="start", title="from the start to the answer to initialize", unit="ms"),
    Figure(name="memory", title="memory then", unit="MiB"),
    Figure(name="trip-p50", title="round trip of a refused request, median", unit="µs"),
    Figure(name="trip-p99", title="the same, 99th percentile", unit="µs"),
    Figure(name="turn-p50", title="turn of a short prompt, median", unit="µs"),
    Figure(name="stream", title="updates streamed in one turn", unit="per second", more_is_better=True),
    Figure(name="outstanding", title="100 requests at once", unit="ms"),
    Figure(name="memory-after", title="memory after all this", unit="MiB"),
)
"""All of them, in the order in which a round measures them."""


@final
@attrs.frozen
class Spread:
    """The middle of several values, and the middle half of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value or more."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)


@final
@attrs.frozen(kw_only=True)
class AgentFigures:
    """What was measured of one agent.

    Attributes:
      program: what it goes by.
      measured: the spread over the rounds, by the figure's name.
      missing: why a figure could not be had, by the figure's name.
    """

    program: str
    measured: dict[str, Spread]
    missing: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """The figures as a JSON value; its form is part of the interface."""
        return {
            "program": self.program,
            "figures": {name: attrs.asdict(spread) for name, spread in self.measured.items()},
            "missing": dict(self.missing),
        }
