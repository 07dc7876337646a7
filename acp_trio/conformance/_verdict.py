"""What a check comes to: the verdict, and the part of a conversation that proves it.

Owns the words for how a check may end other than well. It refuses a third state between known and not known: what
cannot be decided is inconclusive, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias, final

import attrs

from ..jsonrpc import dumps
from ..testing import WireMessage
from ._requirement import Requirement

Outcome: TypeAlias = Literal["pass", "fail", "skipped", "inconclusive"]

_SHOWN = 24
"""Messages of a conversation in one proof; what lies between them is left out."""
_LONGEST = 2000
"""Characters of one message in a proof."""


class Unmet(Exception):
    """A requirement is not met.

    Attributes:
      expected: what should have happened.
      found: what happened.
      proof: the messages that show it.
    """

    def __init__(self, expected: str, found: str, proof: Iterable[WireMessage | None] = ()) -> None:
        super().__init__(expected, found)
        self.expected = expected
        self.found = found
        self.proof = [message for message in proof if message is not None]


class Unclear(Exception):
    """It cannot be told whether a requirement is met; the argument says why."""


class NotApplicable(Exception):
    """A requirement does not concern this program; the argument says why."""


@final
@attrs.frozen(kw_only=True)
class Evidence:
    """One message of a proof.

    Attributes:
      number: its place in the conversation, from 1; a gap between two numbers is what was left out.
      sender: who sent it.
      text: its line on the wire, shortened if it is long.
      proves: whether it is what decides, and not only what goes around it.
    """

    number: int
    sender: Literal["client", "agent"]
    text: str
    proves: bool


@final
@attrs.frozen(kw_only=True)
class Verdict:
    """What one requirement came to.

    Attributes:
      requirement: what was asked.
      outcome: `fail` is proved by `evidence`; `skipped` and `inconclusive` have a `reason`.
      reason: what was found, or why nothing could be.
      expected: of a failure: what should have been found.
      evidence: of a failure: the conversation.
    """

    requirement: Requirement
    outcome: Outcome
    reason: str = ""
    expected: str = ""
    evidence: tuple[Evidence, ...] = ()


def judged(requirement: Requirement, error: Exception | None, messages: Sequence[WireMessage] = ()) -> Verdict:
    """The verdict of a check that raised `error`, or nothing, over these messages of a conversation."""
    match error:
        case None:
            return Verdict(requirement=requirement, outcome="pass")
        case NotApplicable():
            return Verdict(requirement=requirement, outcome="skipped", reason=str(error))
        case Unmet():
            return Verdict(
                requirement=requirement,
                outcome="fail",
                reason=error.found,
                expected=error.expected,
                evidence=show(messages, error.proof),
            )
        case _:
            return Verdict(requirement=requirement, outcome="inconclusive", reason=str(error))


def show(messages: Sequence[WireMessage], proof: Sequence[WireMessage], *, first: int = 0) -> tuple[Evidence, ...]:
    """The part of a conversation around what decides: its beginning, its end, and what leads to each proof."""
    decisive = [place for place, message in enumerate(messages) if any(message is item for item in proof)]
    near = {place for other in decisive[:_SHOWN] for place in (other - 1, other) if place >= 0}
    ends = {*range(min(2, len(messages))), *range(max(0, len(messages) - _SHOWN // 2), len(messages))}
    return tuple(
        Evidence(
            number=first + place + 1,
            sender=messages[place].sender,
            text=_text(messages[place]),
            proves=place in decisive,
        )
        for place in sorted(near | ends)
    )


def _text(message: WireMessage) -> str:
    text = message.message if isinstance(message.message, str) else dumps(message.message).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"
