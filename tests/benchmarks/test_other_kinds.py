"""Crossed, growth and fairness: their tables and pictures, and one short run of what is ours. No time is asserted."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import attrs
import pytest

from benchmarks import _cli, _crossed, _growth, _growth_report, _peers
from benchmarks._fairness import Waits
from benchmarks._fairness import render as render_fairness
from benchmarks._growth import SERIES, Growth, Point
from benchmarks._measurement import Failure, Measurement, Results
from benchmarks._table import markers
from benchmarks.programs._client import operation

pytestmark = pytest.mark.slow

OURS, FLOOR = _peers.select("acp_trio,floor")


def point(series: str, size: int, **values: float) -> Point:
    given = {"wall_ns": 1000, "cpu_ns": 2000, "client_bytes": 0, "agent_bytes": 0, **values}
    return Point(series=series, size=size, **given)


def test_a_pair_has_the_client_of_one_and_the_agent_of_the_other(tmp_path: Path) -> None:
    pairs = {pair.name: pair.prepare(tmp_path) for pair in _crossed.pairs([OURS, FLOOR])}
    assert list(pairs) == ["acp_trio>acp_trio", "acp_trio>floor", "floor>acp_trio"]
    mixed = pairs["acp_trio>floor"]
    assert mixed.client == OURS.prepare(tmp_path).client
    assert mixed.agent == FLOOR.prepare(tmp_path).agent


def test_the_crossed_table_names_client_and_agent_and_what_failed() -> None:
    results = Results(peers=["acp_trio>acp_trio", "acp_trio>floor"])
    results.facts = {"date": "2026-01-01", "rounds": 1, "cpus": 2, "system": "Linux", "python": "3.11"}
    results.add("a1", "acp_trio>floor", 0, Measurement(wall_ns=90_000, client_cpu_ns=50_000, agent_cpu_ns=20_000))
    results.failures = [Failure(peer="acp_trio>floor", workload="c", round=0, reason="fell over")]
    text = _crossed.render(results, [OURS, FLOOR])
    assert "| acp_trio | trio floor | 90 | 50 | 20 | - | - | - |" in text
    assert "- failed: acp_trio | trio floor, c, first in round 1: fell over" in text


def test_every_size_of_every_series_is_a_workload_that_clients_know() -> None:
    for series in SERIES:
        for size in series.sizes:
            step = series.step(size)
            assert step.size == size
            assert step.operations >= step.warm_up or series.name in ("b1", "c", "f"), step
            assert operation(step.workload)


def test_growth_is_shown_by_unit_with_the_memory_of_what_is_held() -> None:
    growth = Growth(points=[point("f", 10, client_bytes=2048, agent_bytes=1024)], failures=["c, 1000: fell over"])
    text = _growth_report.render(growth)
    assert "| **f** sessions open | 10 | 1 a session | 2 | 2 / 1 a session |" in text
    assert "- failed: c, 1000: fell over" in text


def test_the_picture_of_growth_has_every_point() -> None:
    growth = Growth(points=[point("c", 1000), point("c", 10_000), point("b1", 10)])
    picture = ET.fromstring(_growth_report.draw(growth))
    dots = picture.findall("{http://www.w3.org/2000/svg}circle")
    assert len(dots) == len(SERIES) + 3  # the legend's and the points'


def test_nothing_grown_still_makes_a_picture() -> None:
    ET.fromstring(_growth_report.draw(Growth()))


def test_fairness_is_shown_in_milliseconds() -> None:
    waits = [Waits(microseconds_of_work=10, client_ns=2e6, agent_ns=3e6, cancel_ns=4e6)]
    assert "| 10 µs | 2 | 3 | 4 |" in render_fairness(waits)


@pytest.mark.parametrize("place", ["crossed", "growth", "fairness"])
def test_the_repository_s_page_has_a_place_for_each(place: str) -> None:
    page = Path(_cli.__file__).with_name("README.md").read_text(encoding="utf-8")
    begin, end = markers(place)
    assert 0 < page.find(begin) < page.find(end)


def test_a_quick_run_of_fairness_writes_what_it_found(tmp_path: Path) -> None:
    assert _cli.main(["--fairness", "--quick", "--results", str(tmp_path)]) == 0
    record = json.loads((tmp_path / "fairness.json").read_text(encoding="utf-8"))
    assert [each["microseconds_of_work"] for each in record] == [0, 10, 100, 1000]
    assert all(each["cancel_ns"] > 0 for each in record)


def test_a_point_of_each_series_can_be_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = [attrs.evolve(series, sizes=series.sizes[:1]) for series in SERIES]
    monkeypatch.setattr(_growth, "SERIES", small)
    growth = _growth.measure(tmp_path, OURS.prepare, rounds=1, quick=True, say=lambda line: None)
    assert not growth.failures
    assert [each.series for each in growth.points] == [series.name for series in SERIES]


def test_a_quick_run_of_crossed_pairs_writes_what_it_found(tmp_path: Path) -> None:
    arguments = ["--cross", "--quick", "--peers", "acp_trio,floor", "--results", str(tmp_path)]
    assert _cli.main(arguments) == 0
    record = json.loads((tmp_path / "crossed.json").read_text(encoding="utf-8"))
    assert len(record["measurements"]) == 3 * len(_crossed.WORKLOADS)
