"""The benchmarks' harness: its arithmetic, its reports, and one round that really runs. No time is asserted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import _cli, _peers, _workloads
from benchmarks._environments import Programs, Unavailable, cargo_build, node_with, python_with
from benchmarks._measurement import Failure, Measurement, Results
from benchmarks._output import write_files
from benchmarks._peers import Peer
from benchmarks._programs import ProgramFailed, run_client, run_import
from benchmarks._run import run
from benchmarks._statistics import Spread, pairwise, spread
from benchmarks._summary import summarize
from benchmarks._table import MEASURED, NoMarkers, markers, render, write_tables
from benchmarks.programs._client import OPERATIONS

pytestmark = pytest.mark.slow

BEGIN, END = markers(MEASURED)
FLOOR = next(peer for peer in _peers.PEERS if peer.name == "floor")


def costing(wall_ns: float, *, cpu_ns: float = 0) -> Measurement:
    return Measurement(wall_ns=wall_ns, client_cpu_ns=cpu_ns, agent_cpu_ns=cpu_ns)


def results_of(**walls: list[float]) -> Results:
    """Results of a1: `floor=[1, 2]` is the floor's wall time in rounds 0 and 1."""
    results = Results(peers=[name.replace("_sdk", "-sdk") for name in walls])
    results.facts = {"date": "2026-01-01", "rounds": 2, "cpus": 2, "system": "Linux", "python": "3.11"}
    for peer, rounds in zip(results.peers, walls.values(), strict=True):
        for number, wall in enumerate(rounds):
            results.add("a1", peer, number, costing(wall, cpu_ns=wall))
    return results


# Statistics


def test_a_spread_is_the_median_and_the_middle_half() -> None:
    assert spread([5, 1, 2, 4, 3]) == Spread(2, 3, 4)


def test_a_single_round_has_no_width() -> None:
    assert spread([7]) == Spread(7, 7, 7)


def test_ratios_are_taken_within_a_round() -> None:
    assert pairwise({0: 1, 1: 10}, {0: 2, 1: 20}) == [0.5, 0.5]


def test_a_round_that_one_of_the_two_lacks_gives_no_ratio() -> None:
    assert pairwise({0: 1, 1: 10, 2: 3}, {0: 2, 2: 1}) == [0.5, 3]


def test_the_median_ratio_is_not_the_ratio_of_medians() -> None:
    (row,) = summarize(results_of(acp_trio=[1, 4, 9], floor=[1, 2, 9]))
    assert row.ratios["floor"].value.median == 1
    assert row.costs["acp_trio"].wall.median / row.costs["floor"].wall.median == 2


def test_a_target_is_only_held_against_us() -> None:
    (ours,) = summarize(results_of(acp_trio=[1], python_sdk=[2]))
    (theirs,) = summarize(results_of(floor=[1], python_sdk=[2]))
    assert ours.ratios["python-sdk"].target == 0.5
    assert theirs.ratios["python-sdk"].target is None


# Tables and files


def test_the_tables_show_costs_ratios_and_whether_the_target_is_met() -> None:
    results = results_of(acp_trio=[60_000], floor=[50_000], python_sdk=[100_000])
    text = render(results, summarize(results))
    assert "| **a1** sequential `_bench/echo`, µs | 60 / 120 | 50 / 100 | 100 / 200 |" in text
    assert "**1.2** (one round), CPU 1.2; ≤ 1.5 met" in text
    assert "**0.6** (one round), CPU 0.6; ≤ 0.5 **not met**" in text


def test_a_peer_without_a_measurement_keeps_its_column() -> None:
    results = results_of(acp_trio=[60_000], floor=[])
    text = render(results, summarize(results))
    assert "| 60 / 120 | - |" in text


def test_missing_peers_and_failures_are_named_below_the_tables() -> None:
    results = results_of(floor=[1])
    results.missing["python-sdk"] = "no network"
    results.failures = [Failure(peer="floor", workload="c", round=number, reason="fell over") for number in (1, 2)]
    text = render(results, summarize(results))
    assert "- not measured: Python SDK 0.12.1: no network" in text
    assert text.count("- failed: trio floor, c, first in round 2: fell over") == 1


def test_tables_replace_what_is_between_the_markers_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n", encoding="utf-8")
    write_tables(page, "new\n")
    write_tables(page, "newer\n")
    assert page.read_text(encoding="utf-8") == f"above\n{BEGIN}\n\nnewer\n\n{END}\nbelow\n"


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"{END} before {BEGIN}", encoding="utf-8")
    with pytest.raises(NoMarkers):
        write_tables(page, "new")
    assert page.read_text(encoding="utf-8") == f"{END} before {BEGIN}"


