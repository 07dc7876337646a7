"""Checks of cancelling: turns, turns that wait for a permission, and single requests.

Whether a cancel came in time cannot be seen from outside, so a turn that ended by itself decides nothing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import trio

from ..jsonrpc import ErrorCode, as_object
from ..testing import WireMessage
from ._checks import check
from ._conversation import Conversation, Gone, Silence, error_code, is_refusal, result_of
from ._verdict import NotApplicable, Unclear, Unmet

_SOON: Final = 0.3
_LATER: Final = 1.5
"""Seconds into a turn at which it is cancelled."""
_FOR_A_CANCEL: Final = 2.0
"""Seconds in which a request that is cancelled should have ended."""
_A_CANCELLED_TURN: Final = "the stop reason `cancelled`"


@check("cancel.stop-reason", group="cancelling")
async def stop_reason(agent: Conversation) -> None:
    answer = await _cancelled_turn(agent, await agent.new_session(), _SOON)
    if _stopped_by(answer) == "cancelled":
        return
    # It may have ended by itself, just then. The same prompt says how long it takes if it is left alone for longer.
    second = await _cancelled_turn(agent, await agent.new_session(), _LATER)
    if _stopped_by(second) != "cancelled":
        found = f"{_how_it_ended(answer)}, in two turns that went on until they were cancelled"
        raise Unmet(_A_CANCELLED_TURN, found, [answer, second])
    raise Unclear("one turn ended by itself when it was cancelled, another was cancelled")


@check("cancel.again", group="cancelling")
async def again(agent: Conversation) -> None:
    session_id = await agent.new_session()
    await _cancelled_turn(agent, session_id, _SOON)
    answer = await agent.prompt(session_id, agent.manner.prompts["hello"])
    if result_of(answer, "the end of a turn").get("stopReason") == "cancelled":
        raise Unmet("a turn that is not cancelled", "the stop reason `cancelled`", [answer])


@check("cancel.idle", group="cancelling")
async def idle(agent: Conversation) -> None:
    session_id = await agent.new_session()
    await agent.notify("session/cancel", {"sessionId": session_id})
    answer = await agent.prompt(session_id, agent.manner.prompts["hello"])
    if result_of(answer, "the end of a turn").get("stopReason") == "cancelled":
        raise Unmet("a turn that is not cancelled", "the stop reason `cancelled`", [answer])


@check("cancel.unknown-request", group="cancelling")
async def unknown_request(agent: Conversation) -> None:
    finished = await agent.begin("_acp_trio/finished")
    await agent.answer(finished)
    for request_id in (finished, 1_000_000, "no such request"):
        await agent.notify("$/cancel_request", {"requestId": request_id})
    await agent.fence()
    answers = [
        message
        for message in agent.messages[agent.began :]
        if message.sender == "agent" and _answers(message, finished, 1_000_000, "no such request", None)
    ]
    if len(answers) > 1:
        raise Unmet("nothing in answer to the cancel", "a response", answers[1:])


@check("cancel.request", group="cancelling")
async def request(agent: Conversation) -> None:
    session_id = await agent.new_session()
    turn = await agent.begin_prompt(session_id, agent.manner.prompts["long"])
    await _goes_on_for(agent, turn, _SOON)
    await agent.notify("$/cancel_request", {"requestId": turn})
    answer: WireMessage | None = None
    with suppress(Silence):
        answer = await agent.answer(turn, patience=min(agent.manner.patience, _FOR_A_CANCEL))
    if answer is None:
        await agent.notify("session/cancel", {"sessionId": session_id})
        await agent.answer(turn)
        raise Unmet("the end of the turn", "a turn that went on; cancelling this way is optional")
    if _stopped_by(answer) != "cancelled" and error_code(answer) != ErrorCode.REQUEST_CANCELLED:
        raise Unclear("the turn ended by itself when it was cancelled")


@check("cancel.permission", group="asking")
async def permission(agent: Conversation) -> None:
    session_id = await agent.new_session()
    turn = await agent.begin_prompt(session_id, agent.manner.prompts["permission"])
    asked = await agent.wait(lambda: _permission_or_answer(agent, turn), "a request for permission")
    if "method" not in asked.message:
        raise NotApplicable(
            "the prompt did not make the agent ask for a permission; --prompt permission=TEXT may say what does"
        )
    await agent.notify("session/cancel", {"sessionId": session_id})
    await agent.send({"id": asked.message["id"], "result": {"outcome": {"outcome": "cancelled"}}})
    answer = await agent.answer(turn)
    if _stopped_by(answer) != "cancelled":
        raise Unmet(_A_CANCELLED_TURN, _how_it_ended(answer), [asked, answer])


async def _cancelled_turn(agent: Conversation, session_id: str, seconds: float) -> WireMessage:
    """Start a turn that takes long, cancel it after a while, and return its answer."""
    turn = await agent.begin_prompt(session_id, agent.manner.prompts["long"])
    await _goes_on_for(agent, turn, seconds)
    await agent.notify("session/cancel", {"sessionId": session_id})
    return await agent.answer(turn)


async def _goes_on_for(agent: Conversation, turn: int, seconds: float) -> None:
    await trio.sleep(seconds)
    if agent.ended is not None:
        raise Gone(agent.ended)
    if agent.find_answer(turn) is not None:
        raise Unclear("the turn was over before it could be cancelled; --prompt long=TEXT may say what takes longer")


def _permission_or_answer(agent: Conversation, turn: int) -> WireMessage | None:
    asked = (message for message in agent.messages[agent.began :] if _is_request_for_permission(message))
    return next(asked, None) or agent.find_answer(turn)


def _is_request_for_permission(message: WireMessage) -> bool:
    return message.method == "session/request_permission" and "id" in message.message


def _stopped_by(answer: WireMessage) -> object:
    return (as_object(answer.message.get("result")) or {}).get("stopReason")


def _how_it_ended(answer: WireMessage) -> str:
    return f"the error {error_code(answer)}" if is_refusal(answer) else f"the stop reason {_stopped_by(answer)!r}"


def _answers(message: WireMessage, *ids: object) -> bool:
    content = as_object(message.message)
    return content is not None and "method" not in content and any(content.get("id") == wanted for wanted in ids)
