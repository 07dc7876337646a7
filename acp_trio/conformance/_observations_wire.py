"""What every message has to be, whatever it is about: lines, responses, ids, names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, cast

from ..codec import CODEC, InvalidValue
from ..jsonrpc import as_object
from ..schema import Record, message_class, method_side, v1
from ..testing import WireMessage
from ._checks import observation
from ._checks_wire import BATCH, HALF_A_LINE
from ._requirement import Role
from ._transcript import Transcript
from ._verdict import Unmet

V1: Final = 1

_NOT_IN_MESSAGES: Final = {(str, HALF_A_LINE), *((str, entry["id"]) for entry in BATCH)}
"""Ids that an agent may have got to know, though not from a message."""

BOTH: Final[tuple[Role, ...]] = ("agent", "client")

_UNSTABLE_METHODS: Final = frozenset(
    """auth/status auth/status_update mcp/message providers/disable providers/list providers/set proxy/initialize
    proxy/successor session/archive session/fork session/set_title session/status session/unarchive
    """.split()  # noqa: SIM905 -- words, not a table
)
_UNSTABLE_FIELDS: Final = frozenset(
    """accounts acp active apiType archive archived baseUrl cachedReadTokens cachedWriteTokens cancel capabilities
    current email fork inputTokens label organization outputTokens override plan planId providerId providers
    recipientMessageId recipientSessionId senderMessageId senderSessionId serverId state subagents supported
    systemPrompt thoughtTokens totalTokens usage""".split()  # noqa: SIM905 -- words, not a table
)
"""Names that only the unstable schema has: not stable, and not the agent's own either."""
_RETIRED_FIELDS: Final = frozenset({"models"})
"""Names that earlier drafts had."""
_TAGS: Final = frozenset({"type", "sessionUpdate", "outcome", "mode", "action", "_meta"})


@observation("wire.json-lines", of="a line", roles=BOTH)
def json_lines(seen: Transcript) -> int:
    lines = [message for message in seen.messages if message.sender == seen.role]
    for message in lines:
        if not isinstance(message.message, dict):
            raise Unmet("a JSON object", "a line that is none", [message])
    return len(lines)


@observation("wire.jsonrpc", of="a message", roles=BOTH)
def jsonrpc(seen: Transcript) -> int:
    for _, message, content in seen.objects:
        if content.get("jsonrpc") != "2.0":
            raise Unmet('"jsonrpc": "2.0"', f"{content.get('jsonrpc')!r}", [message])
    return len(seen.objects)


@observation("wire.result-or-error", of="a response", roles=BOTH)
def result_or_error(seen: Transcript) -> int:
    """An object without a method is meant to be a response, even if it has neither."""
    responses = [(message, content) for _, message, content in seen.objects if "method" not in content]
    for message, content in responses:
        if ("result" in content) == ("error" in content):
            found = "both" if "result" in content else "neither"
            raise Unmet("a result or an error", found, [message])
    return len(responses)


@observation("wire.error-object", of="an error", roles=BOTH)
def error_object(seen: Transcript) -> int:
    errors = [(message, content["error"]) for _, message, content in seen.answers() if content.get("error") is not None]
    for message, content in errors:
        error = as_object(content) or {}
        if type(error.get("code")) is not int or not isinstance(error.get("message"), str):
            raise Unmet("an integer `code` and a string `message`", f"{content!r}"[:200], [message])
    return len(errors)


@observation("wire.response-id", of="a response", roles=BOTH)
def response_id(seen: Transcript) -> int:
    """A null id is another requirement's: it belongs to what had no readable id."""
    asked: set[tuple[type, Any]] = {(type(exchange.id), exchange.id) for exchange in seen.asked_of_it}
    count = 0
    for _, message, content in seen.answers():
        given = content.get("id")
        if given is None:
            continue
        if not isinstance(given, int | str) or (type(given), given) not in asked | _NOT_IN_MESSAGES:
            near = [exchange.request for exchange in seen.asked_of_it if str(exchange.id) == str(given)]
            raise Unmet("the id of a request", f"{given!r}, which no request has", [*near[:1], message])
        count += 1
    return count


