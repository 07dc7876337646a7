"""`acp-trio demo`: a client and an agent as two processes, so that a newcomer sees the whole thing once.

The agent is the example agent of this package. Nobody is asked anything: the permission is granted here, visibly.
"""

from __future__ import annotations

import sys

import trio

from ..jsonrpc import AcpError
from ..roles import Client
from ..schema import v1
from ..session import ClientSession
from ..transports import process
from ._screen import Screen

PROMPTS = ("stream 9 5", "tool", "permission")


def demo() -> int:
    """Run the demonstration and return the exit status."""
    try:
        trio.run(_demonstrate)
    except KeyboardInterrupt:
        return 130
    except AcpError as exc:
        print(f"acp-trio: {exc}", file=sys.stderr)
        return 1
    return 0


async def _demonstrate() -> None:
    screen = Screen()
    client = Client("acp-trio-demo")

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
