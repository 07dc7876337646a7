"""The workloads, the figures read from them, and what is hoped for.

Owns how much work a round is and the targets. What one operation does is written in `programs/_client.py`; `README.md`
says it for programs in other languages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import attrs

from benchmarks._measurement import Measurement

MILLISECOND = 1e6
MICROSECOND = 1e3
KIBIBYTE = 2.0**10
MEBIBYTE = 2.0**20


@attrs.frozen(kw_only=True)
class Workload:
    """One kind of work and how much of it a round does."""

    name: str
    operations: int
    warm_up: int
    quick: int
    """Operations in a round that only has to work."""
    agent: Literal["plain", "hosted", "behind a proxy"] = "plain"
    """Whom the client starts."""


IMPORT = Workload(name="e-import", operations=3, warm_up=1, quick=1)
"""Measured by the harness itself: there is no connection yet."""

WORKLOADS = (
    Workload(name="a1", operations=2000, warm_up=200, quick=20),
    Workload(name="a2", operations=2000, warm_up=200, quick=20),
    Workload(name="b1", operations=20_000, warm_up=2000, quick=1000),
    Workload(name="c", operations=20_000, warm_up=1000, quick=200),
    Workload(name="c2", operations=20_000, warm_up=1000, quick=200, agent="behind a proxy"),
    Workload(name="d-1MiB", operations=20, warm_up=2, quick=1),
    Workload(name="d-10MiB", operations=5, warm_up=1, quick=1),
    IMPORT,
    Workload(name="e-spawn", operations=3, warm_up=1, quick=1),
    Workload(name="f", operations=1000, warm_up=20, quick=10),
    Workload(name="g", operations=10_000, warm_up=200, quick=20),
    Workload(name="h", operations=20_000, warm_up=1000, quick=200, agent="hosted"),
)


SCALES = {"µs": MICROSECOND, "ms": MILLISECOND, "KiB": KIBIBYTE, "MiB": MEBIBYTE}


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


def _targets(
    floor: float | None, python: float | None, typescript: float | None, rust: float | None = None
) -> dict[str, float]:
    targets = {"floor": floor, "python-sdk": python, "typescript-sdk": typescript, "rust-sdk": rust}
    return {peer: target for peer, target in targets.items() if target is not None}


def _memory(
    name: str, title: str, unit: str, workload: str, value: Callable[[Measurement], float], targets: Mapping[str, float]
) -> Figure:
    return Figure(name, title, unit, targets, workload=workload, value=value, is_time=False)


FIGURES = (
    Figure("a1", "sequential `_bench/echo`", "µs", _targets(1.5, 0.5, 0.8, 2)),
    Figure("a2", "sequential `session/prompt`", "µs", _targets(1.5, 0.5, 0.8, 2)),
    Figure("b1", "1000 requests outstanding, each", "µs", _targets(4, 0.25, 0.3, 2)),
    Figure("c", "20 000 updates in one turn, each", "µs", _targets(3, 0.2, 0.25, 1.5)),
    Figure("c2", "the same through a proxy", "µs", _targets(None, 0.15, None)),
    Figure("d-1MiB", "1 MiB prompt", "ms", _targets(1.5, 0.6, 0.6)),
    Figure("d-10MiB", "10 MiB prompt", "ms", _targets(1.5, 0.6, 0.6)),
    Figure("e-import", "import", "ms", _targets(1.5, 0.35, None)),
    Figure("e-spawn", "spawn until `initialize` is answered", "ms", _targets(1.4, 0.35, 1)),
    _memory("e-rss", "agent's memory then", "MiB", "e-spawn", lambda end: end.agent_rss, _targets(None, 0.8, 0.5)),
    Figure("f", "1000 sessions, each", "µs", _targets(None, 0.25, 0.5)),
    _memory("f-client", "client's memory for each of them", "KiB", "f", lambda end: end.client_growth, {}),
    _memory("f-agent", "agent's memory for each of them", "KiB", "f", lambda end: end.agent_growth, {}),
    Figure("g", "10 000 sessions opened and closed, each", "µs", {}),
    _memory("g-client", "what each leaves in the client", "KiB", "g", lambda end: end.client_growth, {}),
    _memory("g-agent", "what each leaves in the agent", "KiB", "g", lambda end: end.agent_growth, {}),
    Figure("h", "20 000 updates through a relay, each", "µs", {}),
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
