"""A comparison as a picture: for each figure a bar for each agent, and a line for the middle half of the rounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from ._figures import FIGURES, AgentFigures, Figure
from ._table import shown

_WIDTH: Final = 760
_LEFT: Final = 20
_BAR: Final = 18
_LONGEST: Final = 460
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


def as_svg(agents: Sequence[AgentFigures]) -> str:
    """The picture, by itself. Bars of different figures are not to be compared: each has a scale of its own."""
    legend = 30 + 18 * len(agents)
    block = 30 + (_BAR + 4) * len(agents)
    height = legend + block * len(FIGURES) + 10
    shapes = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif">',
        "<style>text { font-size: 13px; }</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        *_legend(agents),
    ]
    for place, figure in enumerate(FIGURES):
        shapes += _figure(figure, agents, legend + block * place)
    return "\n".join([*shapes, "</svg>", ""])


def _legend(agents: Sequence[AgentFigures]) -> Iterator[str]:
    for place, agent in enumerate(agents):
        top = 12 + 18 * place
        yield f'<rect x="{_LEFT}" y="{top}" width="12" height="12" fill="{_colour(place)}"/>'
        yield f'<text x="{_LEFT + 20}" y="{top + 11}">{escape(agent.program[:90])}</text>'


def _figure(figure: Figure, agents: Sequence[AgentFigures], top: int) -> Iterator[str]:
    better = "more is better" if figure.more_is_better else "less is better"
    yield f'<text x="{_LEFT}" y="{top + 14}" font-weight="bold">{escape(figure.title)}, {figure.unit} ({better})</text>'
    highest = max((agent.measured[figure.name].high for agent in agents if figure.name in agent.measured), default=1.0)
    for place, agent in enumerate(agents):
        y = top + 22 + (_BAR + 4) * place
        spread = agent.measured.get(figure.name)
        if spread is None:
            reason = agent.missing.get(figure.name, "")
            yield f'<text x="{_LEFT}" y="{y + 13}" fill="#666">cannot: {escape(reason[:90])}</text>'
            continue
        scale = _LONGEST / (highest or 1.0)
        middle = y + _BAR / 2
        yield f'<rect x="{_LEFT}" y="{y}" width="{spread.median * scale:.1f}" height="{_BAR}" fill="{_colour(place)}"/>'
        yield (
            f'<line x1="{_LEFT + spread.low * scale:.1f}" x2="{_LEFT + spread.high * scale:.1f}" '
            f'y1="{middle}" y2="{middle}" stroke="black" stroke-width="2"/>'
        )
        yield f'<text x="{_LEFT + spread.high * scale + 8:.1f}" y="{y + 13}">{escape(shown(spread))}</text>'


def _colour(place: int) -> str:
    return _COLOURS[place % len(_COLOURS)]
