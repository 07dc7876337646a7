"""From one line to one frame: a well-formed message, or what is wrong with it and whom that may be told.

Owns the judgement of bad input (JSON-RPC 2.0 section 4, https://www.jsonrpc.org/specification, and ACP's own: no
batches, no null ids). It never raises for input. Whether a reply is sent is not decided here: it depends on the side.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs
import msgspec
from msgspec import UNSET, Raw, UnsetType

from ._codes import ErrorCode
from ._ids import RequestId, is_request_id
from ._json import JSONInvalid, as_object, dumps, loads
from ._messages import Envelope
from ._prefix import read_head

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
    is_call: bool = False
    """Whether it names a method: then the id is one of the peer's own, never that of a request of ours."""
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
    """True if a method or params were seen, False if a result or an error was, None if none of these."""


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
    # The common messages at a glance; everything else is looked at member by member.
    if envelope.method is UNSET:
        sound = (envelope.result is UNSET) is not (envelope.error is UNSET) and is_request_id(envelope.id)
    else:
        sound = envelope.result is UNSET and envelope.error is UNSET and _is_call(envelope)
    return envelope if sound else _judge_line(line)


def _is_call(envelope: Envelope) -> bool:
    request_id, params = envelope.id, envelope.params
    if request_id is not UNSET and not is_request_id(request_id):
        return False
    return params is UNSET or memoryview(params)[0] in _STRUCTURED


def _judge_line(line: bytes) -> Frame | None:
    if not line.strip():
        return None
    try:
        return _judge_members(loads(line), line[:_SHOWN])
    except JSONInvalid as exc:
        reason = str(exc)
    except RecursionError:  # read, and too deep to be written again
        reason = "nested too deeply"
    head = read_head(line)
    if head.is_request is False and head.request_id is not None:
        return Junk(reason=f"not JSON: {reason}", request_id=head.request_id)  # somebody waits for it
    return Malformed(code=ErrorCode.PARSE_ERROR, reason=reason, line=line[:_SHOWN])


def _judge_members(message: Any, shown: bytes) -> Frame:
    members = as_object(message)
    if members is None:
        kind = "an array (ACP has no batches)" if isinstance(message, list) else "no object"
        return Malformed(code=ErrorCode.INVALID_REQUEST, reason=f"the message is {kind}", line=shown)
    has_answer = "result" in message or "error" in message
    if "method" not in message and has_answer:
        return _judge_response(message)
    return _judge_call(message, shown, has_answer=has_answer)


def _judge_response(message: dict[str, Any]) -> Frame:
    request_id = message.get("id")
    if not is_request_id(request_id):
        return Junk(reason="a response without a usable id")
    if message.get("error") is None and "result" in message:
        return Envelope(id=request_id, result=_raw(message, "result"))  # JSON-RPC 1.0 has both, one of them null
    if message.get("result") is not None:
        return Junk(reason="a response with a result and an error", request_id=request_id)
    return Envelope(id=request_id, error=_raw(message, "error"))


def _judge_call(message: dict[str, Any], shown: bytes, *, has_answer: bool) -> Frame:
    request_id = message.get("id", UNSET)
    readable = request_id if is_request_id(request_id) else None
    method = message.get("method")
    if request_id is not UNSET and readable is None:
        reason = "the id is neither a 64-bit integer nor a string of at most 1 KiB"
    elif not isinstance(method, str):
        reason = "there is no method"
    elif has_answer:
        reason = "it is a request and a response at once"
    elif not isinstance(message.get("params"), dict | list | None):
        reason = "params is neither an object nor an array"
    else:
        identity = UNSET if readable is None else readable
        return Envelope(id=identity, method=method, params=_raw(message, "params"))
    return Malformed(
        code=ErrorCode.INVALID_REQUEST, reason=reason, request_id=readable, is_call="method" in message, line=shown
    )


def _raw(message: dict[str, Any], member: str) -> Raw | UnsetType:
    return Raw(dumps(message[member])) if member in message else UNSET
