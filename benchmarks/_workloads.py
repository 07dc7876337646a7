"""The workloads, the figures read from them, and what is hoped for.

Owns how much work a round is and the targets. What one operation does is written in `programs/_client.py`; `README.md`
says it for programs in other languages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from benchmarks._measurement import Measurement

MILLISECOND = 1e6
MICROSECOND = 1e3
MEBIBYTE = 2.0**20


@attrs.frozen(kw_only=True)
class Workload:
    """One kind of work and how much of it a round does."""

    name: str
    operations: int
    warm_up: int
    quick: int
    """Operations in a round that only has to work."""


IMPORT = Workload(name="e-import", operations=3, warm_up=1, quick=1)
"""Measured by the harness itself: there is no connection yet."""

WORKLOADS = (
    Workload(name="a1", operations=2000, warm_up=200, quick=20),
    Workload(name="a2", operations=2000, warm_up=200, quick=20),
    Workload(name="b1", operations=20_000, warm_up=2000, quick=1000),
    Workload(name="c", operations=20_000, warm_up=1000, quick=200),
    Workload(name="d-1MiB", operations=20, warm_up=2, quick=1),
    Workload(name="d-10MiB", operations=5, warm_up=1, quick=1),
    IMPORT,
    Workload(name="e-spawn", operations=3, warm_up=1, quick=1),
)


@attrs.frozen(kw_only=True)
class Figure:
    """A number read from a workload's measurements, and the most that ours / theirs should be, by peer."""

    name: str
    title: str
    workload: str
    unit: str
    scale: float
    value: Callable[[Measurement], float] = lambda measurement: measurement.wall_ns
    has_cpu: bool = True
    targets: Mapping[str, float] = attrs.field(factory=dict)


FIGURES = (
    Figure(
        name="a1",
        title="sequential `_bench/echo`",
        workload="a1",
        unit="µs",
        scale=MICROSECOND,
        targets={"floor": 1.5, "python-sdk": 0.5},
    ),
    Figure(
        name="a2",
        title="sequential `session/prompt`",
        workload="a2",
        unit="µs",
        scale=MICROSECOND,
        targets={"floor": 1.5, "python-sdk": 0.5},
    ),
    Figure(
        name="b1",
        title="1000 requests outstanding, each",
        workload="b1",
        unit="µs",
        scale=MICROSECOND,
        targets={"floor": 4, "python-sdk": 0.25},
    ),
    Figure(
        name="c",
        title="20 000 updates in one turn, each",
        workload="c",
        unit="µs",
        scale=MICROSECOND,
        targets={"floor": 3, "python-sdk": 0.2},
    ),
    Figure(
        name="d-1MiB",
        title="1 MiB prompt",
        workload="d-1MiB",
        unit="ms",
        scale=MILLISECOND,
        targets={"floor": 1.5, "python-sdk": 0.6},
    ),
    Figure(
        name="d-10MiB",
        title="10 MiB prompt",
        workload="d-10MiB",
        unit="ms",
        scale=MILLISECOND,
        targets={"floor": 1.5, "python-sdk": 0.6},
    ),
    Figure(
        name="e-import",
        title="import",
        workload="e-import",
        unit="ms",
        scale=MILLISECOND,
        targets={"floor": 1.5, "python-sdk": 0.35},
    ),
    Figure(
        name="e-spawn",
        title="spawn until `initialize` is answered",
        workload="e-spawn",
        unit="ms",
        scale=MILLISECOND,
        targets={"floor": 1.4, "python-sdk": 0.35},
    ),
    Figure(
        name="e-rss",
        title="agent's memory then",
        workload="e-spawn",
        unit="MiB",
        scale=MEBIBYTE,
        value=lambda measurement: measurement.agent_rss,
        has_cpu=False,
        targets={"python-sdk": 0.8},
    ),
)


def select(names: str) -> tuple[Workload, ...]:
    """Return the workloads named in a list like `a1,d`: a name or the letter before its dash. Raises ValueError."""
    wanted = names.split(",")
    unknown = [name for name in wanted if not any(_goes_by(workload, name) for workload in WORKLOADS)]
    if unknown:
        raise ValueError(f"no such workload: {', '.join(unknown)}")
    return tuple(workload for workload in WORKLOADS if any(_goes_by(workload, name) for name in wanted))


def _goes_by(workload: Workload, name: str) -> bool:
    return name in (workload.name, workload.name.partition("-")[0])
