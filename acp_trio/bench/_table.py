"""A comparison as lines of text: a row for each figure, a column for each agent, and below what is missing, and why."""

from __future__ import annotations

from collections.abc import Sequence

from ._figures import FIGURES, AgentFigures, Spread


def as_table(agents: Sequence[AgentFigures]) -> str:
    """The comparison; the range behind a median is the middle half of the rounds."""
    head = ["", *(str(number) for number in range(1, len(agents) + 1))]
    rows = [head, *([f"{figure.title}, {figure.unit}", *_cells(figure.name, agents)] for figure in FIGURES)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [agent.program for agent in agents] + [""]
    for title, *cells in rows:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append("  ".join([title.ljust(widths[0]), *padded]).rstrip())
    return "\n".join([*lines, *_missing(agents), ""])


def _cells(name: str, agents: Sequence[AgentFigures]) -> list[str]:
    return [shown(agent.measured[name]) if name in agent.measured else "cannot" for agent in agents]


def _missing(agents: Sequence[AgentFigures]) -> list[str]:
    lines: list[str] = []
    for number, agent in enumerate(agents, 1):
        if not agent.measured:
            lines.append(f"{number} cannot be measured: {agent.missing[FIGURES[0].name]}")
            continue
        lacking = [figure for figure in FIGURES if figure.name in agent.missing]
        lines += [f"{number} cannot: {figure.title}: {agent.missing[figure.name]}" for figure in lacking]
    return ["", *lines] if lines else []


def shown(spread: Spread) -> str:
    """A median with its range, to three digits."""
    if spread.low == spread.high:
        return _digits(spread.median)
    return f"{_digits(spread.median)} ({_digits(spread.low)} to {_digits(spread.high)})"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
