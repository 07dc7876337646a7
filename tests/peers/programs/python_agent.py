"""An agent on the official Python SDK. Owns the behaviour that our client is tried against; knows nothing of acp_trio.

Run by the Python SDK's own interpreter: `python_agent.py [--auth] [--journal FILE]`. With `--auth` it refuses sessions
until the client has authenticated; to FILE it appends its process id and every authentication and cancel it is told of.

A prompt says what to do: `stream N`, `permission` (the tool call is announced, then asked about), `permission-first`
(asked about before it is announced), `wait` (says `waiting`, ends when cancelled); anything else is said back.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

from acp import (
    PROTOCOL_VERSION,
    Agent,
    Client,
    RequestError,
    run_agent,
    start_tool_call,
    update_agent_message_text,
    update_tool_call,
    update_user_message_text,
)
from acp.schema import (
    AgentCapabilities,
    AuthenticateResponse,
    AuthMethodAgent,
    Implementation,
    InitializeResponse,
    ListSessionsResponse,
    LoadSessionResponse,
    NewSessionResponse,
    PermissionOption,
    PromptResponse,
    SessionCapabilities,
    SessionInfo,
    SessionListCapabilities,
    ToolCallUpdate,
)

AUTH_METHODS = [
    AuthMethodAgent(id="token", name="Access token"),
    AuthMethodAgent(id="browser", name="Sign in with a browser"),
]
OPTIONS = [
    PermissionOption(option_id="yes", name="Allow once", kind="allow_once"),
    PermissionOption(option_id="no", name="Reject once", kind="reject_once"),
]


class PeerAgent(Agent):
    """One connection's agent; its sessions are kept in memory."""

    def __init__(self, *, auth: bool, journal: Path | None) -> None:
        self._needs_auth = auth
        self._journal = journal
        self._client: Client
        self._directories: dict[str, str] = {}
        self._said: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self._cancelled: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._note(f"pid {os.getpid()}")

    def _note(self, line: str) -> None:
        if self._journal is not None:
            with self._journal.open("a") as journal:
                journal.write(line + "\n")

    def on_connect(self, conn: Client) -> None:
        self._client = conn

    async def initialize(self, protocol_version: int, **_: Any) -> InitializeResponse:
        return InitializeResponse(
            protocol_version=PROTOCOL_VERSION,
            agent_info=Implementation(name="python-sdk-peer", version="1"),
            agent_capabilities=AgentCapabilities(
                load_session=True, session_capabilities=SessionCapabilities(list=SessionListCapabilities())
            ),
            auth_methods=AUTH_METHODS if self._needs_auth else [],
        )

    async def authenticate(self, method_id: str, **_: Any) -> AuthenticateResponse:
        self._note(f"authenticate {method_id}")
        self._needs_auth = False
        return AuthenticateResponse()

    async def new_session(self, cwd: str, **_: Any) -> NewSessionResponse:
        if self._needs_auth:
            raise RequestError.auth_required()
        session_id = f"session-{len(self._directories)}"
        self._directories[session_id] = cwd
        return NewSessionResponse(session_id=session_id)

    async def load_session(self, cwd: str, session_id: str, **_: Any) -> LoadSessionResponse:
        for who, text in self._said[session_id]:
            update = update_user_message_text(text) if who == "user" else update_agent_message_text(text)
            await self._client.session_update(session_id=session_id, update=update)
        return LoadSessionResponse()

    async def list_sessions(self, cwd: str | None = None, **_: Any) -> ListSessionsResponse:
        return ListSessionsResponse(
            sessions=[
                SessionInfo(session_id=name, cwd=its)
                for name, its in self._directories.items()
                if cwd is None or cwd == its
            ]
        )

    async def cancel(self, session_id: str, **_: Any) -> None:
        self._note(f"cancel {session_id}")
        self._cancelled[session_id].set()

    async def prompt(self, prompt: list[Any], session_id: str, **_: Any) -> PromptResponse:
        self._cancelled[session_id].clear()
        text = "".join(block.text for block in prompt if block.type == "text")
        self._said[session_id].append(("user", text))
        match text.split():
            case ["stream", count]:
                for number in range(int(count)):
                    await self._say(session_id, f"{number} ")
            case ["permission"]:
                await self._announce(session_id)
                await self._ask(session_id)
            case ["permission-first"]:
                await self._ask(session_id)
                await self._announce(session_id)
            case ["wait"]:
                await self._say(session_id, "waiting")
                await self._cancelled[session_id].wait()
                return PromptResponse(stop_reason="cancelled")
            case _:
                await self._say(session_id, text)
        return PromptResponse(stop_reason="cancelled" if self._cancelled[session_id].is_set() else "end_turn")

    async def _say(self, session_id: str, text: str) -> None:
        self._said[session_id].append(("agent", text))
        await self._client.session_update(session_id=session_id, update=update_agent_message_text(text))

    async def _announce(self, session_id: str) -> None:
        call = start_tool_call("call-1", "Delete everything", kind="delete", status="pending")
        await self._client.session_update(session_id=session_id, update=call)

    async def _ask(self, session_id: str) -> None:
        answer = await self._client.request_permission(
            session_id=session_id,
            tool_call=ToolCallUpdate(tool_call_id="call-1", title="Delete everything", kind="delete"),
            options=OPTIONS,
        )
        outcome = answer.outcome
        chosen = outcome.option_id if outcome.outcome == "selected" else outcome.outcome
        update = update_tool_call("call-1", status="completed" if chosen == "yes" else "failed")
        await self._client.session_update(session_id=session_id, update=update)
        await self._say(session_id, chosen)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--auth", action="store_true")
    parser.add_argument("--journal", type=Path)
    options = parser.parse_args()
    asyncio.run(run_agent(PeerAgent(auth=options.auth, journal=options.journal)))


if __name__ == "__main__":
    main()
