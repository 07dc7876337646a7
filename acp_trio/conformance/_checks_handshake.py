"""Checks of `initialize`. Each has an agent of its own, which has heard nothing yet."""

from __future__ import annotations

from typing import Any

from ..testing import WireMessage
from ._checks import check
from ._conversation import Conversation, initialize_params, is_refusal, result_of
from ._services import EVERYTHING, NOTHING
from ._verdict import NotApplicable, Unmet

_FUTURE = 65535
"""The highest version that fits the field; nobody speaks it."""


@check("initialize.version", group="handshake")
async def version(agent: Conversation) -> None:
    answer = await _initialize(agent, initialize_params(EVERYTHING))
    found = result_of(answer, "version 1").get("protocolVersion")
    if type(found) is not int or found != 1:
        raise Unmet("version 1", f"version {found!r}", [answer])


@check("initialize.unsupported-version", group="handshake")
async def unsupported_version(agent: Conversation) -> None:
    answer = await _initialize(agent, {**initialize_params(NOTHING), "protocolVersion": _FUTURE})
    found = result_of(answer, "a version that the agent supports").get("protocolVersion")
    if type(found) is not int or not 0 < found < _FUTURE:
        raise Unmet("a version that the agent supports", f"version {found!r}", [answer])


@check("initialize.omitted", group="handshake")
async def omitted(agent: Conversation) -> None:
    result_of(await _initialize(agent, {"protocolVersion": 1}), "the agent's half of the handshake")


@check("initialize.unknown-capability", group="handshake")
async def unknown_capability(agent: Conversation) -> None:
    capabilities = {**EVERYTHING, "acp_trio": {"new": True}, "_meta": {"acp_trio": True}}
    result_of(await _initialize(agent, initialize_params(capabilities)), "the agent's half of the handshake")


@check("initialize.first", group="handshake")
async def first(agent: Conversation) -> None:
    request_id = await agent.begin("session/new", {"cwd": agent.manner.directory, "mcpServers": []})
    answer = await agent.answer(request_id, patience=agent.manner.patience_for_work)
    if not is_refusal(answer):
        raise Unmet("an error", "a session", [answer])


@check("initialize.unknown-auth", group="handshake")
async def unknown_auth(agent: Conversation) -> None:
    hello = await _initialize(agent, initialize_params(NOTHING))
    if not result_of(hello, "the agent's half of the handshake").get("authMethods"):
        raise NotApplicable("the agent offers no way to authenticate")
    answer = await agent.request("authenticate", {"methodId": "acp_trio: no such method"})
    if not is_refusal(answer):
        raise Unmet("an error", "a result", [answer])


async def _initialize(agent: Conversation, params: dict[str, Any]) -> WireMessage:
    return await agent.answer(await agent.begin("initialize", params), patience=agent.manner.patience_for_work)
