"""Medians, spreads, and ratios pair by pair.

Owns the arithmetic. Two programs are only compared within a round: absolute figures move with the machine's load, by
more than the differences that matter.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

import attrs


@attrs.frozen
class Spread:
    """The median of a sample and its middle half."""

    low: float
    median: float
    high: float


def spread(sample: Sequence[float]) -> Spread:
    """Return the quartiles of a sample that is not empty."""
    if len(sample) == 1:
        return Spread(sample[0], sample[0], sample[0])
    low, median, high = statistics.quantiles(sample, n=4, method="inclusive")
    return Spread(low, median, high)


def pairwise(ours: Mapping[int, float], theirs: Mapping[int, float]) -> list[float]:
    """Return ours / theirs for each round that has both."""
    return [value / theirs[number] for number, value in sorted(ours.items()) if theirs.get(number)]
