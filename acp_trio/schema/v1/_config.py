"""The options of a session that a person can change, such as the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, TypeAlias

from .._message import MetaRecord, Request, Side, Unknown, record
from .._wire import FirstOf, Sibling, Tagged, field, lenient
from ._ids import SessionConfigGroupId, SessionConfigId, SessionConfigValueId, SessionId

SessionConfigOptionCategory: TypeAlias = Literal["mode", "model", "model_config", "thought_level"] | str
"""What an option is about, for its place and icon only."""


@record
class SessionConfigSelectOption(MetaRecord):
    """One value to choose."""

    value: SessionConfigValueId
    name: str
    description: str | None = lenient(default=None)


@record
class SessionConfigSelectGroup(MetaRecord):
    """Values to choose from under a heading."""

    group: SessionConfigGroupId
    name: str
    options: Sequence[SessionConfigSelectOption] = lenient(skip_invalid=True)


SessionConfigSelectOptions: TypeAlias = Annotated[
    Sequence[SessionConfigSelectOption] | Sequence[SessionConfigSelectGroup], FirstOf()
]
"""Values to choose from, all in groups or none."""


@record
class SessionConfigSelect(MetaRecord):
    """An option with one value out of several."""

    id: SessionConfigId
    name: str
    description: str | None = lenient(default=None)
    category: SessionConfigOptionCategory | None = lenient(default=None)
    current_value: SessionConfigValueId
    options: SessionConfigSelectOptions


@record
class SessionConfigBoolean(MetaRecord):
    """An option that is on or off."""

    id: SessionConfigId
    name: str
    description: str | None = lenient(default=None)
    category: SessionConfigOptionCategory | None = lenient(default=None)
    current_value: bool


@record
class UnknownSessionConfigOption(Unknown):
    """A kind of option that this version does not know; do not show it."""

    tag: str = field(name="type")


SessionConfigOption: TypeAlias = Annotated[
    SessionConfigSelect | SessionConfigBoolean | UnknownSessionConfigOption,
    Tagged("type", {"select": SessionConfigSelect, "boolean": SessionConfigBoolean}, other=UnknownSessionConfigOption),
]
"""An option of a session and its value."""


@record
class SetSessionConfigOptionResponse(MetaRecord):
    """All options as they are now: changing one may have changed others."""

    config_options: Sequence[SessionConfigOption] = lenient(skip_invalid=True)


@record
class SetSessionConfigOptionRequest(Request[SetSessionConfigOptionResponse]):
    """Change one option.

    Attributes:
      value: the id of a value to choose, or on or off.
    """

    method = "session/set_config_option"
    side: ClassVar[Side] = "agent"

    session_id: SessionId
    config_id: SessionConfigId
    value: Annotated[SessionConfigValueId | bool, Sibling("type", {"boolean": bool}, otherwise=str)] = field()
