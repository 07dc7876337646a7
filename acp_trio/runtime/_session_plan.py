"""What all sessions of a host have in common, and what of it cannot be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import attrs

from ._commands import Command
from ._factory import RuntimeFactory
from ._relay import RuntimeEvent
from ._runtime import AgentSpec
from ._settings import Choice, Mode
from ._store import SessionStore

if TYPE_CHECKING:
    from ._hosted_session import HostedSession

OnEvent: TypeAlias = "Callable[[RuntimeEvent, HostedSession], Awaitable[None]]"
"""Sees what an active agent's servers and the agent itself tell besides updates. It must not wait for the agent."""


@attrs.frozen(kw_only=True)
class SessionPlan:
    """The arguments of `SessionHost`, which says what each is."""

    specs: Mapping[str, AgentSpec]
    factory: RuntimeFactory
    store: SessionStore | None
    modes: Sequence[Mode]
    choices: Sequence[Choice]
    commands: Sequence[Command]
    on_event: OnEvent | None
    relay_capacity: int


def refuse_contradictions(specs: Sequence[AgentSpec], modes: Sequence[Mode], options: Sequence[Choice]) -> None:
    """Raise ValueError for two things of one name, and for a mode that wants what is not there."""
    agents = _each_once("agents", [spec.name for spec in specs])
    _each_once("modes", [mode.id for mode in modes])
    _each_once("options", [option.id for option in options])
    settings = {(option.id, value) for option in options for value in option.values}
    for mode in modes:
        if mode.agent not in agents:
            raise ValueError(f"the mode {mode.id!r} wants the agent {mode.agent!r}, which is not there")
        for option, value in mode.settings.items():
            if (option, value) not in settings:
                raise ValueError(f"the mode {mode.id!r} sets {option!r} to {value!r}, which cannot be chosen")


def _each_once(what: str, names: Sequence[str]) -> set[str]:
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"there are {count} {what} named {name!r}")
    return set(names)
