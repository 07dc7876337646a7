"""Which class carries the params of which method, and who handles it. Plain data: no class is loaded until asked for."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

from . import v1
from ._message import Side


class Method(NamedTuple):
    """What the schema says of a method.

    Attributes:
      name: the class of its params.
      kind: whether it is answered.
      side: who handles it; "protocol" for either.
    """

    name: str
    kind: Literal["request", "notification"]
    side: Side


V1_METHODS: Final[dict[str, Method]] = {
    "initialize": Method("InitializeRequest", "request", "agent"),
    "authenticate": Method("AuthenticateRequest", "request", "agent"),
    "logout": Method("LogoutRequest", "request", "agent"),
    "session/new": Method("NewSessionRequest", "request", "agent"),
    "session/load": Method("LoadSessionRequest", "request", "agent"),
    "session/resume": Method("ResumeSessionRequest", "request", "agent"),
    "session/list": Method("ListSessionsRequest", "request", "agent"),
    "session/delete": Method("DeleteSessionRequest", "request", "agent"),
    "session/close": Method("CloseSessionRequest", "request", "agent"),
    "session/set_mode": Method("SetSessionModeRequest", "request", "agent"),
    "session/set_config_option": Method("SetSessionConfigOptionRequest", "request", "agent"),
    "session/prompt": Method("PromptRequest", "request", "agent"),
    "session/cancel": Method("CancelNotification", "notification", "agent"),
    "session/update": Method("SessionNotification", "notification", "client"),
    "session/request_permission": Method("RequestPermissionRequest", "request", "client"),
    "fs/read_text_file": Method("ReadTextFileRequest", "request", "client"),
    "fs/write_text_file": Method("WriteTextFileRequest", "request", "client"),
    "terminal/create": Method("CreateTerminalRequest", "request", "client"),
    "terminal/output": Method("TerminalOutputRequest", "request", "client"),
    "terminal/wait_for_exit": Method("WaitForTerminalExitRequest", "request", "client"),
    "terminal/kill": Method("KillTerminalRequest", "request", "client"),
    "terminal/release": Method("ReleaseTerminalRequest", "request", "client"),
    "elicitation/create": Method("CreateElicitationRequest", "request", "client"),
    "elicitation/complete": Method("CompleteElicitationNotification", "notification", "client"),
    "$/cancel_request": Method("CancelRequestNotification", "notification", "protocol"),
}

_BY_VERSION: Final = {1: (v1, V1_METHODS)}


def method_side(version: int, method: str) -> Side | None:
    """Who handles a method; None for one that the version does not have. Raises KeyError as `message_class` does."""
    found = _BY_VERSION[version][1].get(method)
    return None if found is None else found.side


def message_class(version: int, method: str) -> type[Any]:
    """The class of a method's params.

    Raises:
      KeyError: the version is not supported, or has no such method.
    """
    package, methods = _BY_VERSION[version]
    found: type[Any] = getattr(package, methods[method].name)
    return found
