"""The tables of `README.md`.

Owns their form and the place between the two markers; the rest of the page belongs to people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks._measurement import Failure, Results
from benchmarks._peers import TITLES
from benchmarks._statistics import Spread
from benchmarks._summary import Cost, Ratio, Row
from benchmarks._workloads import MEBIBYTE

BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"


class NoMarkers(Exception):
    """The page has no place for the tables."""


def write_tables(page: Path, text: str) -> None:
    """Replace what is between the markers of a page. Raises NoMarkers."""
    old = page.read_text(encoding="utf-8")
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoMarkers(f"{page} has no {BEGIN} ... {END}")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def render(results: Results, rows: Sequence[Row]) -> str:
    """Return everything one run found out, as Markdown."""
    parts = [_facts(results), _costs(results, rows), _ratios(results, rows), _memory(results, rows), _absent(results)]
    return "\n".join(part for part in parts if part)


def _facts(results: Results) -> str:
    facts = results.facts
    return (
        f"Measured {facts['date']}: {facts['rounds']} rounds on {facts['cpus']} CPUs, {facts['system']}, "
        f"Python {facts['python']}.\n"
    )


def _costs(results: Results, rows: Sequence[Row]) -> str:
    header = ["wall / CPU of both ends, median", *(TITLES[peer] for peer in results.peers)]
    body = ([_label(row), *(_cost(row.costs.get(peer)) for peer in results.peers)] for row in rows)
    return _table(header, body)


def _ratios(results: Results, rows: Sequence[Row]) -> str:
    others = results.peers[1:]
    if not others:
        return ""
    header = [f"{TITLES[results.peers[0]]} / other, pair by pair", *(TITLES[peer] for peer in others)]
    body = ([_label(row), *(_ratio(row.ratios.get(peer)) for peer in others)] for row in rows)
    return _table(header, body)


def _memory(results: Results, rows: Sequence[Row]) -> str:
    header = ["peak memory client / agent, MiB", *(TITLES[peer] for peer in results.peers)]
    body = [
        [_label(row), *(_peaks(row.costs.get(peer)) for peer in results.peers)]
        for row in rows
        if any(cost.client_peak_rss for cost in row.costs.values()) and row.figure.is_time
    ]
    return _table(header, body) if body else ""


def _absent(results: Results) -> str:
    missing = [f"- not measured: {TITLES[peer]}: {reason}" for peer, reason in results.missing.items()]
    first: dict[tuple[str, str], Failure] = {}
    for failure in results.failures:
        first.setdefault((failure.peer, failure.workload), failure)
    failed = [
        f"- failed: {TITLES[peer]}, {workload}, first in round {failure.round + 1}: {failure.reason}"
        for (peer, workload), failure in first.items()
    ]
    return "\n".join((*missing, *failed, "")) if missing or failed else ""


def _label(row: Row) -> str:
    return f"**{row.figure.name}** {row.figure.title}, {row.figure.unit}"


def _cost(cost: Cost | None) -> str:
    if cost is None:
        return "-"
    wall = _number(cost.wall.median)
    return f"{wall} / {_number(cost.cpu.median)}" if cost.cpu else wall


def _ratio(ratio: Ratio | None) -> str:
    if ratio is None:
        return "-"
    text = f"**{_number(ratio.value.median)}** {_range(ratio.value)}"
    if ratio.cpu:
        text += f", CPU {_number(ratio.cpu.median)}"
    if ratio.target:
        met = "met" if ratio.value.median <= ratio.target else "**not met**"
        text += f"; ≤ {ratio.target:g} {met}"
    return text


def _range(spread: Spread) -> str:
    return f"({_number(spread.low)} to {_number(spread.high)})" if spread.low < spread.high else "(one round)"


def _peaks(cost: Cost | None) -> str:
    if cost is None or not cost.client_peak_rss:
        return "-"
    return f"{cost.client_peak_rss / MEBIBYTE:.0f} / {cost.agent_peak_rss / MEBIBYTE:.0f}"


def _number(value: float) -> str:
    """Return three significant digits."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _table(header: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---", *("---:" for _ in header[1:])], *body]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
