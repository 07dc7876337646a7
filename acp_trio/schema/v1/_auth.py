"""Signing in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, TypeAlias

from .._message import NOTHING_MORE, MetaRecord, Request, Side, Unknown, record
from .._wire import Tagged, field, lenient
from ._ids import AuthMethodId


@record
class AuthMethodAgent(MetaRecord):
    """The agent signs in by itself when it gets `authenticate`."""

    id: AuthMethodId
    name: str
    description: str | None = lenient(default=None)


@record
class AuthMethodTerminal(MetaRecord):
    """A person signs in by running the agent's own program in a terminal.

    Attributes:
      args: added to the arguments that the client starts the agent with.
      env: set in addition to the variables that the client starts the agent with.
    """

    id: AuthMethodId
    name: str
    description: str | None = lenient(default=None)
    args: Sequence[str] = field(default=(), on_null=True)
    env: Mapping[str, str] = field(default=NOTHING_MORE, on_null=True)


@record
class UnknownAuthMethod(Unknown):
    """A way to sign in that this version does not know; do not offer it."""

    tag: str = field(name="type")


AuthMethod: TypeAlias = Annotated[
    AuthMethodAgent | AuthMethodTerminal | UnknownAuthMethod,
    Tagged(
        "type", {"terminal": AuthMethodTerminal}, other=UnknownAuthMethod, untagged=AuthMethodAgent, implied=("agent",)
    ),
]
"""A way to sign in."""


@record
class AuthenticateResponse(MetaRecord):
    """Signed in."""


@record
class AuthenticateRequest(Request[AuthenticateResponse]):
    """Sign in by one of the methods that the agent offered."""

    method = "authenticate"
    side: ClassVar[Side] = "agent"

    method_id: AuthMethodId


@record
class LogoutResponse(MetaRecord):
    """Signed out."""


@record
class LogoutRequest(Request[LogoutResponse]):
    """Sign out; new sessions need `authenticate` again."""

    method = "logout"
    side: ClassVar[Side] = "agent"
