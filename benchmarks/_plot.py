"""The picture of one run: the ratios as dots on a logarithmic axis, a line for the middle half of the rounds.

Owns the SVG text, written by hand: a plotting library would be the heaviest thing in the repository.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from benchmarks._peers import TITLES
from benchmarks._summary import Ratio, Row

_WIDTH = 800
_LEFT, _RIGHT = 290, 30
_TOP, _BOTTOM = 60, 40
_ROW = 34
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
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
    shapes = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif">',
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        _text(10, 22, title, size=15),
        *_legend(peers),
        *_grid(axis, height),
    ]
    for number, row in enumerate(rows):
        shapes += _row(row, peers, axis, _TOP + _ROW * number)
    return "\n".join((*shapes, "</svg>", ""))


def _bounds(ratio: Ratio) -> tuple[float, float]:
    return ratio.value.low, ratio.value.high


def _legend(peers: Sequence[str]) -> list[str]:
    shapes = []
    for number, peer in enumerate(peers):
        left = _LEFT + 170 * number
        shapes.append(f'<circle cx="{left}" cy="40" r="5" fill="{_colour(number)}"/>')
        shapes.append(_text(left + 10, 44, f"against {TITLES[peer]}"))
    return shapes


def _grid(axis: _Axis, height: int) -> list[str]:
    shapes = []
    for tick in axis.ticks:
        x = axis(tick)
        stroke = "#333" if tick == 1 else "#ddd"
        shapes.append(f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{height - _BOTTOM}" stroke="{stroke}"/>')
        shapes.append(_text(x, height - _BOTTOM + 16, f"{tick:g}", anchor="middle"))
    return shapes


def _row(row: Row, peers: Sequence[str], axis: _Axis, top: int) -> list[str]:
    title = row.figure.title.replace("`", "")
    shapes = [_text(10, top + _ROW / 2 + 4, f"{row.figure.name}: {title}")]
    for number, peer in enumerate(peers):
        if ratio := row.ratios.get(peer):
            shapes += _dot(ratio, axis, top + _ROW * (number + 1) / (len(peers) + 1), _colour(number))
    return shapes


def _dot(ratio: Ratio, axis: _Axis, y: float, colour: str) -> list[str]:
    low, high = (axis(bound) for bound in _bounds(ratio))
    return [
        f'<line x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="2"/>',
        f'<circle cx="{axis(ratio.value.median):.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>',
    ]


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _text(x: float, y: float, text: str, *, size: int = 12, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'
