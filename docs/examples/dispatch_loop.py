"""Four handlers that ask the client back, and what the dispatch loop makes of each."""

from __future__ import annotations

from typing import Any

import trio
import trio.testing

from acp_trio import Agent, AgentConnection, Client, DispatchLoopHeld, PeerError
from acp_trio.testing import open_pair

agent = Agent("asks-back")
client = Client("is-asked")


@client.on_request("_example/name")
async def name(_params: Any) -> str:
    return "Ada"


@agent.on_request("_example/holding")
async def holding(_params: Any, asker: AgentConnection) -> str:
    # Holds the loop until it returns. The answer it wants would be behind itself: refused at once.
    try:
        return f"Hello, {await asker.request('_example/name')}"
    except DispatchLoopHeld as exc:
        print(str(exc).partition(",")[0])
        raise


@agent.on_request("_example/concurrent", concurrent=True)
async def concurrent(_params: Any, asker: AgentConnection) -> str:
    # In a task of its own from its first line: it may wait.
    return f"Hello, {await asker.request('_example/name')}"


@agent.on_request("_example/released")
async def released(_params: Any, asker: AgentConnection, *, task_status: trio.TaskStatus[None]) -> str:
    # Holds the loop as long as order matters, then lets it go on.
    task_status.started()
    return f"Hello, {await asker.request('_example/name')}"


@agent.on_request("_example/answered")
async def answered(_params: Any, asker: AgentConnection, *, task_status: trio.TaskStatus[str]) -> None:
    # Answers now and lives on, until the connection closes.
    task_status.started("Hello, whoever you are")
    print("afterwards:", await asker.request("_example/name"))


async def main() -> None:
    async with open_pair(client, agent) as pair:
        try:
            await pair.agent.request("_example/holding")
        except PeerError as exc:
            print("refused:", exc)
        for method in ("concurrent", "released", "answered"):
            print(f"{method}:", await pair.agent.request(f"_example/{method}"))
        await trio.testing.wait_all_tasks_blocked()


if __name__ == "__main__":
    trio.run(main)
