"""The files a run leaves behind: every measurement as JSON, and the picture.

Owns their names and the form of the JSON.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import attrs

from benchmarks._measurement import Results
from benchmarks._peers import TITLES
from benchmarks._plot import draw
from benchmarks._summary import Row


def write_files(results: Results, rows: Sequence[Row], directory: Path) -> None:
    """Write `latest.json` and `latest.svg` into a directory."""
    write_json(as_json(results, rows), directory, "latest")
    title = f"{TITLES[results.peers[0]]} against each other: left of 1 is less" if results.peers else "nothing measured"
    (directory / "latest.svg").write_text(draw(rows, title), encoding="utf-8")


def write_json(record: object, directory: Path, name: str) -> None:
    """Write `NAME.json` into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def as_json(results: Results, rows: Sequence[Row] = ()) -> dict[str, object]:
    """Return every measurement of a run, and the ratios made of them."""
    return {
        "facts": results.facts,
        "peers": results.peers,
        "missing": results.missing,
        "failures": [attrs.asdict(failure) for failure in results.failures],
        "ratios": {row.figure.name: {peer: attrs.asdict(ratio) for peer, ratio in row.ratios.items()} for row in rows},
        "measurements": [
            {"workload": workload, "peer": peer, "round": number, **attrs.asdict(measurement)}
            for (workload, peer), rounds in results.measurements.items()
            for number, measurement in rounds.items()
        ],
    }
