"""The picture of one run: the ratios as dots on a logarithmic axis, a line for the middle half of the rounds.

Owns where things go; the shapes are `_svg.py`'s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks._peers import TITLES
from benchmarks._summary import Ratio, Row
from benchmarks._svg import colour, dot, line, picture, text

_WIDTH = 800
_LEFT, _RIGHT = 290, 30
_TOP, _BOTTOM = 60, 40
_ROW = 34
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


class _Axis:
    """Maps ratios to pixels, from the tick below the least to the tick above the greatest, and always 1."""

    def __init__(self, values: Sequence[float]) -> None:
        low = max((tick for tick in _TICKS if tick <= min(values)), default=_TICKS[0])
        high = min((tick for tick in _TICKS if tick >= max(values)), default=_TICKS[-1])
        self.ticks = [tick for tick in _TICKS if min(low, 1) <= tick <= max(high, 1)]
        if len(self.ticks) == 1:
            self.ticks = [0.5, 1, 2]

    def __call__(self, ratio: float) -> float:
        low, high = math.log(self.ticks[0]), math.log(self.ticks[-1])
        share = (math.log(min(max(ratio, self.ticks[0]), self.ticks[-1])) - low) / (high - low)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def draw(rows: Sequence[Row], title: str) -> str:
    """Return the picture as SVG text."""
    rows = [row for row in rows if row.ratios]
    peers = list(dict.fromkeys(peer for row in rows for peer in row.ratios))
    axis = _Axis([bound for row in rows for ratio in row.ratios.values() for bound in _bounds(ratio)] or [1])
    height = _TOP + _ROW * len(rows) + _BOTTOM
    shapes = [*_legend(peers), *_grid(axis, height)]
    for number, row in enumerate(rows):
        shapes += _row(row, peers, axis, _TOP + _ROW * number)
    return picture(_WIDTH, height, title, shapes)


def _bounds(ratio: Ratio) -> tuple[float, float]:
    return ratio.value.low, ratio.value.high


def _legend(peers: Sequence[str]) -> list[str]:
    shapes = []
    for number, peer in enumerate(peers):
        left = 20 + 155 * number
        shapes += [dot(left, 40, number), text(left + 10, 44, TITLES[peer])]
    return shapes


def _grid(axis: _Axis, height: int) -> list[str]:
    shapes = []
    for tick in axis.ticks:
        x = axis(tick)
        shapes.append(line((x, _TOP), (x, height - _BOTTOM), "#333" if tick == 1 else "#ddd"))
        shapes.append(text(x, height - _BOTTOM + 16, f"{tick:g}", anchor="middle"))
    return shapes


def _row(row: Row, peers: Sequence[str], axis: _Axis, top: int) -> list[str]:
    title = row.figure.title.replace("`", "")
    shapes = [text(10, top + _ROW / 2 + 4, f"{row.figure.name}: {title}")]
    for number, peer in enumerate(peers):
        if ratio := row.ratios.get(peer):
            shapes += _dot(ratio, axis, top + _ROW * (number + 1) / (len(peers) + 1), number)
    return shapes


def _dot(ratio: Ratio, axis: _Axis, y: float, number: int) -> list[str]:
    low, high = (axis(bound) for bound in _bounds(ratio))
    return [line((low, y), (high, y), colour(number), width=2), dot(axis(ratio.value.median), y, number)]