@observation("wire.one-response", of="a response", roles=BOTH)
def one_response(seen: Transcript) -> int:
    asked = {(type(exchange.id), exchange.id): exchange.answer for exchange in seen.asked_of_it}
    count = 0
    for _, message, content in seen.answers():
        given = content.get("id")
        if not isinstance(given, int | str):
            continue
        count += 1
        first = asked.get((type(given), given))
        if first is not None and first is not message:
            raise Unmet("one response", "two of them", [first, message])
    return count


@observation("wire.own-methods", of="a request or notification of its own", roles=BOTH)
def own_methods(seen: Transcript) -> int:
    calls = list(seen.calls())
    for _, message, _params in calls:
        method = message.method or ""
        if not method.startswith(("_", "$/")) and method not in _UNSTABLE_METHODS and method_side(V1, method) is None:
            raise Unmet("a method of the protocol, or one that begins with an underscore", f"{method!r}", [message])
    return len(calls)


@observation("wire.own-fields", of="a message of the protocol", roles=BOTH)
def own_fields(seen: Transcript) -> int:
    count = 0
    for message, cls, value in protocol_values(seen):
        try:
            decoded = CODEC.decode(cls, value)
        except InvalidValue:
            continue  # that it does not fit is another requirement's
        count += 1
        for field in _foreign_fields(decoded):
            raise Unmet("fields of the protocol and `_meta`", f"the field {field!r}", [message])
    return count


@observation("schema.results", of="a result", roles=BOTH)
def results(seen: Transcript) -> int:
    return _fits([(message, cls, value) for message, cls, value in protocol_values(seen) if message.method is None])


@observation("schema.updates", of="a notification of its own")
@observation("schema.notifications", of="a notification of its own", roles=("client",))
def notifications(seen: Transcript) -> int:
    return _fits([(m, cls, value) for m, cls, value in protocol_values(seen) if m.method and "id" not in m.message])


@observation("schema.requests", of="a request of its own", roles=BOTH)
def requests(seen: Transcript) -> int:
    return _fits([(m, cls, value) for m, cls, value in protocol_values(seen) if m.method and "id" in m.message])


def protocol_values(seen: Transcript) -> Iterator[tuple[WireMessage, type[Any], Any]]:
    """Every params and every result of its own that the schema describes, with its class."""
    for _, message, content in seen.objects:
        method = message.method
        if method is not None and method_side(V1, method) in {_other(seen.role), "protocol"}:
            yield message, message_class(V1, method), content.get("params")
    for exchange in seen.asked_of_it:
        if (
            exchange.answer is not None
            and "result" in exchange.answer.message
            and method_side(V1, exchange.method) == seen.role
        ):
            yield exchange.answer, message_class(V1, exchange.method).response, exchange.answer.message["result"]


def _other(role: Role) -> Role:
    return "client" if role == "agent" else "agent"


def _fits(values: list[tuple[WireMessage, type[Any], Any]]) -> int:
    for message, cls, value in values:
        try:
            CODEC.decode(cls, value)
        except InvalidValue as invalid:
            raise Unmet(f"a value that fits `{cls.__name__}`", str(invalid), [message]) from None
    return len(values)


def _foreign_fields(value: object) -> Iterator[str]:
    """The names that stand in records of the protocol without belonging there."""
    if isinstance(value, Record):
        yield from sorted(set(value.extras) - _protocol_fields())
        for attribute in value.__attrs_attrs__:
            if attribute.name not in {"extras", "meta"}:
                yield from _foreign_fields(getattr(value, attribute.name))
    elif isinstance(value, list | tuple):
        for item in cast("Sequence[object]", value):
            yield from _foreign_fields(item)


@cache
def _protocol_fields() -> frozenset[str]:
    """Every name that the protocol uses somewhere: a field with one of them is not taken for the agent's own."""
    records = (
        cls for cls in (getattr(v1, name) for name in dir(v1)) if isinstance(cls, type) and issubclass(cls, Record)
    )
    names = {_camel(attribute.name) for cls in records for attribute in cls.__attrs_attrs__}
    return frozenset(names) | _TAGS | _UNSTABLE_FIELDS | _RETIRED_FIELDS


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
