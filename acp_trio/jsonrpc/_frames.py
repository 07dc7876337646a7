"""From one line to one frame: a well-formed message, or what is wrong with it and whom that may be told.

Owns the judgement of bad input (JSON-RPC 2.0 section 4, https://www.jsonrpc.org/specification, and ACP's own: no
batches, no null ids). It never raises for input, and it does not decide whether a reply is sent: that depends on the side.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs
import msgspec
from msgspec import UNSET, Raw, UnsetType

from ._codes import ErrorCode
from ._ids import RequestId, is_request_id
from ._json import JSONInvalid, dumps, loads
from ._messages import Envelope

_envelope = msgspec.json.Decoder(Envelope).decode

_STRUCTURED = b"{[n"  # first bytes of an object, an array and null: what params may be


@attrs.frozen(kw_only=True)
class Malformed:
    """A line that is no message."""

    code: int
    """The error code it deserves."""
    reason: str
    request_id: RequestId | None = None
    """The id of the request it was meant to be, where that could be read."""
    is_json: bool = True
    line: bytes = b""
    """Its first bytes, for the log."""


@attrs.frozen(kw_only=True)
class Junk:
    """A line that looks like a response and is none: nobody may be told, but whoever waits for this id must be."""

    reason: str
    request_id: RequestId | None = None


@attrs.frozen(kw_only=True)
class Oversize:
    """A frame above the maximum, its content dropped but for what the first bytes told."""

    size: int
    """Bytes of the whole line."""
    request_id: RequestId | None
    """The id, where it stood within the first bytes."""
    is_request: bool | None
    """True if a method was seen, False if a result or an error was, None if neither."""


Frame: TypeAlias = Envelope | Malformed | Junk | Oversize

_SHOWN = 200


def parse_line(line: bytes) -> Frame | None:
    """Parse one line without its newline; None for a blank one. Never raises."""
    try:
        if not line.isascii():
            line.decode("utf-8")
        envelope = _envelope(line)
    except (ValueError, RecursionError):
        return _judge_line(line)
    return envelope if _is_sound(envelope) else _judge_members(loads(line))


def _is_sound(envelope: Envelope) -> bool:
    """The common messages at a glance; everything else is looked at member by member."""
    request_id = envelope.id
    if request_id is None or (request_id is not UNSET and not is_request_id(request_id)):
        return False
    if envelope.method is UNSET:
        return request_id is not UNSET and (envelope.result is UNSET) is not (envelope.error is UNSET)
    if envelope.result is not UNSET or envelope.error is not UNSET:
        return False
    params = envelope.params
    return params is UNSET or memoryview(params)[0] in _STRUCTURED


def _judge_line(line: bytes) -> Frame | None:
    if not line.strip():
        return None
    try:
        value = loads(line)
    except JSONInvalid as exc:
        return Malformed(code=ErrorCode.PARSE_ERROR, reason=str(exc), is_json=False, line=line[:_SHOWN])
    return _judge_members(value)


def _judge_members(message: Any) -> Frame:
    if not isinstance(message, dict):
        kind = "an array (ACP has no batches)" if isinstance(message, list) else "no object"
        return Malformed(code=ErrorCode.INVALID_REQUEST, reason=f"the message is {kind}", line=dumps(message)[:_SHOWN])
    has_answer = "result" in message or "error" in message
    if "method" not in message and has_answer:
        return _judge_response(message)
    return _judge_call(message, has_answer=has_answer)


def _judge_response(message: dict[str, Any]) -> Frame:
    request_id = message.get("id")
    if not is_request_id(request_id):
        return Junk(reason="a response without a usable id")
    if "result" in message and "error" in message:
        return Junk(reason="a response with a result and an error", request_id=request_id)
    return Envelope(id=request_id, result=_raw(message, "result"), error=_raw(message, "error"))


def _judge_call(message: dict[str, Any], *, has_answer: bool) -> Frame:
    request_id = message.get("id", UNSET)
    readable = request_id if is_request_id(request_id) else None
    method = message.get("method")
    if request_id is not UNSET and readable is None:
        return _refused("the id is neither a 64-bit integer nor a string of at most 1 KiB", None, message)
    if not isinstance(method, str):
        return _refused("there is no method", readable, message)
    if has_answer:
        return _refused("it is a request and a response at once", readable, message)
    if not isinstance(message.get("params"), dict | list | None):
        return _refused("params is neither an object nor an array", readable, message)
    identity = UNSET if readable is None else readable
    return Envelope(id=identity, method=method, params=_raw(message, "params"))


def _refused(reason: str, request_id: RequestId | None, message: dict[str, Any]) -> Malformed:
    shown = repr(message)[:_SHOWN].encode("utf-8", "backslashreplace")
    return Malformed(code=ErrorCode.INVALID_REQUEST, reason=reason, request_id=request_id, line=shown)


def _raw(message: dict[str, Any], member: str) -> Raw | UnsetType:
    return Raw(dumps(message[member])) if member in message else UNSET
