"""`acp-trio demo`: a client and an agent as two processes, so that a newcomer sees the whole thing once.

The agent is the example agent of this package. Nobody is asked anything: the permission is granted here, visibly.
"""

from __future__ import annotations

import logging
import sys

import trio

from ..jsonrpc import AcpError
from ..roles import Client
from ..schema import v1
from ..session import ClientSession
from ..transports import process
from ._failures import FAILED, expected_failure, explain
from ._interrupts import Interrupts
from ._screen import Screen
from ._standard_streams import StreamLost, require_output, write_message

PROMPTS = ("stream 9 5", "tool", "permission")


def demo() -> int:
    """Run the demonstration and return the exit status."""
    logging.getLogger("acp_trio").addHandler(logging.NullHandler())  # a failure is one line
    screen = Screen()
    interrupts = Interrupts(_leave, lambda: screen.note("leaving"))
    try:
        require_output()
        trio.run(interrupts.run, lambda: _demonstrate(screen))
    except (AcpError, OSError, StreamLost, BaseExceptionGroup) as exc:
        line = explain(expected_failure(exc))
        if line is not None:
            write_message(f"acp-trio: {line}\n")
        return interrupts.status or FAILED
    return interrupts.status


async def _leave(_signal: int) -> bool:
    """No signal leaves the demonstration going on."""
    return False


async def _demonstrate(screen: Screen) -> None:
    client = Client("acp-trio-demo", grace=2.0)

    async def allow(request: v1.RequestPermissionRequest) -> str:
        screen.question(request)
        screen.note(f"answering for you: {request.options[0].name}")
        return request.options[0].option_id

    client.permissions(allow)
    command = [sys.executable, "-m", "acp_trio", "agent"]
    screen.note(f"starting a process: {' '.join(command)}")
    async with client.connect(process(command)) as agent, agent.open_session("/") as session:
        screen.note(f"connected to {agent.peer}, session {session.id}")
        for prompt in PROMPTS:
            await _run_turn(session, screen, prompt)
        screen.note("closing the session and the agent")
    screen.note("done; try: acp-trio prompt hello -- acp-trio agent")


async def _run_turn(session: ClientSession, screen: Screen, prompt: str) -> None:
    screen.note(f"prompt: {prompt}")
    async with session.prompt(prompt) as turn:
        async for update in turn:
            screen.show(update)
    screen.finish()
    screen.note(f"stop reason: {turn.stop_reason}")
