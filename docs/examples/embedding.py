"""An agent inside a larger trio program: one service, started into the program's nursery, used from its tasks."""

from __future__ import annotations

import sys
from typing import Self

import trio

from acp_trio import Client, ClientSession
from acp_trio.transports import process

EXAMPLE_AGENT = [sys.executable, "-m", "acp_trio", "agent"]


class Assistant:
    """What the program's tasks hold. A session has one turn at a time, so they take turns."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session
        self._turn = trio.Lock()

    async def ask(self, text: str) -> str:
        async with self._turn:
            return await self._session.ask(text)

    @classmethod
    async def run(cls, *, task_status: trio.TaskStatus[Self]) -> None:
        """Start with `assistant = await nursery.start(Assistant.run)`; ends when it is cancelled."""
        async with Client("host").connect(process(EXAMPLE_AGENT)) as agent, agent.open_session("/") as session:
            task_status.started(cls(session))
            await agent.wait_closed()


async def job(assistant: Assistant, name: str, results: dict[str, str]) -> None:
    results[name] = await assistant.ask(f"echo {name} done")


async def main() -> None:
    results: dict[str, str] = {}
    async with trio.open_nursery() as services:
        assistant = await services.start(Assistant.run)
        async with trio.open_nursery() as jobs:
            jobs.start_soon(job, assistant, "first", results)
            jobs.start_soon(job, assistant, "second", results)
        services.cancel_scope.cancel()  # closes the session, then the connection, then the process
    print(sorted(results.values()))


if __name__ == "__main__":
    trio.run(main)
