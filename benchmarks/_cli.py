"""The command line of `python -m benchmarks`.

Owns the arguments, what is written (only a complete run replaces the tables and `results/`), and the exit status: 0, or
1 if a program failed or a peer asked for by name is missing.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks import _peers, _workloads
from benchmarks._measurement import Results
from benchmarks._output import write_files
from benchmarks._run import run
from benchmarks._summary import summarize
from benchmarks._table import render, write_tables

_HERE = Path(__file__).parent
_ROUNDS = 9


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, write the files, and return the exit status."""
    options = _parser().parse_args(arguments)
    results = run(
        options.peers or _peers.PEERS,
        options.workloads or _workloads.WORKLOADS,
        rounds=1 if options.quick else options.rounds,
        quick=options.quick,
        cache=options.cache,
        say=lambda line: print(line, flush=True),
    )
    rows = summarize(results)
    print("\n" + render(results, rows))
    if options.results:
        write_files(results, rows, options.results)
    elif not (options.quick or options.peers or options.workloads):
        write_files(results, rows, _HERE / "results")
        write_tables(_HERE / "README.md", render(results, rows))
    return _status(results, by_name=options.peers is not None)


def _status(results: Results, *, by_name: bool) -> int:
    return 1 if results.failures or (results.missing and by_name) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure acp_trio against its peers.")
    peers = ", ".join(peer.name for peer in _peers.PEERS)
    workloads = ", ".join(workload.name for workload in _workloads.WORKLOADS)
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help=f"rounds of every peer in turn (default {_ROUNDS})")
    parser.add_argument("--peers", type=_peers.select, help=f"of {peers}; the ratios are the first one's")
    parser.add_argument("--workloads", type=_workloads.select, help=f"of {workloads}; `d` is all of d")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that everything works")
    parser.add_argument("--cache", type=Path, default=_default_cache(), help="where peers are installed")
    parser.add_argument("--results", type=Path, help="write JSON and plot here, of any run, and nothing else")
    return parser


def _default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "acp_trio-benchmarks"
