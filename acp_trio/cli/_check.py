"""`acp-trio check`: whether an agent or a client speaks ACP: a table, files for programs, an exit status."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import attrs
import trio

from ..conformance import (
    AGENT_REQUIREMENTS,
    CLIENT_REQUIREMENTS,
    CouldNotRun,
    Report,
    Verdict,
    as_html,
    as_junit,
    as_text,
    check_agent,
    check_client,
)
from ._failures import FAILED, expected_failure
from ._interrupts import Interrupts
from ._screen import printable
from ._standard_streams import StreamLost, messages_are_terminal, require_output, write_message, write_output

COULD_NOT_RUN = 3
AGENT_PATIENCE = 20.0  # seconds for one answer
WORK = 3  # times the patience for what takes work: to start, to open a session, a turn
CLIENT_PATIENCE = 30.0  # seconds for one scenario


@attrs.frozen(kw_only=True)
class CheckOptions:
    """The command line, checked."""

    command: list[str]
    client: bool = False
    auth: str | None = None
    prompts: Mapping[str, str] = attrs.field(factory=dict[str, str])
    patience: float | None = None
    json: Path | None = None
    junit: Path | None = None
    html: Path | None = None


def check(options: CheckOptions) -> int:
    """Run the command and return its exit status: 0 conformant, 1 not, 3 if it could not be told."""
    logging.getLogger("acp_trio").addHandler(logging.NullHandler())
    command = CheckCommand(options)
    try:
        require_output()
        trio.run(command.run)
    except (CouldNotRun, OSError, StreamLost, BaseExceptionGroup) as exc:
        return command.report_failure(exc)
    return command.status


class CheckCommand:
    """One run of the command."""

    def __init__(self, options: CheckOptions) -> None:
        self._options = options
        self._report: Report | None = None
        self._progress = Progress(len(CLIENT_REQUIREMENTS if options.client else AGENT_REQUIREMENTS))
        self._interrupts = Interrupts(_leave, lambda: write_message("acp-trio: leaving\n"))

    @property
    def status(self) -> int:
        """The exit status of a run that was not kept from its end."""
        if self._report is None:
            return self._interrupts.status
        return 0 if self._report.conformant else FAILED

    async def run(self) -> None:
        """Check, and report."""
        await self._interrupts.run(self._check)
        self._progress.finish()
        if self._report is not None:
            try:
                write_output(as_text(self._report))
            finally:  # also if whoever read our output has gone
                self._write_files(self._report)

    def report_failure(self, error: BaseException) -> int:
        """Say in one line why there is no report; the exit status."""
        self._progress.finish()
        failure = expected_failure(error)
        line = failure.complaint if isinstance(failure, StreamLost) else str(failure)
        if line is not None:
            write_message(f"acp-trio: could not check: {printable(line)}\n")
        return self._interrupts.status or COULD_NOT_RUN

    async def _check(self) -> None:
        options, tell = self._options, self._progress.tell
        if options.client:
            self._report = await check_client(
                options.command,
                prompt=options.prompts.get("hello", "hello"),
                patience=options.patience or CLIENT_PATIENCE,
                tell=tell,
            )
        else:
            self._report = await check_agent(
                options.command,
                auth=options.auth,
                prompts=options.prompts,
                patience=options.patience or AGENT_PATIENCE,
                patience_for_work=WORK * (options.patience or AGENT_PATIENCE),
                tell=tell,
            )

    def _write_files(self, report: Report) -> None:
        for path, form in (
            (self._options.json, _as_json),
            (self._options.junit, as_junit),
            (self._options.html, as_html),
        ):
            if path is not None:
                path.write_text(form(report), encoding="utf-8", errors="replace")


class Progress:
    """A line on standard error that grows, if somebody sees it."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._failed = 0
        self._shown = messages_are_terminal()

    def tell(self, verdict: Verdict) -> None:
        """Count a verdict."""
        self._done += 1
        self._failed += verdict.outcome == "fail"
        if self._shown:
            write_message(f"\r{self._done} of {self._total} decided, {self._failed} failed")

    def finish(self) -> None:
        """Make room for what comes next."""
        if self._shown and self._done:
            write_message("\r\x1b[K")
            self._done = 0


def _as_json(report: Report) -> str:
    return json.dumps(report.as_json(), indent=1) + "\n"


async def _leave(_signal: int) -> bool:
    """No signal leaves the command going on."""
    return False
