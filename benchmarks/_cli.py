"""The command line of `python -m benchmarks`.

Owns the arguments, what is written (only a complete run replaces the tables and `results/`), and the exit status: 0, or
1 if a program failed or a peer asked for by name is missing.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import attrs

from benchmarks import _crossed, _fairness, _growth, _growth_report, _peers, _workloads
from benchmarks._measurement import Results
from benchmarks._output import as_json, write_files, write_json
from benchmarks._programs import ProgramFailed
from benchmarks._run import run
from benchmarks._summary import summarize
from benchmarks._table import render, write_tables

_HERE = Path(__file__).parent
_PAGE = _HERE / "README.md"
_ROUNDS = 9


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, write the files, and return the exit status."""
    options = _parser().parse_args(arguments)
    if options.quick:
        options.rounds = 1
    kinds = {"cross": _cross, "growth": _grow, "fairness": _wait}
    return kinds.get(options.kind, _compare)(options)


def _compare(options: argparse.Namespace) -> int:
    results = _run(options, options.peers or _peers.PEERS, options.workloads or _workloads.WORKLOADS)
    rows = summarize(results)
    print("\n" + render(results, rows))
    if options.results:
        write_files(results, rows, options.results)
    elif _is_complete(options):
        write_files(results, rows, _HERE / "results")
        write_tables(_PAGE, render(results, rows))
    return _status(results, by_name=options.peers is not None)


def _cross(options: argparse.Namespace) -> int:
    peers = options.peers or _peers.PEERS
    results = _run(options, _crossed.pairs(peers), options.workloads or _crossed.WORKLOADS)
    _publish(options, "crossed", as_json(results), _crossed.render(results, peers))
    return _status(results, by_name=options.peers is not None)


def _grow(options: argparse.Namespace) -> int:
    ours = _peers.select("acp_trio")[0]
    growth = _growth.measure(options.cache, ours.prepare, rounds=options.rounds, quick=options.quick, say=_say)
    directory = _publish(options, "growth", attrs.asdict(growth), _growth_report.render(growth))
    if directory:
        (directory / "growth.svg").write_text(_growth_report.draw(growth), encoding="utf-8")
    return 1 if growth.failures else 0


def _wait(options: argparse.Namespace) -> int:
    try:
        waits = _fairness.measure(rounds=options.rounds, quick=options.quick, say=_say)
    except ProgramFailed as error:
        print(f"failed: {error}")
        return 1
    _publish(options, "fairness", [attrs.asdict(each) for each in waits], _fairness.render(waits))
    return 0


def _run(
    options: argparse.Namespace, peers: Sequence[_peers.Peer], workloads: Sequence[_workloads.Workload]
) -> Results:
    return run(peers, workloads, rounds=options.rounds, quick=options.quick, cache=options.cache, say=_say)


def _publish(options: argparse.Namespace, name: str, record: object, text: str) -> Path | None:
    """Print a table; write it and its record where they are wanted, and return where that is."""
    print("\n" + text)
    if options.results:
        write_json(record, options.results, name)
        return options.results
    if not _is_complete(options):
        return None
    write_json(record, _HERE / "results", name)
    write_tables(_PAGE, text, name)
    return _HERE / "results"


def _is_complete(options: argparse.Namespace) -> bool:
    return not (options.quick or options.peers or options.workloads)


def _say(line: str) -> None:
    print(line, flush=True)


def _status(results: Results, *, by_name: bool) -> int:
    return 1 if results.failures or (results.missing and by_name) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure acp_trio against its peers.")
    peers = ", ".join(peer.name for peer in _peers.PEERS)
    workloads = ", ".join(workload.name for workload in _workloads.WORKLOADS)
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--cross", **_kind("cross"), help="our client with their agents, their clients with our agent")
    kinds.add_argument("--growth", **_kind("growth"), help="what a message costs when there is more of everything")
    kinds.add_argument("--fairness", **_kind("fairness"), help="how long a stream keeps other tasks waiting")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help=f"rounds of every peer in turn (default {_ROUNDS})")
    parser.add_argument("--peers", type=_peers.select, help=f"of {peers}; the ratios are the first one's")
    parser.add_argument("--workloads", type=_workloads.select, help=f"of {workloads}; `d` is all of d")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that everything works")
    parser.add_argument("--cache", type=Path, default=_default_cache(), help="where peers are installed")
    parser.add_argument("--results", type=Path, help="write JSON and plot here, of any run, and nothing else")
    return parser


def _kind(name: str) -> dict[str, str]:
    return {"dest": "kind", "action": "store_const", "const": name}


def _default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "acp_trio-benchmarks"
