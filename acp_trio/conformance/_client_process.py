"""A client under test as a process that starts our agent.

Owns the directory of one scenario: the launcher that stands for `{agent}`, the files that the scenario names, and the
recordings that the agents leave. It refuses to leave anything behind, also of what the client has started.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import attrs
import trio

from ..jsonrpc import loads
from ..testing import WireMessage
from ..transports import run_command
from ._client_run import ScenarioRun
from ._scenarios import READABLE
from ._transcript import Transcript

_SAID: Final = 4096
_MOMENT: Final = 0.05
_FOR_THE_AGENT: Final = 10.0
"""Seconds that an agent may take to end once its client has."""


@attrs.frozen(kw_only=True)
class ClientCommand:
    """How to start the client under test.

    Attributes:
      arguments: its command; `{agent}` stands for the agent to start, `{prompt}` for what to ask it.
      prompt: what to ask.
      patience: seconds that the client may take for one scenario, and the agent waits for an answer.
      directory: where the scenarios have their directories.
    """

    arguments: Sequence[str]
    prompt: str
    patience: float
    directory: Path

    async def play(self, scenario: str) -> ScenarioRun:
        """Run the client once. Raises HandshakeFailed if it cannot be started."""
        place = _prepare(self.directory / scenario.replace(" ", "-"), scenario, self.patience / 3)
        filled = [_filled(argument, place, self.prompt) for argument in self.arguments]
        said = bytearray()

        def take(data: bytes) -> None:
            said.extend(data)
            del said[:-_SAID]

        exit_status, survived = None, False
        try:
            async with run_command(filled, take=take, cwd=place.work) as client:
                with trio.move_on_after(self.patience):
                    await client.wait()
                    exit_status = client.exit_status
                if client.has_exited:
                    survived = not await _gone(place.journals)
        finally:
            _end_agents(place.journals)
        return ScenarioRun(
            transcript=_transcript(place.journals),
            exit_status=exit_status,
            said=_last_line(bytes(said)),
            survived=survived,
            directory=str(place.work),
        )


@attrs.frozen
class _Place:
    work: Path
    journals: Path
    launcher: Path


def _prepare(directory: Path, scenario: str, patience: float) -> _Place:
    place = _Place(directory / "work", directory / "journals", directory / "agent")
    place.work.mkdir(parents=True)
    place.journals.mkdir()
    (place.work / "read.txt").write_text(READABLE, encoding="utf-8")
    code = "from acp_trio.conformance._played_agent import main; main()"
    words = [sys.executable, "-c", code, scenario, str(place.work), f"{patience:g}", str(place.journals)]
    place.launcher.write_text(f"#!/bin/sh\nexec {shlex.join(words)}\n", encoding="utf-8")
    place.launcher.chmod(0o700)
    return place


def _filled(argument: str, place: _Place, prompt: str) -> str:
    """One word of the command. The client runs in a directory of its own, so a file of ours is named in full."""
    if os.path.isfile(argument):  # noqa: PTH113 -- a script may be too long for `Path`
        return os.path.abspath(argument)  # noqa: PTH100 -- `resolve` follows links, and an interpreter may be one
    return argument.replace("{agent}", str(place.launcher)).replace("{prompt}", prompt)


async def _gone(journals: Path) -> bool:
    """Whether every agent has ended, after a short wait."""
    with trio.move_on_after(_FOR_THE_AGENT):
        while any(_runs(pid) for pid in _agents(journals)):  # noqa: ASYNC110 -- they are not our children
            await trio.sleep(_MOMENT)
        return True
    return False


def _end_agents(journals: Path) -> None:
    for pid in _agents(journals):
        if _runs(pid):
            os.kill(pid, signal.SIGKILL)


def _agents(journals: Path) -> list[int]:
    return [int(journal.stem) for journal in journals.glob("*.jsonl")]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether a process has ended and was not reaped: its parent has gone, and not every system reaps strangers."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_bytes().rpartition(b")")[2].split()[:1] == [b"Z"]


def _transcript(journals: Path) -> Transcript:
    """The longest of the conversations that were recorded."""
    recorded = [_messages(journal) for journal in sorted(journals.glob("*.jsonl"))] or [[]]
    return Transcript(max(recorded, key=len), role="client", capabilities={})


def _messages(journal: Path) -> list[WireMessage]:
    found: list[WireMessage] = []
    for line in journal.read_bytes().splitlines():
        entry: dict[str, Any] = loads(line)
        sender: Literal["client", "agent"] = "client" if entry["dir"] == "in" else "agent"
        message = entry["msg"] if "msg" in entry else entry["raw"]
        found.append(WireMessage(sender=sender, time=entry["t"], message=message))
    return found


def _last_line(output: bytes) -> str:
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
