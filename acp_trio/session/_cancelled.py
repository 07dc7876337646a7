"""What a cancelled request answers that is a result and no error: a prompt, and the questions about one.

Owns that whoever stands between a client and an agent answers as those do.
"""

from __future__ import annotations

from typing import Any

from ..schema import v1


def cancelled_results() -> dict[str, Any]:
    """By method: the result that says that it was cancelled."""
    return {
        "session/prompt": v1.PromptResponse(stop_reason="cancelled"),
        "session/request_permission": v1.RequestPermissionResponse(outcome=v1.CancelledOutcome()),
        "elicitation/create": v1.CreateElicitationResponse(action=v1.ElicitationCancelAction()),
    }
