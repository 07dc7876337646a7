"""Running one program once: a client against its agent, or a bare import.

Owns child processes, their environment and their deadline. Every program is a child of its own, started afresh, so
that no measurement inherits another's heap or caches.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks._environments import Command, Programs
from benchmarks._measurement import Measurement

ROOT = Path(__file__).parents[1]
DEADLINE_SECONDS = 300


class ProgramFailed(Exception):
    """A program did not deliver a measurement; the text says why."""


def run_client(client: Command, agent: Command, workload: str, operations: int, warm_up: int) -> Measurement:
    """Run a workload and return what one operation cost. Raises ProgramFailed."""
    output = run_program([*client, workload, str(operations), str(warm_up), *agent])
    try:
        report = json.loads(output)
        return Measurement(
            wall_ns=report["wallNs"] / report["operations"],
            client_cpu_ns=report["clientCpuNs"] / report["operations"],
            agent_cpu_ns=report["agentCpuNs"] / report["operations"],
            client_peak_rss=report["clientPeakRssBytes"],
            agent_rss=report["agentRssBytes"],
            agent_peak_rss=report["agentPeakRssBytes"],
            client_growth=report["clientGrowthBytes"] / report["operations"],
            agent_growth=report["agentGrowthBytes"] / report["operations"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ProgramFailed(f"not a report: {output[:200]!r}") from error


def run_import(programs: Programs, repetitions: int, warm_up: int) -> Measurement | None:
    """Return what importing the library adds to starting the interpreter; None where nothing is imported.

    Raises ProgramFailed.
    """
    if programs.importing is None or programs.bare is None:
        return None
    _average(programs.importing, warm_up)
    wall, cpu = _average(programs.importing, repetitions)
    bare_wall, bare_cpu = _average(programs.bare, repetitions)
    return Measurement(wall_ns=wall - bare_wall, client_cpu_ns=cpu - bare_cpu, agent_cpu_ns=0)


def _average(command: Sequence[str], repetitions: int) -> tuple[float, float]:
    """Return wall and CPU nanoseconds of running a command; the harness has no other child meanwhile."""
    wall, cpu = time.perf_counter_ns(), _children_cpu_ns()
    for _ in range(repetitions):
        run_program(command)
    return (time.perf_counter_ns() - wall) / repetitions, (_children_cpu_ns() - cpu) / repetitions


def _children_cpu_ns() -> float:
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (reaped.ru_utime + reaped.ru_stime) * 1e9


def run_program(command: Sequence[str]) -> str:
    """Run a program to its end and return its output. Raises ProgramFailed."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, complaint = process.communicate(timeout=DEADLINE_SECONDS)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)  # the client and, in the same group, its agent
            if isinstance(error, subprocess.TimeoutExpired):
                raise ProgramFailed(f"no end after {DEADLINE_SECONDS} s") from error
            raise
    if process.returncode:
        last = complaint.strip().splitlines()[-1:] or ["nothing on standard error"]
        reason = last[0].replace(f"{ROOT}{os.sep}", "")  # goes into a page that others read
        raise ProgramFailed(f"exit status {process.returncode}: {reason}")
    return output


def _environment() -> dict[str, str]:
    """Return ours, with the shared parts of the programs importable and compiled files kept, as an installation has."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT)}
