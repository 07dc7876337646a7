"""Checks of what happens to sessions later: load, resume, list, close, delete."""

from __future__ import annotations

from typing import Any, Final

from ..jsonrpc import ErrorCode, as_object
from ..testing import WireMessage
from ._arrays import objects
from ._checks import check
from ._conversation import Conversation, error_code, expect_code, is_refusal, result_of
from ._services import advertised
from ._verdict import Unclear, Unmet

CONVERSATION: Final = ("user_message_chunk", "agent_message_chunk", "agent_thought_chunk", "tool_call", "plan")
"""The updates that a conversation consists of."""
_PAGES: Final = 200


@check("load.replay", group="history")
async def replay(agent: Conversation) -> None:
    session_id = await _session_with_a_turn(agent)
    if not _conversation_updates(agent, session_id, 0):
        raise Unclear("the agent said nothing that could be replayed")
    start, answer = await _bring_back(agent, "session/load", session_id)
    if not _conversation_updates(agent, session_id, start):
        raise Unmet("the conversation as updates, and then the answer", "no update before the answer", [answer])


@check("load.replay-first", group="history")
async def replay_first(agent: Conversation) -> None:
    session_id = await _session_with_a_turn(agent)
    _start, answer = await _bring_back(agent, "session/load", session_id)
    answered_at = _place(agent, answer)
    await agent.fence()
    late = _conversation_updates(agent, session_id, answered_at)
    if late:
        raise Unmet("the whole replay before the answer", "an update of the replay after it", [answer, late[0]])


@check("load.unknown", group="history")
async def load_unknown(agent: Conversation) -> None:
    answer = await agent.request("session/load", _reference(agent, "acp_trio: no such session"))
    expect_code(answer, ErrorCode.RESOURCE_NOT_FOUND)


@check("resume.no-replay", group="history")
async def no_replay(agent: Conversation) -> None:
    session_id = await _session_with_a_turn(agent)
    start, answer = await _bring_back(agent, "session/resume", session_id)
    await agent.fence()
    replayed = _conversation_updates(agent, session_id, start)
    if replayed:
        raise Unmet("no update of the conversation", "an update of the conversation", [replayed[0], answer])


@check("list.sessions", group="history")
async def sessions(agent: Conversation) -> None:
    await _session_with_a_turn(agent)
    await _listed(agent, {})


@check("list.directory", group="history")
async def directory(agent: Conversation) -> None:
    await _session_with_a_turn(agent)
    for wanted in (agent.manner.directory, "/acp_trio/no/such/directory"):
        found = await _listed(agent, {"cwd": wanted})
        strangers = {str(session.get("cwd")) for session in found if session.get("cwd") != wanted}
        if strangers:
            raise Unmet(f"sessions of {wanted} only", f"one of {min(strangers)}", agent.messages[-1:])


@check("list.cursor", group="history")
async def cursor(agent: Conversation) -> None:
    answer = await agent.request("session/list", {"cursor": "acp_trio: no such cursor"})
    if not is_refusal(answer):
        raise Unmet("an error", "a list", [answer])


@check("close.session", group="history")
async def close(agent: Conversation) -> None:
    session_id = await agent.new_session()
    result_of(await agent.request("session/close", {"sessionId": session_id}), "a result")


@check("close.turn", group="history")
async def close_turn(agent: Conversation) -> None:
    session_id = await agent.new_session()
    turn = await agent.begin_prompt(session_id, agent.manner.prompts["long"])
    closed = await agent.begin("session/close", {"sessionId": session_id})
    result_of(await agent.answer(closed), "a result")
    answer = await agent.answer(turn)
    if not is_refusal(answer) and result_of(answer, "").get("stopReason") != "cancelled":
        raise Unclear("the turn ended by itself when its session was closed")


@check("delete.session", group="history")
async def delete(agent: Conversation) -> None:
    session_id = await _session_with_a_turn(agent)
    result_of(await agent.request("session/delete", {"sessionId": session_id}), "a result")
    if not advertised(agent.agent.get("agentCapabilities"), "sessionCapabilities.list"):
        return
    if any(session.get("sessionId") == session_id for session in await _listed(agent, {})):
        raise Unmet(f"a list without {session_id}", "a list with it", agent.messages[-1:])


@check("delete.again", group="history")
async def delete_again(agent: Conversation) -> None:
    result_of(await agent.request("session/delete", {"sessionId": "acp_trio: no such session"}), "a result")


async def _session_with_a_turn(agent: Conversation) -> str:
    session_id = await agent.new_session()
    await agent.prompt(session_id, agent.manner.prompts["hello"])
    return session_id


async def _bring_back(agent: Conversation, method: str, session_id: str) -> tuple[int, WireMessage]:
    """Close a session if it can be closed, load or resume it; where that began, and its answer."""
    if advertised(agent.agent.get("agentCapabilities"), "sessionCapabilities.close"):
        await agent.request("session/close", {"sessionId": session_id})
    start = len(agent.messages)
    answer = await agent.request(method, _reference(agent, session_id))
    if is_refusal(answer):
        raise Unclear(f"{method} was refused with error {error_code(answer)}")
    return start, answer


async def _listed(agent: Conversation, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The sessions of all pages."""
    found: list[dict[str, Any]] = []
    for _ in range(_PAGES):
        answer = await agent.request("session/list", params)
        page = result_of(answer, "a list of sessions")
        if not isinstance(page.get("sessions"), list):
            raise Unmet("a list of sessions", "none", [answer])
        found += objects(page["sessions"])
        if page.get("nextCursor") is None:
            return found
        params = {**params, "cursor": page["nextCursor"]}
    raise Unmet("a last page", f"{_PAGES} pages, and a cursor for more", agent.messages[-1:])


def _reference(agent: Conversation, session_id: str) -> dict[str, Any]:
    return {"sessionId": session_id, "cwd": agent.manner.directory, "mcpServers": []}


def _place(agent: Conversation, message: WireMessage) -> int:
    return next(place for place, other in enumerate(agent.messages) if other is message)


def _conversation_updates(agent: Conversation, session_id: str, start: int) -> list[WireMessage]:
    """The updates about what was said in a session."""
    return [
        message
        for message in agent.messages[start:]
        if message.sender == "agent" and message.method == "session/update" and _is_about(message, session_id)
    ]


def _is_about(message: WireMessage, session_id: str) -> bool:
    params = as_object(message.message.get("params")) or {}
    update = as_object(params.get("update")) or {}
    return params.get("sessionId") == session_id and update.get("sessionUpdate") in CONVERSATION
