"""What all sessions of a host have in common."""

from __future__ import annotations

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
