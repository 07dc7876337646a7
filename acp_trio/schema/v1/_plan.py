"""The agent's plan for a turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from .._message import MetaRecord, record
from .._wire import lenient

PlanEntryPriority: TypeAlias = Literal["high", "medium", "low"]
"""How much a step matters."""

PlanEntryStatus: TypeAlias = Literal["pending", "in_progress", "completed"]
"""How far a step is."""


@record
class PlanEntry(MetaRecord):
    """One step."""

    content: str
    priority: PlanEntryPriority
    status: PlanEntryStatus


@record
class Plan(MetaRecord):
    """The whole plan; it replaces the one before."""

    entries: Sequence[PlanEntry] = lenient(skip_invalid=True)
