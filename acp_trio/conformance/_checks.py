"""The register of checks: which function decides which requirement, and in what kind of conversation.

Owns the two kinds. A check says something to the agent and judges what it does; an observation judges, after the fact,
every message of every conversation. It refuses two of them for one requirement.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import attrs

from ._conversation import Conversation
from ._requirement import Role
from ._services import EVERYTHING, NOTHING
from ._transcript import Transcript

Talk: TypeAlias = Callable[[Conversation], Awaitable[None]]
Look: TypeAlias = Callable[[Transcript], int]
"""Returns how many things it had to look at; raises Unmet at the first that is wrong."""


@attrs.frozen(kw_only=True)
class Group:
    """What shares one fresh agent.

    Attributes:
      capabilities: what the client advertises.
      initialized: whether the handshake is done for them. If not, each check has an agent of its own.
      hold_permissions: whether permissions stay open until a check answers them.
    """

    capabilities: Mapping[str, Any] = NOTHING
    initialized: bool = True
    hold_permissions: bool = False


GROUPS: Final[Mapping[str, Group]] = {
    "handshake": Group(initialized=False),
    "wire": Group(),
    "input": Group(),
    "sessions": Group(capabilities=EVERYTHING),
    "turns": Group(capabilities=EVERYTHING),
    "history": Group(capabilities=EVERYTHING),
    "settings": Group(capabilities=EVERYTHING),
    "cancelling": Group(capabilities=EVERYTHING),
    "asking": Group(capabilities=EVERYTHING, hold_permissions=True),
    "everything offered": Group(capabilities=EVERYTHING),
    "nothing offered": Group(capabilities=NOTHING),
}


@attrs.frozen
class Check:
    """A function that talks to the agent, in a group."""

    group: str
    talk: Talk


@attrs.frozen
class Observation:
    """A function that looks at conversations, and what it needs to see to decide."""

    look: Look
    needs_to_see: str


CHECKS: Final[dict[str, Check]] = {}
OBSERVATIONS: Final[dict[tuple[Role, str], Observation]] = {}
TOURS: Final[dict[str, Talk]] = {}
"""What is said in a group only to have something to observe."""


def check(requirement: str, *, group: str) -> Callable[[Talk], Talk]:
    """Register what decides a requirement."""

    def register(talk: Talk) -> Talk:
        if requirement in CHECKS or ("agent", requirement) in OBSERVATIONS:
            raise ValueError(f"{requirement} is decided twice")
        CHECKS[requirement] = Check(group, talk)
        return talk

    return register


def observation(requirement: str, *, of: str, roles: tuple[Role, ...] = ("agent",)) -> Callable[[Look], Look]:
    """Register what decides a requirement of these roles by looking; `of` is what must have been seen."""

    def register(look: Look) -> Look:
        for role in roles:
            if (role, requirement) in OBSERVATIONS or (role == "agent" and requirement in CHECKS):
                raise ValueError(f"{requirement} is decided twice")
            OBSERVATIONS[role, requirement] = Observation(look, of)
        return look

    return register


def tour(group: str) -> Callable[[Talk], Talk]:
    """Register what is said in a group for the observations."""

    def register(talk: Talk) -> Talk:
        TOURS[group] = talk
        return talk

    return register
