"""The table and the picture of growth.

Owns their form: one line of the table for each size, one line of the picture for each series, both axes logarithmic.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from benchmarks._growth import SERIES, Growth, Point, Series
from benchmarks._svg import colour, dot, line, picture, text
from benchmarks._table import number, table
from benchmarks._workloads import KIBIBYTE, MICROSECOND

_WIDTH, _HEIGHT = 800, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 30, 110, 50


def render(growth: Growth) -> str:
    """Return the picture's place, the table, and below it what failed."""
    header = ["what there is more of", "how much", "wall, µs", "CPU of both ends, µs", "client / agent, KiB"]
    body = [_cells(series, point) for series in SERIES for point in growth.of(series)]
    failures = "".join(f"- failed: {failure}\n" for failure in growth.failures)
    return "\n".join(part for part in ("![growth](results/growth.svg)\n", table(header, body), failures) if part)


def _cells(series: Series, point: Point) -> list[str]:
    memory = "-"
    if series.holds:
        memory = f"{number(point.client_bytes / KIBIBYTE)} / {number(point.agent_bytes / KIBIBYTE)} a {series.holds}"
    wall, cpu = number(point.wall_ns / MICROSECOND), number(point.cpu_ns / MICROSECOND)
    return [f"**{series.name}** {series.title}", f"{point.size:,}", f"{wall} a {series.unit}", cpu, memory]


class _Scale:
    """Maps numbers to pixels, from the power of ten below the least to the one above the greatest."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self._low = math.floor(math.log10(min(values, default=1)))
        self._high = max(math.ceil(math.log10(max(values, default=10))), self._low + 1)
        self._start, self._end = start, end
        self.ticks = [10.0**power for power in range(self._low, self._high + 1)]

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)


def draw(growth: Growth) -> str:
    """Return the picture as SVG text."""
    points = [point for point in growth.points if point.wall_ns > 0]
    x = _Scale([point.size for point in points], _LEFT, _WIDTH - _RIGHT)
    y = _Scale([point.wall_ns / MICROSECOND for point in points], _HEIGHT - _BOTTOM, _TOP)
    shapes = [*_grid(x, y)]
    for place, series in enumerate(SERIES):
        shapes += _legend(place, series)
        shapes += _curve(place, [(x(p.size), y(p.wall_ns / MICROSECOND)) for p in points if p.series == series.name])
    return picture(_WIDTH, _HEIGHT, "time for each, when there is more: a level line does not grow", shapes)


def _grid(x: _Scale, y: _Scale) -> list[str]:
    shapes = [text(_LEFT - 50, _TOP - 12, "µs")]
    for tick in x.ticks:
        shapes.append(line((x(tick), _TOP), (x(tick), _HEIGHT - _BOTTOM), "#ddd"))
        shapes.append(text(x(tick), _HEIGHT - _BOTTOM + 18, f"{tick:,.0f}", anchor="middle"))
    for tick in y.ticks:
        shapes.append(line((_LEFT, y(tick)), (_WIDTH - _RIGHT, y(tick)), "#ddd"))
        shapes.append(text(_LEFT - 8, y(tick) + 4, f"{tick:g}", anchor="end"))
    return shapes


def _legend(place: int, series: Series) -> list[str]:
    left, top = 20 + 265 * (place % 3), 45 + 22 * (place // 3)
    return [dot(left, top, place), text(left + 10, top + 4, f"a {series.unit}, by {series.title}")]


def _curve(place: int, points: Sequence[tuple[float, float]]) -> list[str]:
    lines = [line(start, end, colour(place), width=2) for start, end in itertools.pairwise(points)]
    return [*lines, *(dot(x, y, place) for x, y in points)]