def test_the_repository_s_page_has_its_markers() -> None:
    page = Path(_cli.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert 0 < page.find(BEGIN) < page.find(END)


def test_every_measurement_is_in_the_json_and_the_picture_is_well_formed(tmp_path: Path) -> None:
    results = results_of(acp_trio=[2, 3], floor=[1, 1])
    write_files(results, summarize(results), tmp_path)
    record = json.loads((tmp_path / "latest.json").read_text(encoding="utf-8"))
    assert [(each["peer"], each["round"], each["wall_ns"]) for each in record["measurements"]] == [
        ("acp_trio", 0, 2),
        ("acp_trio", 1, 3),
        ("floor", 0, 1),
        ("floor", 1, 1),
    ]
    assert record["ratios"]["a1"]["floor"]["value"]["median"] == 2.5
    picture = ET.parse(tmp_path / "latest.svg")
    assert len(picture.findall("{http://www.w3.org/2000/svg}circle")) == 2  # the legend's and the ratio's


def test_nothing_measured_still_makes_a_picture(tmp_path: Path) -> None:
    write_files(Results(), [], tmp_path)
    ET.parse(tmp_path / "latest.svg")


# The tables of workloads and peers


def test_a_letter_stands_for_all_its_workloads() -> None:
    assert [workload.name for workload in _workloads.select("d,a1")] == ["a1", "d-1MiB", "d-10MiB"]


def test_peers_keep_the_order_they_are_asked_for_in() -> None:
    assert [peer.name for peer in _peers.select("python-sdk,floor")] == ["python-sdk", "floor"]


@pytest.mark.parametrize("select", [_workloads.select, _peers.select])
def test_an_unknown_name_is_refused(select) -> None:
    with pytest.raises(ValueError, match="zz"):
        select("zz")


def test_clients_know_every_workload_that_needs_a_connection() -> None:
    names = {workload.name for workload in _workloads.WORKLOADS}
    assert set(OPERATIONS) == names - {"e-import", "e-spawn"}


def test_every_figure_belongs_to_a_workload_and_its_targets_to_peers() -> None:
    peers = {peer.name for peer in _peers.PEERS}
    for figure in _workloads.FIGURES:
        assert figure.workload in {workload.name for workload in _workloads.WORKLOADS}
        assert set(figure.targets) <= peers


# Running


def unavailable(cache: Path) -> Programs:
    raise Unavailable("no such compiler")


def test_a_missing_peer_is_reported_and_the_others_are_measured(tmp_path: Path) -> None:
    said: list[str] = []
    absent = Peer("python-sdk", "Python SDK", unavailable)
    results = run([absent, FLOOR], _workloads.select("a1"), rounds=1, quick=True, cache=tmp_path, say=said.append)
    assert results.missing == {"python-sdk": "no such compiler"}
    assert "not measured: Python SDK: no such compiler" in said
    assert list(results.measurements) == [("a1", "floor")]


def test_a_package_that_cannot_be_installed_makes_its_peer_unavailable(tmp_path: Path) -> None:
    prepare = python_with(str(tmp_path / "nothing-here"), name="floor", imports="trio", distributions=())
    with pytest.raises(Unavailable, match="nothing-here"):
        prepare(tmp_path / "cache")


def test_a_machine_without_a_language_cannot_run_what_is_written_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="Node is not installed"):
        node_with("anything")(tmp_path)
    with pytest.raises(Unavailable, match="Rust is not installed"):
        cargo_build()(tmp_path)


def test_peers_take_turns(tmp_path: Path) -> None:
    other = Peer("python-sdk", "the same again", FLOOR.prepare)
    said: list[str] = []
    run([FLOOR, other], _workloads.select("a1"), rounds=2, quick=True, cache=tmp_path, say=said.append)
    assert [line.split()[1:4] for line in said] == [
        ["1", "a1", "floor"],
        ["1", "a1", "python-sdk"],
        ["2", "a1", "floor"],
        ["2", "a1", "python-sdk"],
    ]


def program(text: str) -> Programs:
    return Programs(client=(sys.executable, "-c", text), agent=())


@pytest.mark.parametrize(
    "text, reason",
    [
        ("import sys; sys.exit('first line\\nlast words')", "exit status 1: last words"),
        ("import sys; sys.exit(3)", "exit status 3: nothing on standard error"),
        ("print('hello')", "not a report: 'hello"),
        ("print('{}')", "not a report: '{}"),
    ],
)
def test_a_program_that_does_not_deliver_says_why(text: str, reason: str) -> None:
    with pytest.raises(ProgramFailed, match=reason):
        run_client(program(text).client, (), "a1", 1, 0)


def test_a_failing_program_is_recorded_and_does_not_stop_the_run(tmp_path: Path) -> None:
    broken = Peer("python-sdk", "broken", lambda cache: program("import sys; sys.exit('fell over')"))
    results = run([broken, FLOOR], _workloads.select("a1"), rounds=1, quick=True, cache=tmp_path, say=lambda line: None)
    assert results.failures == [Failure(peer="python-sdk", workload="a1", round=0, reason="exit status 1: fell over")]
    assert list(results.measurements) == [("a1", "floor")]


def test_a_peer_that_imports_nothing_has_no_import_time() -> None:
    assert run_import(program(""), 1, 0) is None


def test_a_quick_round_of_ours_does_what_only_some_peers_can(tmp_path: Path) -> None:
    workloads = _workloads.select("c2,f,g,h")
    results = run(_peers.select("acp_trio"), workloads, rounds=1, quick=True, cache=tmp_path, say=lambda line: None)
    assert not results.failures
    assert list(results.measurements) == [(workload.name, "acp_trio") for workload in workloads]


def test_a_quick_round_of_the_floor_does_every_workload(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status = _cli.main(["--quick", "--peers", "floor", "--cache", str(tmp_path), "--results", str(tmp_path)])
    shown = capsys.readouterr().out
    assert status == 0, shown
    record = json.loads((tmp_path / "latest.json").read_text(encoding="utf-8"))
    plain = {each.name for each in _workloads.WORKLOADS if each.agent == "plain"}  # it has no proxy and no host
    assert {each["workload"] for each in record["measurements"]} == plain
    assert not record["failures"]
