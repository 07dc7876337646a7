"""The tables of `README.md`.

Owns their form and the places between two markers each; the rest of the page belongs to people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks._measurement import Failure, Results
from benchmarks._peers import TITLES
from benchmarks._statistics import Spread
from benchmarks._summary import Cost, Ratio, Row
from benchmarks._workloads import MEBIBYTE

MEASURED = "measured"
"""The place of the main tables; other kinds of runs have theirs."""


class NoMarkers(Exception):
    """The page has no place for the tables."""


def markers(place: str) -> tuple[str, str]:
    """Return what stands before and after what a run writes."""
    return f"<!-- {place}: begin -->", f"<!-- {place}: end -->"


def write_tables(page: Path, text: str, place: str = MEASURED) -> None:
    """Replace what is between the markers of a place of a page. Raises NoMarkers."""
    begin, end = markers(place)
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise NoMarkers(f"{page} has no {begin} ... {end}")
    page.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")


def render(results: Results, rows: Sequence[Row]) -> str:
    """Return everything one run found out, as Markdown."""
    parts = [
        facts_line(results),
        _costs(results, rows),
        _ratios(results, rows),
        _memory(results, rows),
        absent(results),
    ]
    return "\n".join(part for part in parts if part)


def facts_line(results: Results) -> str:
    """Return when and where a run was."""
    facts = results.facts
    return (
        f"Measured {facts['date']}: {facts['rounds']} rounds on {facts['cpus']} CPUs, {facts['system']}, "
        f"Python {facts['python']}.\n"
    )


def _costs(results: Results, rows: Sequence[Row]) -> str:
    header = ["wall / CPU of both ends, median", *(TITLES[peer] for peer in results.peers)]
    body = ([_label(row), *(_cost(row.costs.get(peer)) for peer in results.peers)] for row in rows)
    return table(header, body)


def _ratios(results: Results, rows: Sequence[Row]) -> str:
    others = results.peers[1:]
    if not others:
        return ""
    header = [f"{TITLES[results.peers[0]]} / other, pair by pair", *(TITLES[peer] for peer in others)]
    body = ([_label(row), *(_ratio(row.ratios.get(peer)) for peer in others)] for row in rows)
    return table(header, body)


def _memory(results: Results, rows: Sequence[Row]) -> str:
    header = ["peak memory client / agent, MiB", *(TITLES[peer] for peer in results.peers)]
    body = [
        [_label(row), *(_peaks(row.costs.get(peer)) for peer in results.peers)]
        for row in rows
        if any(cost.client_peak_rss for cost in row.costs.values()) and row.figure.is_time
    ]
    return table(header, body) if body else ""


def absent(results: Results, titles: Mapping[str, str] = TITLES) -> str:
    """Name the peers that were not measured, and the programs that failed."""
    missing = [f"- not measured: {titles[peer]}: {reason}" for peer, reason in results.missing.items()]
    first: dict[tuple[str, str], Failure] = {}
    for failure in results.failures:
        first.setdefault((failure.peer, failure.workload), failure)
    failed = [
        f"- failed: {titles[peer]}, {workload}, first in round {failure.round + 1}: {failure.reason}"
        for (peer, workload), failure in first.items()
    ]
    return "\n".join((*missing, *failed, "")) if missing or failed else ""


def _label(row: Row) -> str:
    return f"**{row.figure.name}** {row.figure.title}, {row.figure.unit}"


def _cost(cost: Cost | None) -> str:
    if cost is None:
        return "-"
    wall = number(cost.wall.median)
    return f"{wall} / {number(cost.cpu.median)}" if cost.cpu else wall


def _ratio(ratio: Ratio | None) -> str:
    if ratio is None:
        return "-"
    text = f"**{number(ratio.value.median)}** {_range(ratio.value)}"
    if ratio.cpu:
        text += f", CPU {number(ratio.cpu.median)}"
    if ratio.target:
        met = "met" if ratio.value.median <= ratio.target else "**not met**"
        text += f"; ≤ {ratio.target:g} {met}"
    return text


def _range(spread: Spread) -> str:
    return f"({number(spread.low)} to {number(spread.high)})" if spread.low < spread.high else "(one round)"


def _peaks(cost: Cost | None) -> str:
    if cost is None or not cost.client_peak_rss:
        return "-"
    return f"{cost.client_peak_rss / MEBIBYTE:.0f} / {cost.agent_peak_rss / MEBIBYTE:.0f}"


def number(value: float) -> str:
    """Return three significant digits."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(header: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """Return a table; the numbers of all columns but the first are to the right."""
    lines = [header, ["---", *("---:" for _ in header[1:])], *body]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
