"""How long a stream at full speed keeps the rest of its program waiting, ours alone.

Owns how much work handlers do for each update, and the table. The waits are the longest seen, not medians: what the
machine does besides is in them, so that the least of several rounds is shown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import attrs

from benchmarks._environments import PROGRAMS
from benchmarks._programs import ProgramFailed, run_program
from benchmarks._table import number, table
from benchmarks._workloads import MILLISECOND

MICROSECONDS_OF_WORK = (0, 10, 100, 1000)
_UPDATES = 5000
_SLOW_UPDATES = 1000
"""Where each takes a millisecond."""


@attrs.frozen(kw_only=True)
class Waits:
    """With so much work for each update: the longest wait of another task at either end, and what a cancel takes."""

    microseconds_of_work: int
    client_ns: float
    agent_ns: float
    cancel_ns: float


def measure(*, rounds: int, quick: bool, say: Callable[[str], None]) -> list[Waits]:
    """Measure every amount of work. Raises ProgramFailed."""
    found = []
    for work in MICROSECONDS_OF_WORK:
        updates = 100 if quick else _SLOW_UPDATES if work >= 1000 else _UPDATES
        reports = [_run(work, updates) for _ in range(rounds)]
        waits = Waits(
            microseconds_of_work=work,
            client_ns=min(report["clientNs"] for report in reports),
            agent_ns=min(report["agentNs"] for report in reports),
            cancel_ns=min(report["cancelNs"] for report in reports),
        )
        say(f"{work:5} µs of work: longest wait {waits.client_ns / MILLISECOND:.1f} ms")
        found.append(waits)
    return found


def _run(work: int, updates: int) -> dict[str, float]:
    output = run_program([sys.executable, str(PROGRAMS / "acp_trio_fairness.py"), str(work), str(updates)])
    try:
        report: dict[str, float] = json.loads(output)
    except ValueError as error:
        raise ProgramFailed(f"not a report: {output[:200]!r}") from error
    return report


def render(waits: list[Waits]) -> str:
    """Return the table, in milliseconds."""
    header = [
        "work for each update, at both ends",
        "longest wait of another task, client, ms",
        "the same, agent, ms",
        "from `turn.cancel()` to the end of the turn, ms",
    ]
    body = (
        [
            f"{each.microseconds_of_work} µs",
            *(number(ns / MILLISECOND) for ns in (each.client_ns, each.agent_ns, each.cancel_ns)),
        ]
        for each in waits
    )
    return table(header, body)
