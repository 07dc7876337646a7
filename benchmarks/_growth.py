"""What a message costs when there is more of everything: it should stay the same.

Owns the series, ours alone. A point is a run of a workload whose size is in its name or in its operations.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from benchmarks._environments import Programs
from benchmarks._measurement import Measurement
from benchmarks._programs import ProgramFailed, run_client
from benchmarks._workloads import MICROSECOND

Say = Callable[[str], None]
_MEBIBYTE = 1024 * 1024


@attrs.frozen(kw_only=True)
class Step:
    """One size of a series: what is run for it."""

    size: int
    workload: str
    operations: int
    warm_up: int
    messages: float = 1
    """How many units of what is drawn one operation is."""
    handlers: int = 0


@attrs.frozen(kw_only=True)
class Series:
    """One thing that grows."""

    name: str
    title: str
    unit: str
    sizes: Sequence[int]
    step: Callable[[int], Step]
    holds: str | None = None
    """What there is `size` of at the same time, where its memory is worth saying."""


def _outstanding(size: int) -> Step:
    return Step(size=size, workload=f"b1={size}", operations=max(2 * size, 5000), warm_up=10)


def _updates(size: int) -> Step:
    return Step(size=size, workload="c", operations=size, warm_up=1000)


def _sessions(size: int) -> Step:
    return Step(size=size, workload="f", operations=size, warm_up=10)


def _bytes(size: int) -> Step:
    operations = max(3, min(500, 50 * _MEBIBYTE // size))
    return Step(size=size, workload=f"d={size}", operations=operations, warm_up=1, messages=size / 1024)


def _handlers(size: int) -> Step:
    return Step(size=size, workload="a1", operations=1000, warm_up=100, handlers=size)


SERIES = (
    Series(
        name="b1",
        title="requests outstanding",
        unit="request",
        sizes=(10, 100, 1000, 10_000),
        step=_outstanding,
        holds="pending request",
    ),
    Series(name="c", title="updates in a turn", unit="update", sizes=(1000, 10_000, 100_000, 1_000_000), step=_updates),
    Series(
        name="f", title="sessions open", unit="session", sizes=(10, 100, 1000, 10_000), step=_sessions, holds="session"
    ),
    Series(
        name="d",
        title="bytes in a prompt",
        unit="KiB",
        sizes=(100, 1000, 10_000, 100_000, _MEBIBYTE, 10 * _MEBIBYTE, 50 * _MEBIBYTE),
        step=_bytes,
    ),
    Series(
        name="handlers", title="handlers registered before", unit="request", sizes=(1, 10, 100, 500), step=_handlers
    ),
)


@attrs.frozen(kw_only=True)
class Point:
    """What was measured for one size, medians."""

    series: str
    size: int
    wall_ns: float
    cpu_ns: float
    """For each unit."""
    client_bytes: float
    agent_bytes: float
    """By how much the peak grew for each of what there was at the same time."""


@attrs.define
class Growth:
    """All points of a run, and what went wrong."""

    points: list[Point] = attrs.field(factory=list)
    failures: list[str] = attrs.field(factory=list)

    def of(self, series: Series) -> list[Point]:
        """Return the points of one series, the smallest first."""
        return [point for point in self.points if point.series == series.name]


def measure(cache: Path, prepare: Callable[[Path], Programs], *, rounds: int, quick: bool, say: Say) -> Growth:
    """Measure every size of every series. Quickly: the two smallest, once."""
    programs = prepare(cache)
    growth = Growth()
    for series in SERIES:
        for size in series.sizes[:2] if quick else series.sizes:
            try:
                growth.points.append(_measure(series, series.step(size), programs, rounds))
            except ProgramFailed as error:
                growth.failures.append(f"{series.name}, {size} {series.title}: {error}")
                say(f"{series.name:8} {size:9} FAILED: {error}")
                continue
            wall = growth.points[-1].wall_ns / MICROSECOND
            say(f"{series.name:8} {size:9} {wall:10.1f} µs for each {series.unit}")
    return growth


def _measure(series: Series, step: Step, programs: Programs, rounds: int) -> Point:
    agent = (*programs.agent, str(step.handlers)) if step.handlers else programs.agent
    measured = [run_client(programs.client, agent, step.workload, step.operations, step.warm_up) for _ in range(rounds)]

    def median(value: Callable[[Measurement], float]) -> float:
        return statistics.median(value(each) for each in measured)

    held = step.operations / step.size
    return Point(
        series=series.name,
        size=step.size,
        wall_ns=median(lambda each: each.wall_ns) / step.messages,
        cpu_ns=median(lambda each: each.cpu_ns) / step.messages,
        client_bytes=median(lambda each: each.client_growth) * held if series.holds else 0,
        agent_bytes=median(lambda each: each.agent_growth) * held if series.holds else 0,
    )
