"""What the reference leaves out: methods without an underscore that only other packages of acp_trio call.

Python has no name for "public to my own packages", so they are listed here, by the class that defines them. It refuses
to hold anything that a user may call; tests/docs checks that each name still exists.
"""

from __future__ import annotations

from typing import Any

INTERNAL = {
    "AgentSession": "end end_idle live",
    "ClientConnection": "take_initialized",
    "ClientSession": (
        "check_usable end_open_turn end_setup end_streams has_open_turn leave lose question receive "
        "run_until_closed wait_left want_close"
    ),
    "ClientSessions": "begin end forget note_answered tell_agent_to_cancel wait_answered",
    "Connection": "call_on_closing call_on_end close give_up leaving run_actors start_work",
    "Dispatch": "size",
    "Endpoint": "check_may_register check_sender",
    "Handlers": "add check_may_register check_not_frozen check_sender freeze",
    "Messaging": "pass_on_at_once",
    "ProxyConnection": "note_initialized send_on",
    "PromptTurn": "drop_until_answered",
    "RunningToolCall": "finish",
    "Responder": "begin cancel done has_cancelled_result is_wrapped pass_on refuse_cancelled scope work_in",
    "ResponseRouter": "fail is_done pass_on_undelivered replace",
    "SentRequest": "arrive deliver is_untyped raw_answer result_of",
    "Turn": "begin conclude",
}
"""Class to its methods, separated by blanks."""


def is_internal(member: Any) -> bool:
    """Whether a member of a class is not for users, inherited or not."""
    function = member.fget if isinstance(member, property) else member
    owner, _, name = str(getattr(function, "__qualname__", "")).rpartition(".")
    return name in INTERNAL.get(owner, "").split()
