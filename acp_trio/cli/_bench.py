"""`acp-trio bench`: agents compared, as a table, a picture and a file for programs."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import attrs
import trio

from ..bench import AgentFigures, as_svg, as_table, bench_agents
from ._failures import expected_failure
from ._interrupts import Interrupts
from ._screen import printable
from ._standard_streams import StreamLost, messages_are_terminal, require_output, write_message, write_output

COULD_NOT_RUN = 3


@attrs.frozen(kw_only=True)
class BenchOptions:
    """The command line, checked."""

    agents: dict[str, list[str]]
    rounds: int = 5
    prompt: str = "hello"
    stream_prompt: str = "stream 2000 16"
    json: Path | None = None
    svg: Path | None = None


def bench(options: BenchOptions) -> int:
    """Run the command and return its exit status: 0, or 3 if none of the agents could be measured."""
    logging.getLogger("acp_trio").addHandler(logging.NullHandler())
    command = BenchCommand(options)
    try:
        require_output()
        trio.run(command.run)
    except (OSError, StreamLost, BaseExceptionGroup) as exc:
        return command.report_failure(exc)
    return command.status


class BenchCommand:
    """One run of the command."""

    def __init__(self, options: BenchOptions) -> None:
        self._options = options
        self._figures: tuple[AgentFigures, ...] | None = None
        self._interrupts = Interrupts(_leave, lambda: write_message("acp-trio: leaving\n"))

    @property
    def status(self) -> int:
        """The exit status of a run that did not fail."""
        if self._figures is None:
            return self._interrupts.status
        return 0 if any(agent.measured for agent in self._figures) else COULD_NOT_RUN

    async def run(self) -> None:
        """Measure, and report."""
        await self._interrupts.run(self._measure)
        self._show("")
        if self._figures is not None:
            try:
                write_output("\n".join(printable(line) for line in as_table(self._figures).split("\n")))
            finally:  # also if whoever read our output has gone
                self._write_files(self._figures)

    def report_failure(self, error: BaseException) -> int:
        """Say in one line why there are no figures; the exit status."""
        self._show("")
        failure = expected_failure(error)
        line = failure.complaint if isinstance(failure, StreamLost) else str(failure)
        if line is not None:
            write_message(f"acp-trio: could not measure: {printable(line)}\n")
        return self._interrupts.status or COULD_NOT_RUN

    async def _measure(self) -> None:
        self._figures = await bench_agents(
            self._options.agents,
            rounds=self._options.rounds,
            prompt=self._options.prompt,
            stream_prompt=self._options.stream_prompt,
            tell=lambda agent, number: self._show(f"round {number} of {self._options.rounds}: {agent}"),
        )

    def _show(self, text: str) -> None:
        """The one line of progress, for somebody who sees it."""
        if messages_are_terminal():
            write_message(f"\r\x1b[K{printable(text)}")

    def _write_files(self, figures: tuple[AgentFigures, ...]) -> None:
        if self._options.json is not None:
            value = {"rounds": self._options.rounds, "agents": [agent.as_json() for agent in figures]}
            self._options.json.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
        if self._options.svg is not None:
            self._options.svg.write_text(as_svg(figures), encoding="utf-8", errors="replace")


async def _leave(_signal: int) -> bool:
    """No signal leaves the command going on."""
    return False
