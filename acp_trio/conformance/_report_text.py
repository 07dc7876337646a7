"""A report for a terminal: one line for each requirement, and each failure in full below."""

from __future__ import annotations

from collections.abc import Iterator

from ._report import Report
from ._verdict import Verdict

_LINE = 160
"""Characters of a message that are shown; the other reports have all of it."""


def as_text(report: Report) -> str:
    """The whole report as plain lines."""
    width = max(len(verdict.requirement.id) for verdict in report.verdicts)
    lines = [as_line(verdict, width) for verdict in report.verdicts]
    for verdict in report.verdicts:
        if verdict.outcome == "fail":
            lines += ["", *_failure(verdict)]
    return "\n".join(printable(line) for line in [*lines, "", summary(report), ""])


def as_line(verdict: Verdict, width: int = 0) -> str:
    """One verdict on one line."""
    requirement = verdict.requirement
    why = f" ({verdict.reason})" if verdict.outcome in {"skipped", "inconclusive"} else ""
    return f"{verdict.outcome:12} {requirement.level:6} {requirement.id:{width}}  {requirement.sentence}{why}"


def summary(report: Report) -> str:
    """The last line: counts, and what they come to."""
    counts = ", ".join(f"{report.count(kind)} {kind}" for kind in ("pass", "fail", "skipped", "inconclusive"))
    verdict = "conformant" if report.conformant else "not conformant"
    return f"{report.name or report.program}: {verdict} ({counts}) in {report.seconds:.1f} s"


def _failure(verdict: Verdict) -> Iterator[str]:
    requirement = verdict.requirement
    yield f"FAIL {requirement.id} ({requirement.level}): {requirement.sentence}"
    yield f"     {requirement.url}"
    yield f"     expected: {verdict.expected}"
    yield f"     found:    {verdict.reason}"
    last = 0
    for evidence in verdict.evidence:
        if last and evidence.number > last + 1:
            yield "       ..."
        last = evidence.number
        mark = ">" if evidence.proves else " "
        arrow = "client -->" if evidence.sender == "client" else "agent  <--"
        text = evidence.text if len(evidence.text) <= _LINE else f"{evidence.text[:_LINE]}…"
        yield f"     {mark} {arrow} {text}"


def printable(text: str) -> str:
    """Text of a stranger, harmless on a terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
