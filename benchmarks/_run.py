"""A whole run: prepare the peers, then measure them in turns.

Owns the order of things: in each round, for each workload, every peer once (A B C, A B C, ...), so that whatever else
the machine does falls on all of them. A peer that fails is recorded, and the others go on.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from benchmarks._environments import Command, Programs, Unavailable
from benchmarks._measurement import Failure, Measurement, Results
from benchmarks._peers import Peer
from benchmarks._programs import ProgramFailed, run_client, run_import
from benchmarks._workloads import IMPORT, MICROSECOND, Workload

Say = Callable[[str], None]


def run(
    peers: Sequence[Peer], workloads: Sequence[Workload], *, rounds: int, quick: bool, cache: Path, say: Say
) -> Results:
    """Measure every peer in every workload, `rounds` times, and return all of it. Raises nothing for a failing peer."""
    measuring = _Measuring(results=Results(), quick=quick, say=say)
    prepared = measuring.prepare(peers, cache)
    measuring.results.facts = _facts(rounds, prepared)
    for number in range(rounds):
        for workload in workloads:
            for peer, programs in prepared.items():
                measuring.measure(number, workload, peer, programs)
    return measuring.results


@attrs.frozen(kw_only=True)
class _Measuring:
    results: Results
    quick: bool
    say: Say

    def prepare(self, peers: Sequence[Peer], cache: Path) -> dict[str, Programs]:
        """Return the programs of the peers that can be measured; the others are recorded as missing."""
        prepared = {}
        for peer in peers:
            try:
                prepared[peer.name] = peer.prepare(cache)
            except Unavailable as error:
                self.results.missing[peer.name] = str(error)
                self.say(f"not measured: {peer.title}: {error}")
        self.results.peers = list(prepared)
        return prepared

    def measure(self, number: int, workload: Workload, peer: str, programs: Programs) -> None:
        """Add what one peer takes for one workload in this round, or how it failed."""
        try:
            measurement = self._run_once(workload, programs)
        except ProgramFailed as error:
            self.results.failures.append(Failure(peer=peer, workload=workload.name, round=number, reason=str(error)))
            self.say(f"round {number + 1}  {workload.name:8} {peer:12} FAILED: {error}")
            return
        if measurement is not None:
            self.results.add(workload.name, peer, number, measurement)
            wall, cpu = measurement.wall_ns / MICROSECOND, measurement.cpu_ns / MICROSECOND
            self.say(f"round {number + 1}  {workload.name:8} {peer:12} {wall:12.1f} µs, CPU {cpu:12.1f} µs")

    def _run_once(self, workload: Workload, programs: Programs) -> Measurement | None:
        operations = workload.quick if self.quick else workload.operations
        warm_up = min(workload.warm_up, operations)
        if workload is IMPORT:
            return run_import(programs, operations, warm_up)
        agent = _agent_for(workload, programs)
        if agent is None:
            return None
        return run_client(programs.client, agent, workload.name, operations, warm_up)


def _agent_for(workload: Workload, programs: Programs) -> Command | None:
    """Return what the client starts; None where a peer has no such thing."""
    match workload.agent:
        case "plain":
            return programs.agent
        case "hosted":
            return programs.hosted_agent
        case "behind a proxy":
            return (*programs.proxy, *programs.agent) if programs.proxy is not None else None


def _facts(rounds: int, prepared: dict[str, Programs]) -> dict[str, object]:
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "rounds": rounds,
        "versions": {peer: list(programs.versions) for peer, programs in prepared.items()},
    }
