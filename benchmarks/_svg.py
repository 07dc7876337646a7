"""The shapes that the pictures are made of.

Owns colours and text. SVG is written by hand: a plotting library would be the heaviest thing in the repository.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")


def picture(width: int, height: int, title: str, shapes: Sequence[str]) -> str:
    """Return the whole text of a picture."""
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        text(10, 22, title, size=15),
    ]
    return "\n".join((*head, *shapes, "</svg>", ""))


def colour(number: int) -> str:
    """Return a colour that is not mistaken for its neighbours'."""
    return _COLOURS[number % len(_COLOURS)]


def dot(x: float, y: float, number: int) -> str:
    """Return a measured point."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour(number)}"/>'


def line(start: tuple[float, float], end: tuple[float, float], stroke: str, *, width: int = 1) -> str:
    """Return a straight line."""
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" stroke-width="{width}"/>'


def text(x: float, y: float, words: str, *, size: int = 12, anchor: str = "start") -> str:
    """Return some words."""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{escape(words)}</text>'
