"""A client that offers everything: files, terminals, and a user who never answers a permission but may press Ctrl-C.

`full_client.py PROMPT COMMAND...`
"""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import trio

from acp_trio import Client, PromptTurn
from acp_trio.schema import v1
from acp_trio.transports import process


async def cancel_on_interrupt(turn: PromptTurn, signals: AsyncIterator[int]) -> None:
    async for _ in signals:
        await turn.cancel()


async def think_about_it(_request: v1.RequestPermissionRequest) -> str | None:
    await trio.sleep(1)  # for whoever presses Ctrl-C meanwhile
    return None


async def main(prompt: str, command: list[str]) -> None:
    client = Client("full", grace=2.0)
    client.serve_files(write=True)
    client.serve_terminals(allow=lambda _request: True)

    client.permissions(think_about_it)
    with trio.open_signal_receiver(signal.SIGINT) as signals:  # before the agent can know of a prompt
        async with (
            client.connect(process(command)) as agent,
            agent.open_session(Path.cwd()) as session,
            trio.open_nursery() as nursery,
            session.prompt(prompt) as turn,
        ):
            nursery.start_soon(cancel_on_interrupt, turn, signals)
            async for _ in turn:
                pass
            nursery.cancel_scope.cancel()


trio.run(main, sys.argv[1], sys.argv[2:])
