"""The deadlock that is none: a handler that waits for its peer while it holds the loop, and a wait that is moved."""

from __future__ import annotations

import textwrap
from typing import Any

import trio
import trio.testing

from acp_trio import Agent, AgentConnection, Client, DispatchLoopHeld, PeerError
from acp_trio.schema import Record, Request, record
from acp_trio.testing import open_pair


@record
class Reply(Record):
    text: str


@record
class MyRequest(Request[Reply]):
    method = "_example/my_request"


@record
class SomeRequest(Request[Reply]):
    method = "_example/some_request"


agent = Agent("asks-back")
client = Client("is-asked")


@client.on_request(SomeRequest)
async def some_request(_request: SomeRequest) -> Reply:
    return Reply(text="Ada")


@agent.on_request(MyRequest)
async def my_request(_request: MyRequest, conn: AgentConnection) -> Reply:
    try:
        return await conn.request(SomeRequest())  # its answer is behind MyRequest in the same queue
    except DispatchLoopHeld as exc:
        print(textwrap.fill(str(exc), 100))
        raise


@agent.on_request("_example/moved")
async def moved(_params: Any, conn: AgentConnection) -> str:
    conn.start_soon(ask_back, conn)  # a task of the connection: it may wait
    return "asking"


async def ask_back(conn: AgentConnection) -> None:
    reply = await conn.request(SomeRequest())
    print("later:", reply.text)


async def main() -> None:
    async with open_pair(client, agent) as pair:
        try:
            await pair.agent.request(MyRequest())
        except PeerError as exc:
            print("the peer gets:", exc)
        print("moved:", await pair.agent.request("_example/moved"))
        await trio.testing.wait_all_tasks_blocked()


if __name__ == "__main__":
    trio.run(main)
