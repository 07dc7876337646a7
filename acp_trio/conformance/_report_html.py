"""A report as one page that needs nothing but itself: verdicts by topic, a filter, and each failure's conversation.

Everything that the program under test said is text here, and never markup. There is no script: the filter is style.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Final

from ..jsonrpc import JSONInvalid, as_object, loads
from ._html_style import STYLE
from ._report import Report
from ._requirement import Level
from ._verdict import Evidence, Outcome, Verdict

_OUTCOMES: Final[tuple[Outcome, ...]] = ("fail", "inconclusive", "skipped", "pass")
_LEVELS: Final[tuple[Level, ...]] = ("must", "should", "may")


def as_html(report: Report) -> str:
    """The report as an HTML document."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    title = f"{report.name or report.program}: {_summary(report)}"
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
    yield from _header(report)
    yield "<main>"
    for topic, verdicts in groupby(report.verdicts, key=lambda verdict: verdict.requirement.topic):
        yield from _topic(topic, list(verdicts))
    yield "</main></body></html>"


def _header(report: Report) -> Iterator[str]:
    word = "conformant" if report.conformant else "not-conformant"
    yield f"<header><h1>{escape(report.name or report.program)}</h1>"
    yield f'<p class="verdict {word}">{escape(_summary(report))}</p>'
    yield (
        f"<p>Agent Client Protocol, version 1, as {'an agent' if report.role == 'agent' else 'a client'}. "
        f"<code>{escape(report.program)}</code>, checked in {report.seconds:.1f} s.</p>"
    )
    yield "<form>"
    yield from _choice("outcome", _OUTCOMES, {kind: str(report.count(kind)) for kind in _OUTCOMES})
    yield from _choice("level", _LEVELS, {})
    yield "</form></header>"


def _choice(name: str, values: tuple[str, ...], counts: dict[str, str]) -> Iterator[str]:
    """A row of buttons of which one is pressed."""
    yield f"<fieldset><legend>{name}</legend>"
    for value in ("all", *values):
        button = f'<input type="radio" name="{name}" id="{name}-{value}"{" checked" if value == "all" else ""}>'
        count = f" <b>{counts[value]}</b>" if value in counts else ""
        yield f"<label>{button}<span>{value}{count}</span></label>"
    yield "</fieldset>"


def _topic(topic: str, verdicts: list[Verdict]) -> Iterator[str]:
    met = sum(verdict.outcome == "pass" for verdict in verdicts)
    yield f'<section id="{topic}"><h2>{topic} <small>{met} of {len(verdicts)} pass</small></h2>'
    for verdict in verdicts:
        yield from _verdict(verdict)
    yield "</section>"


def _verdict(verdict: Verdict) -> Iterator[str]:
    requirement = verdict.requirement
    head = (
        f'<span class="outcome">{verdict.outcome}</span> <span class="level">{requirement.level}</span> '
        f"<code>{requirement.id}</code> {escape(requirement.sentence)}"
    )
    yield f'<details class="{verdict.outcome} {requirement.level}" id="{requirement.id}"><summary>{head}</summary>'
    yield f'<p><a href="{escape(requirement.url)}">{escape(requirement.url)}</a></p>'
    if verdict.outcome == "fail":
        yield f"<dl><dt>expected</dt><dd>{escape(verdict.expected)}</dd>"
        yield f"<dt>found</dt><dd>{escape(verdict.reason)}</dd></dl>"
        yield from _conversation(verdict)
    elif verdict.reason:
        yield f"<p>{escape(verdict.reason)}</p>"
    yield "</details>"


def _conversation(verdict: Verdict) -> Iterator[str]:
    if not verdict.evidence:
        return
    yield '<ol class="conversation">'
    last = 0
    for evidence in verdict.evidence:
        if last and evidence.number > last + 1:
            yield f'<li class="gap">{evidence.number - last - 1} more</li>'
        last = evidence.number
        proves = " proves" if evidence.proves else ""
        yield f'<li class="{evidence.sender}{proves}"><b>{evidence.sender} {_about(evidence)}</b>'
        yield f"<pre>{escape(_laid_out(evidence))}</pre></li>"
    yield "</ol>"


def _about(evidence: Evidence) -> str:
    """What a message is, in two words."""
    try:
        message = as_object(loads(evidence.text.encode()))
    except (JSONInvalid, ValueError):
        message = None
    if message is None:
        return "line"
    kind = str(message.get("method") or ("error" if message.get("error") else "result"))
    return escape(kind + (f" #{message['id']}" if message.get("id") is not None else ""))


def _laid_out(evidence: Evidence) -> str:
    try:
        return json.dumps(loads(evidence.text.encode()), indent=1, ensure_ascii=False)
    except (JSONInvalid, ValueError):
        return evidence.text


def _summary(report: Report) -> str:
    word = "conformant" if report.conformant else "not conformant"
    return f"{word} ({report.count('pass')} of {len(report.verdicts)} pass, {report.count('fail')} fail)"
