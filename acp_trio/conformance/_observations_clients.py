"""What is true of a client in every conversation: the order of its requests, and what it may ask of an agent."""

from __future__ import annotations

from typing import Any, Final

from ..jsonrpc import as_object
from ._arrays import items, objects
from ._checks import observation
from ._observations_sessions import is_absolute
from ._services import advertised
from ._transcript import Exchange, Transcript
from ._verdict import Unmet

_CLIENT: Final = ("client",)
_OPTIONAL: Final = {
    "session/load": "loadSession",
    "session/resume": "sessionCapabilities.resume",
    "session/list": "sessionCapabilities.list",
    "session/close": "sessionCapabilities.close",
    "session/delete": "sessionCapabilities.delete",
    "logout": "auth.logout",
}
_CONTENT: Final = {
    "image": "promptCapabilities.image",
    "audio": "promptCapabilities.audio",
    "resource": "promptCapabilities.embeddedContext",
}
_ABOUT_SESSIONS: Final = frozenset(
    {"session/prompt", "session/cancel", "session/set_mode", "session/set_config_option"}
)


@observation("wire.pending-id", of="a request", roles=_CLIENT)
def pending_id(seen: Transcript) -> int:
    pending: dict[tuple[type, object], Exchange] = {}
    for exchange in seen.asked_by_it:
        identity = (type(exchange.id), exchange.id)
        other = pending.get(identity)
        if other is not None and (other.answered_at is None or other.answered_at > exchange.place):
            raise Unmet("an id that is free", f"{exchange.id!r}, which is pending", [other.request, exchange.request])
        pending[identity] = exchange
    return len(seen.asked_by_it)


@observation("wire.notification", of="a notification that the client does not know", roles=_CLIENT)
def notification(seen: Transcript) -> int:
    for _, message, content in seen.objects:
        if "method" not in content and content.get("id") is None:
            if any(isinstance(other.message, str) for other in seen.messages if other.sender == "agent"):
                return 0  # it may be the answer to that line
            raise Unmet("nothing in answer to a notification", "a response without an id", [message])
    return sum(message.method == "_acp_trio/no_such_notification" for message in seen.messages)


@observation("initialize.first", of="a request", roles=_CLIENT)
def first(seen: Transcript) -> int:
    agreed: int | None = None
    for exchange in seen.asked_by_it:
        if exchange.method == "initialize":
            agreed = exchange.answered_at
        elif agreed is None or exchange.place < agreed:
            raise Unmet("`initialize`, and its answer", f"`{exchange.method}`", [exchange.request])
    return len(seen.asked_by_it)


@observation("initialize.info", of="an `initialize`", roles=_CLIENT)
def info(seen: Transcript) -> int:
    hellos = [exchange for exchange in seen.asked_by_it if exchange.method == "initialize"]
    for exchange in hellos:
        told = as_object(exchange.params.get("clientInfo")) or {}
        if not told.get("name") or not told.get("version"):
            raise Unmet("`clientInfo` with a name and a version", "none", [exchange.request])
    return len(hellos)


@observation("schema.absolute-paths", of="a directory", roles=_CLIENT)
def absolute_directories(seen: Transcript) -> int:
    count = 0
    for exchange in seen.asked_by_it:
        for path in (exchange.params.get("cwd"), *items(exchange.params.get("additionalDirectories"))):
            if isinstance(path, str):
                count += 1
                if not is_absolute(path):
                    raise Unmet("an absolute path", f"{path!r}", [exchange.request])
    return count


@observation("offer.methods", of="a conversation with an agent that lacks some of them", roles=_CLIENT)
def methods(seen: Transcript) -> int:
    lacking = {method for method, capability in _OPTIONAL.items() if not advertised(_capabilities(seen), capability)}
    for exchange in seen.asked_by_it:
        if exchange.method in lacking:
            capability = _OPTIONAL[exchange.method]
            raise Unmet(f"no call, because the agent does not advertise `{capability}`", "one", [exchange.request])
    return 1 if lacking and seen.asked_by_it else 0


@observation("offer.content", of="a prompt", roles=_CLIENT)
def content(seen: Transcript) -> int:
    prompts = [exchange for exchange in seen.asked_by_it if exchange.method == "session/prompt"]
    for exchange in prompts:
        for block in objects(exchange.params.get("prompt")):
            capability = _CONTENT.get(str(block.get("type")))
            if capability is not None and not advertised(_capabilities(seen), capability):
                found = f"content of type {block['type']!r}"
                raise Unmet(f"only what the agent advertises, and not `{capability}`", found, [exchange.request])
    return len(prompts)


@observation("offer.transports", of="a session", roles=_CLIENT)
def transports(seen: Transcript) -> int:
    made = [exchange for exchange in seen.asked_by_it if "mcpServers" in exchange.params]
    for exchange in made:
        for server in objects(exchange.params.get("mcpServers")):
            kind = server.get("type")
            if kind in ("http", "sse") and not advertised(_capabilities(seen), f"mcpCapabilities.{kind}"):
                raise Unmet("only transports that the agent advertises", f"{kind!r}", [exchange.request])
    return len(made)


@observation("offer.directories", of="a session", roles=_CLIENT)
def directories(seen: Transcript) -> int:
    made = [exchange for exchange in seen.asked_by_it if "mcpServers" in exchange.params]
    for exchange in made:
        given = exchange.params.get("additionalDirectories")
        if given and not advertised(_capabilities(seen), "sessionCapabilities.additionalDirectories"):
            raise Unmet("no `additionalDirectories`", f"{given!r}", [exchange.request])
    return len(made)


@observation("session.known", of="something said of a session", roles=_CLIENT)
def known(seen: Transcript) -> int:
    made = {str((exchange.result or {}).get("sessionId")) for exchange in seen.asked_by_it}
    made |= {str(one.params.get("sessionId")) for one in seen.asked_by_it if one.method in _OPTIONAL}
    count = 0
    for _, message, params in seen.calls(*_ABOUT_SESSIONS):
        count += 1
        if str(params.get("sessionId")) not in made:
            raise Unmet("the id of a session that the agent has made", f"{params.get('sessionId')!r}", [message])
    return count


def _capabilities(seen: Transcript) -> Any:
    """What the agent advertises in this conversation."""
    for exchange in seen.asked_by_it:
        if exchange.method == "initialize" and exchange.result is not None:
            return exchange.result.get("agentCapabilities")
    return {}
