"""What our agent does to a client under test: the scenarios, as data.

A scenario is an agent that behaves in all things but those it names. What it asks has an id that says what it is, by
which the checks find the answer again. `{session}`, `{directory}` and `{terminal}` stand for what is known by then.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import attrs

READABLE: Final = "one\ntwo\nthree\nfour\n"
"""What the file `{directory}/read.txt` holds."""
WRITTEN: Final = "made by the check\n"
LIMIT: Final = 51
"""Bytes of output that are to be kept: an odd number, of two-byte characters."""

_SLOW: Final = 2.0


@attrs.frozen
class Ask:
    """Send a request; `wait` for its answer before going on."""

    id: str
    method: str
    params: Mapping[str, Any]
    wait: bool = True


@attrs.frozen
class AskWithPromptId:
    """Send a request that has the id of the prompt that is being answered, and wait for its answer."""

    method: str


@attrs.frozen
class Tell:
    """Send a notification, a number of times."""

    method: str
    params: Mapping[str, Any]
    times: int = 1


@attrs.frozen
class Write:
    """Send these bytes."""

    data: bytes


@attrs.frozen
class Interrupt:
    """Press Ctrl-C for the client, and wait until it cancels the turn; in vain, if it does not."""


@attrs.frozen
class AwaitAnswer:
    """Wait for the answer to a request that was sent before."""

    id: str


@attrs.frozen
class Die:
    """End the process, without another word."""

    status: int


Step: TypeAlias = Ask | AskWithPromptId | Tell | Write | Interrupt | AwaitAnswer | Die


@attrs.frozen(kw_only=True)
class Scenario:
    """One run of the client.

    Attributes:
      turn: what the agent does when it is prompted, before it ends the turn.
      before_session: what it does before it answers `session/new`.
      capabilities: what it advertises.
      version: the protocol version that it answers.
      delay: seconds before it answers `initialize`.
    """

    turn: tuple[Step, ...] = ()
    before_session: tuple[Step, ...] = ()
    capabilities: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    version: int = 1
    delay: float = 0.0


def _update(kind: str, **fields: Any) -> dict[str, Any]:
    return {"sessionId": "{session}", "update": {"sessionUpdate": kind, **fields}}


def _text(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **more}


def _about(**params: Any) -> dict[str, Any]:
    return {"sessionId": "{session}", **params}


def _python(code: str) -> dict[str, Any]:
    return {"command": sys.executable, "args": ["-ISc", code], "env": [], "cwd": "{directory}"}


_SAY: Final = Tell("session/update", _update("agent_message_chunk", content=_text("done")))
_CALL: Final = Tell("session/update", _update("tool_call", toolCallId="call", title="Remove it", status="pending"))
_OPTIONS: Final = (
    {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
    {"optionId": "no", "name": "No", "kind": "reject_once"},
)


def _fence(name: str) -> Ask:
    """A request that any client answers, however it likes."""
    return Ask(f"after {name}", "_acp_trio/fence", {})


def _permission(id: str, *, options: tuple[Mapping[str, Any], ...] = _OPTIONS, wait: bool = True) -> Ask:
    params = _about(toolCall={"toolCallId": "call", "title": "Remove it"}, options=list(options))
    return Ask(id, "session/request_permission", params, wait=wait)


_EVERYTHING: Final[Mapping[str, Any]] = {
    "loadSession": True,
    "promptCapabilities": {"image": True, "audio": True, "embeddedContext": True},
    "mcpCapabilities": {"http": True, "sse": True},
    "sessionCapabilities": {"list": {}, "resume": {}, "close": {}, "delete": {}, "additionalDirectories": {}},
}

SCENARIOS: Final[Mapping[str, Scenario]] = {
    "plain": Scenario(turn=(_SAY,)),
    "everything": Scenario(capabilities=_EVERYTHING, turn=(_SAY,)),
    "unknown": Scenario(
        capabilities={"acp_trio": {"new": True}, "sessionCapabilities": {"acp_trio": {}}, "_meta": {"acp_trio": 1}},
        turn=(
            Tell("_acp_trio/no_such_notification", {"x": 1}),
            _fence("an unknown notification"),
            Ask("an unknown method", "acp_trio/no_such_method", {}),
            Ask("an unknown extension", "_acp_trio/no_such_method", {}),
            AskWithPromptId("_acp_trio/same_id"),
            _SAY,
        ),
    ),
    "updates": Scenario(
        before_session=(Tell("session/update", _update("available_commands_update", availableCommands=[])),),
        turn=(
            _fence("an early update"),
            Tell("session/update", _update("acp_trio_no_such_kind", text="x", items=[1, {"a": None}])),
            _fence("an unknown kind of update"),
            Tell("session/update", _update("agent_message_chunk", content={"type": "acp_trio_hologram", "data": "x"})),
            _fence("an unknown kind of content"),
            Tell("session/update", _update("agent_message_chunk", content=_text("x", acp_trio=1), _meta={"a": [1]})),
            _fence("unknown fields"),
        ),
    ),
    "many updates": Scenario(
        turn=(
            Tell("session/update", _update("agent_message_chunk", content=_text("word ")), times=1_000),
            _fence("many updates"),
        ),
    ),
    "large update": Scenario(
        turn=(
            Tell("session/update", _update("agent_message_chunk", content=_text("x" * (1 << 20)))),
            _fence("a large update"),
        ),
    ),
    "not json": Scenario(turn=(Write(b"DEBUG: a line of a log\n"), _fence("a line that is not JSON"), _SAY)),
    "slow": Scenario(delay=_SLOW, turn=(_SAY,)),
    "future": Scenario(version=60_000),
    "permissions": Scenario(
        turn=(_CALL, _permission("a permission"), _permission("a permission without options", options=())),
    ),
    "cancelled request": Scenario(
        turn=(
            _CALL,
            _permission("a cancelled permission", wait=False),
            Tell("$/cancel_request", {"requestId": "a cancelled permission"}),
            AwaitAnswer("a cancelled permission"),
            _permission("a permission after the cancelled one"),
        ),
    ),
    "interrupted": Scenario(
        turn=(
            _CALL,
            _permission("a permission while the user cancels", wait=False),
            _fence("the permission was read"),
            Interrupt(),
            AwaitAnswer("a permission while the user cancels"),
            Tell("session/update", _update("tool_call_update", toolCallId="call", status="failed")),
            _fence("an update after the cancel"),
        ),
    ),
    "files": Scenario(
        turn=(
            Ask("a file", "fs/read_text_file", _about(path="{directory}/read.txt")),
            Ask("two lines", "fs/read_text_file", _about(path="{directory}/read.txt", line=2, limit=2)),
            Ask("a missing file", "fs/read_text_file", _about(path="{directory}/missing.txt")),
            Ask("a new file", "fs/write_text_file", _about(path="{directory}/written.txt", content=WRITTEN)),
        ),
    ),
    "terminals": Scenario(
        turn=(
            Ask("a terminal", "terminal/create", _about(**_python("print('text')"))),
            Ask("the end of it", "terminal/wait_for_exit", _about(terminalId="{terminal}")),
            Ask("its output", "terminal/output", _about(terminalId="{terminal}")),
            Ask("its release", "terminal/release", _about(terminalId="{terminal}")),
            Ask("its output after the release", "terminal/output", _about(terminalId="{terminal}")),
            Ask("a long one", "terminal/create", _about(**_python("import time; time.sleep(600)"))),
            Ask("the killing", "terminal/kill", _about(terminalId="{terminal}")),
            Ask("the end of the killed one", "terminal/wait_for_exit", _about(terminalId="{terminal}")),
            Ask("the output of the killed one", "terminal/output", _about(terminalId="{terminal}")),
            Ask("its release too", "terminal/release", _about(terminalId="{terminal}")),
            Ask(
                "a limited one",
                "terminal/create",
                _about(
                    outputByteLimit=LIMIT, **_python("import sys; sys.stdout.buffer.write(b'a' + b'\\xc3\\xa9' * 100)")
                ),
            ),
            Ask("the end of the limited one", "terminal/wait_for_exit", _about(terminalId="{terminal}")),
            Ask("the limited output", "terminal/output", _about(terminalId="{terminal}")),
            Ask("the last release", "terminal/release", _about(terminalId="{terminal}")),
        ),
    ),
    "questions": Scenario(
        turn=(
            Ask(
                "a form",
                "elicitation/create",
                _about(mode="form", message="?", requestedSchema={"type": "object", "properties": {}}),
            ),
            Ask("an unknown form", "elicitation/create", _about(mode="acp_trio_dance", message="?")),
        ),
    ),
    "death": Scenario(turn=(_SAY, Die(3))),
}
