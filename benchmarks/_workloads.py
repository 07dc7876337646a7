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


SCALES = {"µs": MICROSECOND, "ms": MILLISECOND, "MiB": MEBIBYTE}


@attrs.frozen
class Figure:
    """A number read from a workload's measurements, and the most that ours / theirs should be, by peer."""

    name: str
    title: str
    unit: str
    targets: Mapping[str, float]
    workload: str = attrs.field(default=attrs.Factory(lambda self: self.name, takes_self=True))
    value: Callable[[Measurement], float] = attrs.field(default=lambda measurement: measurement.wall_ns)
    is_time: bool = True
    """Then the CPU time is shown with it."""

    @property
    def scale(self) -> float:
        """How much of the measured quantity is one of the unit."""
        return SCALES[self.unit]


FIGURES = (
    Figure("a1", "sequential `_bench/echo`", "µs", {"floor": 1.5, "python-sdk": 0.5}),
    Figure("a2", "sequential `session/prompt`", "µs", {"floor": 1.5, "python-sdk": 0.5}),
    Figure("b1", "1000 requests outstanding, each", "µs", {"floor": 4, "python-sdk": 0.25}),
    Figure("c", "20 000 updates in one turn, each", "µs", {"floor": 3, "python-sdk": 0.2}),
    Figure("d-1MiB", "1 MiB prompt", "ms", {"floor": 1.5, "python-sdk": 0.6}),
    Figure("d-10MiB", "10 MiB prompt", "ms", {"floor": 1.5, "python-sdk": 0.6}),
    Figure("e-import", "import", "ms", {"floor": 1.5, "python-sdk": 0.35}),
    Figure("e-spawn", "spawn until `initialize` is answered", "ms", {"floor": 1.4, "python-sdk": 0.35}),
    Figure(
        "e-rss",
        "agent's memory then",
        "MiB",
        {"python-sdk": 0.8},
        workload="e-spawn",
        value=lambda measurement: measurement.agent_rss,
        is_time=False,
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
