"""Method and params of what is sent: a message, typed or not, or a method by name with params of any allowed shape."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Raw, UnsetType

from ..codec import CODEC
from ..jsonrpc import LocalMisuse, UntypedMessage
from ..schema import Notification, Request


def method_and_params(
    message: Request[Any] | Notification | UntypedMessage | str, params: Any = UNSET
) -> tuple[str, Any]:
    """The method, and the params as the JSON writer takes them.

    Raises LocalMisuse for params that are neither an object nor an array.
    """
    if not isinstance(message, str):
        if params is not UNSET or isinstance(message, type):
            raise LocalMisuse(f"give the message itself, and nothing beside it, not {message!r}")
        if isinstance(message, UntypedMessage):
            return message.method, message.encoded
        if not hasattr(message, "method"):
            raise TypeError(f"{type(message).__name__} has no method: it is no message to send")
        return message.method, CODEC.encode(message)
    encoded = params if params is UNSET else CODEC.encode(params)
    if not _is_structure(encoded):
        raise LocalMisuse(f"the params of {message} must be an object or an array, not {type(params).__name__}")
    return message, encoded


def _is_structure(value: Any) -> bool:
    return isinstance(value, dict | list | Raw | UnsetType | None)
