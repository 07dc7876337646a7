"""The four JSON-RPC messages: the envelope of an incoming one, the text of an outgoing one.

Owns which member makes a message what it is, and the member order on the wire. Params and results stay raw in an
envelope: whoever forwards them need not decode them. It does no I/O and judges no method.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ._ids import RequestId
from ._json import dumps, loads


class Envelope(msgspec.Struct, gc=False, eq=False):
    """One well-formed incoming message: a request (id and method), a notification (method) or a response (id)."""

    id: int | str | UnsetType | None = UNSET
    method: str | UnsetType = UNSET
    params: Raw | UnsetType = UNSET
    result: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET


class _Outgoing(msgspec.Struct, omit_defaults=True, gc=False):
    # No default for jsonrpc: omit_defaults would leave it out.
    jsonrpc: str
    id: RequestId | UnsetType | None = UNSET
    method: str | UnsetType = UNSET
    params: Any = UNSET
    result: Any = UNSET
    error: Any = UNSET


_encode = msgspec.json.Encoder().encode


def request_text(request_id: RequestId, method: str, params: Any = UNSET) -> bytes:
    """The JSON text of a request; `params` is builtins, a `Raw`, or UNSET for none."""
    return _text(_Outgoing("2.0", request_id, method, params))


def notification_text(method: str, params: Any = UNSET) -> bytes:
    """The JSON text of a notification."""
    return _text(_Outgoing("2.0", UNSET, method, params))


def result_text(request_id: RequestId, result: Any) -> bytes:
    """The JSON text of a successful response."""
    return _text(_Outgoing("2.0", request_id, UNSET, UNSET, result))


def error_text(request_id: RequestId | None, code: int, message: str, data: Any = None) -> bytes:
    """The JSON text of an error response; id None only where the request's id could not be told."""
    error = {"code": code, "message": message} if data is None else {"code": code, "message": message, "data": data}
    return _text(_Outgoing("2.0", request_id, UNSET, UNSET, UNSET, error))


def answer_text(request_id: RequestId, answer: Envelope) -> bytes:
    """The JSON text of a response that says, byte for byte, what another one says."""
    return _text(_Outgoing("2.0", request_id, UNSET, UNSET, answer.result, answer.error))


def _text(message: _Outgoing) -> bytes:
    try:
        return _encode(message)
    except TypeError as exc:
        raise TypeError(f"JSON cannot hold all of it, such as a message within a dict: {exc}") from None
    except ValueError:
        # A lone surrogate: legal in JSON as an escape, refused by msgspec.
        members = {name: getattr(message, name) for name in message.__struct_fields__}
        return dumps({name: _thawed(value) for name, value in members.items() if value is not UNSET})


def _thawed(value: Any) -> Any:
    if isinstance(value, dict):  # params within an envelope
        return {name: _thawed(member) for name, member in cast("dict[str, Any]", value).items()}
    return loads(value) if isinstance(value, Raw) else value
