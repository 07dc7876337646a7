"""What a cancelled request answers that is a result and no error: a prompt, and the questions about one.

Owns that whoever stands between a client and an agent answers as those do
(https://agentclientprotocol.com/protocol/prompt-turn#cancellation).
"""

from __future__ import annotations

from typing import Any

from ..schema import v1


def cancelled_turn() -> v1.PromptResponse:
    """The answer to a prompt that was cancelled."""
    return v1.PromptResponse(stop_reason="cancelled")


def cancelled_prompts() -> dict[str, Any]:
    """By method: what an agent answers. Apart from the questions, whose classes it need not load."""
    return {"session/prompt": cancelled_turn()}


def cancelled_questions() -> dict[str, Any]:
    """By method: what a client answers."""
    return {
        "session/request_permission": v1.RequestPermissionResponse(outcome=v1.CancelledOutcome()),
        "elicitation/create": v1.CreateElicitationResponse(action=v1.ElicitationCancelAction()),
    }


def cancelled_results() -> dict[str, Any]:
    """By method: what is answered by whoever stands between the two."""
    return cancelled_prompts() | cancelled_questions()
