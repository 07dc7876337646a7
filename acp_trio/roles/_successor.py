"""How a proxy reaches two peers over its one connection to a conductor.

Owns the envelope: what goes to the agent, and comes from it, is wrapped in `proxy/successor`; what is not wrapped is
the client's. Both spellings of the methods are accepted, the one with an underscore that conductors use today and the
one of the schema; what was heard first is spoken (https://agentclientprotocol.com/rfds/proxy-chains).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ..connection import Peer
from ..jsonrpc import Envelope, LocalMisuse
from ..schema import method_side
from ._peers import AGENT, CLIENT

INITIALIZE: Final = frozenset(("proxy/initialize", "_proxy/initialize"))
"""What a conductor sends to a proxy in place of `initialize`."""
SUCCESSOR: Final = frozenset(("proxy/successor", "_proxy/successor"))
"""What wraps the messages between a proxy and its successor."""


class Inner(msgspec.Struct, gc=False):
    """What a successor envelope holds."""

    method: str
    params: Raw | UnsetType = UNSET


decode_inner = msgspec.json.Decoder(Inner).decode


class SuccessorAddressing:
    """The addressing of a proxy's connection: whose a message is, its wrapping says."""

    def __init__(self, prefix: str = "_proxy/") -> None:
        self._prefix = prefix

    def unwrap(self, envelope: Envelope) -> Peer:
        """Take a message out of its envelope, in place. One whose envelope is malformed stays as it is."""
        method = envelope.method
        if method not in SUCCESSOR or isinstance(envelope.params, UnsetType):
            return CLIENT
        try:
            inner = decode_inner(envelope.params)
        except (ValueError, RecursionError):
            return CLIENT
        envelope.method, envelope.params = inner.method, inner.params
        return AGENT

    def resolve(self, to: Peer | None, method: str) -> Peer:
        """To whom a message goes: a message of the schema to the side that handles it, if nothing else is said."""
        if to is None:
            return _natural(method)
        if to not in (CLIENT, AGENT):
            raise LocalMisuse(f"a proxy reaches the client and the agent, not {to!r}")
        return to

    def wrap(self, to: Peer, method: str, params: Any) -> tuple[str, Any]:
        """The method and params that reach a peer."""
        if to == CLIENT or (method == "$/cancel_request" and self._prefix == "proxy/"):
            return method, params  # a cancel names the outer id, and in that spelling stands outside, too
        inner = {"method": method} if params is UNSET else {"method": method, "params": params}
        return f"{self._prefix}successor", inner


class InitializedAddressing(SuccessorAddressing):
    """The same at the proxy's end: `proxy/initialize` is the client's `initialize`, and tells the spelling."""

    def unwrap(self, envelope: Envelope) -> Peer:
        method = envelope.method
        if method in INITIALIZE:
            self._prefix = str(method).removesuffix("initialize")
            envelope.method = "initialize"
            return CLIENT
        return super().unwrap(envelope)


def _natural(method: str) -> Peer:
    match method_side(1, method):
        case "agent":
            return AGENT
        case "client":
            return CLIENT
        case _:
            raise LocalMisuse(f"say to whom {method} goes: to=AGENT or to=CLIENT")
