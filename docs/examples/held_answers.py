"""What is dispatched while an answer is worked on: after a plain `request`, and in a `hold()`."""

from __future__ import annotations

from typing import Any

import trio
import trio.testing

from acp_trio import Agent, AgentConnection, Client, ClientConnection
from acp_trio.testing import open_pair

agent = Agent("doorman")
client = Client("visitor")


@agent.on_request("_example/open")
async def open_door(_params: Any, conn: AgentConnection, *, task_status: trio.TaskStatus[str]) -> None:
    task_status.started("open")
    await conn.notify("_example/draught")  # right behind the answer


@client.on_notification("_example/draught")
async def draught(_params: Any) -> None:
    print("  a draught")


async def plain(conn: ClientConnection) -> None:
    print("plain:", await conn.request("_example/open"))
    print("  in the same step")
    await trio.sleep(0.1)  # the loop goes on
    print("  coat on")


async def held(conn: ClientConnection) -> None:
    async with conn.send_request("_example/open").hold() as answer:
        print("held:", answer)
        await trio.sleep(0.1)  # the loop waits
        print("  coat on")
    await trio.testing.wait_all_tasks_blocked()


async def main() -> None:
    async with open_pair(client, agent) as pair:
        await plain(pair.agent)
        await held(pair.agent)


if __name__ == "__main__":
    trio.run(main)
