"""The outcome of a run: every verdict, and what they come to."""

from __future__ import annotations

from collections import Counter
from typing import Any, final

import attrs

from ._requirement import Role
from ._verdict import Evidence, Outcome, Verdict


@final
@attrs.frozen(kw_only=True)
class Report:
    """What a run over one program has found.

    Attributes:
      program: the command of the program, as one would type it.
      role: what it was checked as.
      name: what it calls itself, with its version; empty if it does not say.
      verdicts: one for each requirement, in the order of the manifest.
      seconds: how long the run took.
    """

    program: str
    role: Role
    name: str
    verdicts: tuple[Verdict, ...]
    seconds: float

    @property
    def conformant(self) -> bool:
        """Whether no `must` failed."""
        return not any(verdict.outcome == "fail" and verdict.requirement.level == "must" for verdict in self.verdicts)

    def count(self, outcome: Outcome) -> int:
        """How many verdicts are of this kind."""
        return Counter(verdict.outcome for verdict in self.verdicts)[outcome]

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON value; its form is part of the interface."""
        return {
            "program": self.program,
            "role": self.role,
            "name": self.name,
            "protocolVersion": 1,
            "conformant": self.conformant,
            "seconds": round(self.seconds, 3),
            "verdicts": [_verdict_as_json(verdict) for verdict in self.verdicts],
        }


def _verdict_as_json(verdict: Verdict) -> dict[str, Any]:
    requirement = verdict.requirement
    value: dict[str, Any] = {
        "id": requirement.id,
        "level": requirement.level,
        "requirement": requirement.sentence,
        "url": requirement.url,
        "outcome": verdict.outcome,
    }
    if verdict.reason:
        value["reason"] = verdict.reason
    if verdict.outcome == "fail":
        value["expected"] = verdict.expected
        value["evidence"] = [_evidence_as_json(evidence) for evidence in verdict.evidence]
    return value


def _evidence_as_json(evidence: Evidence) -> dict[str, Any]:
    return {
        "number": evidence.number,
        "sender": evidence.sender,
        "text": evidence.text,
        "proves": evidence.proves,
    }
