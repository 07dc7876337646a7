"""A client on the official Python SDK. Owns the driving of an agent that ours is tried as; knows nothing of acp_trio.

Run by the Python SDK's own interpreter: `python_client.py STEPS -- COMMAND...`. STEPS is a JSON list, each one of

    {"do": "new"}  {"do": "load"}  {"do": "list"}
    {"do": "prompt", "text": T, "answer": OPTION KIND or null, "cancel": true when the turn is to be cancelled at once}

It initializes, takes the steps in turn in one session, and prints one JSON list: the initialize response, then what
came of each step. A prompt's `events` are what it was sent until the response, in order.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from acp import PROTOCOL_VERSION, Client, RequestError, spawn_agent_process, text_block
from acp.connection import StreamDirection, StreamEvent
from acp.schema import (
    AllowedOutcome,
    ClientCapabilities,
    DeniedOutcome,
    Implementation,
    PermissionOption,
    RequestPermissionResponse,
    ToolCallUpdate,
)

CWD = "/"


class Recorder(Client):
    """Answers permissions as the step says and notes everything it is sent."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.texts: list[str] = []
        self.answer: str | None = None
        self.prompt_sent = asyncio.Event()

    def begin(self, answer: str | None) -> None:
        self.events, self.texts, self.answer = [], [], answer
        self.prompt_sent.clear()

    def observe(self, event: StreamEvent) -> None:
        if event.direction is StreamDirection.OUTGOING and event.message.get("method") == "session/prompt":
            self.prompt_sent.set()

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        tool_call = getattr(update, "tool_call_id", None)
        self.events.append(f"{update.session_update} {tool_call}" if tool_call else update.session_update)
        if update.session_update == "agent_message_chunk":
            self.texts.append(update.content.text)

    async def request_permission(
        self, session_id: str, tool_call: ToolCallUpdate, options: list[PermissionOption], **_: Any
    ) -> RequestPermissionResponse:
        self.events.append(f"request_permission {tool_call.tool_call_id}")
        chosen = next((option for option in options if option.kind == self.answer), None)
        if chosen is None:
            return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))
        return RequestPermissionResponse(outcome=AllowedOutcome(outcome="selected", option_id=chosen.option_id))


async def prompt(agent: Any, recorder: Recorder, session_id: str, text: str, *, cancel: bool) -> dict[str, Any]:
    turn = asyncio.ensure_future(agent.prompt(session_id=session_id, prompt=[text_block(text)]))
    if cancel:
        await recorder.prompt_sent.wait()
        await agent.cancel(session_id=session_id)
    response = await turn
    return {"stopReason": response.stop_reason, "text": "".join(recorder.texts), "events": recorder.events}


async def take(agent: Any, recorder: Recorder, session_id: str, step: dict[str, Any]) -> dict[str, Any]:
    recorder.begin(step.get("answer"))
    match step["do"]:
        case "new":
            return dump(await agent.new_session(cwd=CWD, mcp_servers=[]))
        case "list":
            return dump(await agent.list_sessions())
        case "load":
            response = await agent.load_session(cwd=CWD, session_id=session_id, mcp_servers=[])
            return {"response": dump(response), "text": "".join(recorder.texts), "events": recorder.events}
        case "prompt":
            return await prompt(agent, recorder, session_id, step["text"], cancel=step.get("cancel", False))
    raise SystemExit(f"no such step: {step}")


def dump(model: Any) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


async def drive(steps: list[dict[str, Any]], command: list[str]) -> list[dict[str, Any]]:
    recorder = Recorder()
    async with spawn_agent_process(recorder, *command, env=os.environ, observers=[recorder.observe]) as (
        agent,
        _process,
    ):
        initialized = await agent.initialize(
            protocol_version=PROTOCOL_VERSION,
            client_capabilities=ClientCapabilities(),
            client_info=Implementation(name="python-sdk-client", version="1"),
        )
        results, session_id = [dump(initialized)], ""
        for step in steps:
            try:
                result = await take(agent, recorder, session_id, step)
            except RequestError as error:
                result = {"error": error.to_error_obj()}
            session_id = result.get("sessionId", session_id)
            results.append(result)
    return results


def main() -> None:
    steps, separator, *command = sys.argv[1:]
    if separator != "--":
        raise SystemExit("usage: python_client.py STEPS -- COMMAND...")
    print(json.dumps(asyncio.run(drive(json.loads(steps), command))))


if __name__ == "__main__":
    main()
